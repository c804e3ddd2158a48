import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { initialise, type Site, siteIn } from '../src/cli/commands/init.ts'
import { readConfiguration } from '../src/container/configuration.ts'
import { readCredential } from '../src/gsi/credential.ts'
import { createProxy } from '../src/gsi/proxy.ts'
import { isInstalled, shippedServices } from './found-programs.ts'

const root = resolve(import.meta.dirname, '..')
export const gridwrap = join(root, 'bin', 'gridwrap')

/** A site made afresh in a folder, its container running, and a proxy to call it with. */
export interface DemoSite extends AsyncDisposable {
  readonly site: Site
  readonly url: string
  readonly proxyFile: string
  readonly services: readonly string[]
  /** The environment in which the command line finds all this. */
  readonly environment: Readonly<Record<string, string>>
  /** Resolves when the container ends. */
  readonly ended: Promise<unknown>
}

/** Makes a site (what an earlier demo left in the folder is replaced) and starts its container on loopback. */
export async function startDemoSite(folder: string, say: (text: string) => void): Promise<DemoSite> {
  await requireQuiet(folder)
  await rm(folder, { recursive: true, force: true })
  return run(await make(folder, say), say)
}

/** The same with the site that is in the folder, if there is one: its jobs, services and authority are kept. */
export async function keepDemoSite(folder: string, say: (text: string) => void): Promise<DemoSite> {
  await requireQuiet(folder)
  const site = siteIn(folder)
  if (!existsSync(site.configuration)) return run(await make(folder, say), say)
  say(`Taking the site that is in ${folder}, with its jobs (remove that folder to begin anew) ...`)
  return run(site, say)
}

async function make(folder: string, say: (text: string) => void): Promise<Site> {
  say('Making a certification authority, a host certificate and your own ...')
  const site = await initialise(folder, ['localhost', '127.0.0.1'], String(await freePort()))
  await offer(
    site,
    shippedServices.filter(({ program }) => isInstalled(program)).map(({ name }) => name),
  )
  return site
}

async function run(site: Site, say: (text: string) => void): Promise<DemoSite> {
  const { listen, services: folders } = readConfiguration(site.configuration)
  const { port } = listen.https
  say('Making a proxy: the short-lived credential with which you call services ...')
  const proxy = await createProxy(readCredential({ file: site.userCertificate, keyFile: site.userKey }))
  const proxyFile = join(site.folder, 'proxy.pem')
  await writeFile(proxyFile, proxy.toPem(), { mode: 0o600 })
  const services = folders.map(path => basename(path)).filter(name => shippedServices.some(one => one.name === name))
  say(`Starting a container with ${services.length} services: ${services.join(', ')} ...`)
  const container = await startContainer(site)
  const url = `https://localhost:${port}`
  return {
    site,
    url,
    proxyFile,
    services,
    environment: {
      X509_USER_PROXY: proxyFile,
      X509_CERT_DIR: site.certificates,
      GRIDWRAP_URL: url,
      GRIDWRAP_CONFIG: site.configuration,
    },
    ended: once(container, 'exit'),
    [Symbol.asyncDispose]: () => stop(container),
  }
}

/** What ends a demo with a sentence. */
export class DemoError extends Error {}

/** Tells a mistake in a sentence, and ends; anything else is thrown on. */
export function endWithSentence(error: unknown): never {
  if (!(error instanceof DemoError)) throw error
  console.error(`\n${error.message}`)
  process.exit(1)
}

async function offer(site: Site, services: readonly string[]): Promise<void> {
  const text = await readFile(site.configuration, 'utf8')
  const folders = services.map(name => join(root, 'services', name))
  await writeFile(
    site.configuration,
    text.replace(/^services: .*$/m, `services: ${JSON.stringify([...folders, './services'])}`),
  )
}

async function startContainer(site: Site): Promise<ChildProcess> {
  const log = join(site.folder, 'container.log')
  const child = spawn('sh', ['-c', 'exec "$0" serve --json --config "$1" 2>"$2"', gridwrap, site.configuration, log], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  process.once('exit', () => child.kill('SIGTERM'))
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.includes('"ready":true')) ready.resolve()
  })
  child.once('exit', code => {
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-2).join(' ')
    ready.reject(new DemoError(`The container ended with code ${code}: ${last}\nIts log is ${log}`))
  })
  await writeFile(pidFile(site.folder), String(child.pid))
  await ready.promise
  return child
}

const pidFile = (folder: string): string => join(folder, 'container.pid')

async function requireQuiet(folder: string): Promise<void> {
  const running = await runningIn(folder)
  if (running !== undefined)
    throw new DemoError(
      `A container is running in ${folder} already (process ${running}). End it first: Ctrl-C, or kill ${running}.`,
    )
}

/** The process of the container that works in a folder, if one does. */
async function runningIn(folder: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(folder), 'utf8').catch(() => ''))
  const line = pid > 0 ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : ''
  return line.includes(siteIn(folder).configuration) ? pid : undefined
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** The usual port where it is free, or any other. */
async function freePort(): Promise<number> {
  return (await listenOn(8443)) ?? (await listenOn(0)) ?? 8443
}

/** Which port that is, when one can listen there. */
async function listenOn(port: number): Promise<number | undefined> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return undefined
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : undefined
}
