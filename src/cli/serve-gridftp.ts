import { lookup } from 'node:dns/promises'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseNamePattern } from '../authz/name-patterns.ts'
import { serveDirectory } from '../container/gridftp/serve-directory.ts'
import { HostCredential } from '../container/host-credential.ts'
import { GridwrapError } from '../core/errors.ts'
import { openLog } from '../core/log.ts'
import { readEndpoint } from '../core/read-endpoint.ts'
import { proxyFile, trustDirectory } from '../gsi/find-credential.ts'
import { isForHost } from '../gsi/host-names.ts'
import { endEntityOf } from '../gsi/proxy-generation.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { print, say, UsageError } from './terminal.ts'

export interface GridFtpFlags {
  readonly root: string
  /** `host:port`. */
  readonly listen: string
  readonly write?: boolean
  readonly allow?: readonly string[]
  readonly gridmap?: readonly string[]
  readonly anonymous?: boolean
  readonly cert?: string
  readonly key?: string
  readonly dataPorts?: readonly [number, number]
  readonly dataHost?: string
  readonly idle?: number
  readonly connections?: number
  readonly json?: boolean
}

/** How long transfers that go on may take when the server is told to stop. */
const drainMs = 20_000

/** Serves a folder by GridFTP until SIGTERM or Ctrl-C. */
export async function serveGridFtp(flags: GridFtpFlags): Promise<void> {
  const root = resolve(flags.root)
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`There is no folder ${flags.root} to serve.`)
  const { host = '', port: wanted = 0 } = readEndpoint(flags.listen) ?? {}
  const { allow = [], gridmap = [], dataHost } = flags
  for (const pattern of allow)
    if (parseNamePattern(pattern)?.kind !== 'name')
      throw new UsageError(`${pattern} is no name like '/DC=org/CN=Ada', in which * may stand for anything.`)
  for (const file of gridmap)
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
      throw new UsageError(`--gridmap: there is no file ${file}.`)
  const log = openLog('gridftp')
  using credential = new HostCredential(credentialFiles(flags), log)
  const isHost = isForHost(endEntityOf(credential.current.certificates) ?? credential.current.certificate, nameOf(host))
  if (isHost && allow.length + gridmap.length === 0 && flags.anonymous !== true)
    throw new UsageError(
      `Nobody could come: say who may, with --allow, --gridmap or --anonymous. (Alone, only the server's own name may: ${credential.identity}, which is a host.)`,
    )
  await using server = serveDirectory(
    {
      root,
      ...{ host, port: wanted },
      credential: () => credential.current,
      trust: openTrustStore(trustDirectory(), { log }),
      writable: flags.write === true,
      gridmaps: gridmap,
      people: allow,
      anonymous: flags.anonymous === true,
      dataHost: dataHost === undefined ? undefined : await addressOf(dataHost),
      dataPorts: flags.dataPorts,
      idleSeconds: flags.idle,
      mostConnections: flags.connections,
    },
    log,
  )
  const stopped = Promise.withResolvers<void>()
  process.once('SIGTERM', () => stopped.resolve())
  process.once('SIGINT', () => stopped.resolve())
  const port = await server.listen().catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message)
    throw new GridwrapError('busy', `The server cannot listen at ${flags.listen}: ${why}.`, {
      hint: 'Choose another address with --listen.',
    })
  })
  if (flags.json === true) print(JSON.stringify({ ready: true, port, pid: process.pid }))
  else tell(flags, root, port, credential.identity, isHost)
  await stopped.promise
  if (flags.json !== true) say('Stopping: transfers under way are let end.')
  await server.drain(drainMs)
}

function tell(flags: GridFtpFlags, root: string, port: number, identity: string, isHost: boolean): void {
  const { allow = [], gridmap = [], anonymous, write, listen } = flags
  const host = listen.replace(/:\d+$/, '').replace(/^(?:0\.0\.0\.0|\[::\])$/, 'THIS-HOST')
  print(`gridwrap gridftp is ready: gsiftp://${host}:${port}/ is ${root} (Ctrl-C stops it)`)
  const people = [...allow, ...gridmap.map(file => `the people of ${file}`)]
  say(`  It is ${identity}.`)
  // Clients believe a server by the name of its host.
  if (!isHost)
    say(
      `  Clients have to be told so: gridwrap --server-subject '${identity}', globus-url-copy -subject '${identity}'.`,
    )
  say(
    `  ${write === true ? 'Read and written' : 'Read'} by ${[identity, ...people].join(', ')}${anonymous === true ? '; read by anybody' : ''}.`,
  )
}

/** The name under which clients know the host: its own where it listens on all its addresses. */
const nameOf = (host: string): string => (/^(?:0\.0\.0\.0|::|\[::\]|)$/.test(host) ? hostname() : host)

const hostFiles = { certificate: '/etc/grid-security/hostcert.pem', key: '/etc/grid-security/hostkey.pem' }

/** What was named, else the host's own where it may be read, else the caller's proxy. */
function credentialFiles({ cert, key }: GridFtpFlags): { readonly certificate: string; readonly key: string } {
  if (cert !== undefined) return { certificate: cert, key: key ?? cert }
  try {
    accessSync(hostFiles.key, constants.R_OK)
    return hostFiles
  } catch {
    const proxy = proxyFile()
    if (existsSync(proxy)) return { certificate: proxy, key: proxy }
    throw new GridwrapError(
      'credential-problem',
      `The server has no certificate to show: ${hostFiles.key} cannot be read, and there is no ${proxy}.`,
      {
        hint: 'Make a proxy with `gridwrap proxy init`, or name a certificate with --cert and --key.',
      },
    )
  }
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name, { family: 4 })).address
  } catch {
    throw new UsageError(`--data-host: ${name} has no IPv4 address. (Over IPv6 clients are told no address.)`)
  }
}
