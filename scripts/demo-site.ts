import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { initialise, type Site } from '../src/cli/commands/init.ts'
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
  await rm(folder, { recursive: true, force: true })
  say('Making a certification authority, a host certificate and your own ...')
  const port = await freePort()
  const site = await initialise(folder, ['localhost', '127.0.0.1'], String(port))
  const services = shippedServices.filter(({ program }) => isInstalled(program)).map(({ name }) => name)
  await offer(site, services)
  say('Making a proxy: the short-lived credential with which you call services ...')
  const proxy = await createProxy(readCredential({ file: site.userCertificate, keyFile: site.userKey }))
  const proxyFile = join(folder, 'proxy.pem')
  await writeFile(proxyFile, proxy.toPem(), { mode: 0o600 })
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
  child.once('exit', code => ready.reject(new Error(`The container ended with code ${code}; ${log} says why.`)))
  await ready.promise
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(8443, '127.0.0.1')
  const [event] = await Promise.race([
    once(server, 'listening').then(() => ['free']),
    once(server, 'error').then(() => ['taken']),
  ])
  if (event === 'taken') {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 8443
}
