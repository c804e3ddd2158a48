import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { quoteName } from '../../src/authz/gridmap-file.ts'
import { HttpsConnection } from '../../src/client/https-connection.ts'
import { ServiceProxy } from '../../src/client/service-proxy.ts'
import { type Authority, createAuthority, type KeyKind } from '../../src/gsi/authority.ts'
import type { Credential } from '../../src/gsi/credential.ts'
import { installAuthority } from '../../src/gsi/install-authority.ts'
import { createProxy } from '../../src/gsi/proxy.ts'
import { freePort } from './free-port.ts'

export const root = resolve(import.meta.dirname, '../..')

/** Somebody with a certificate, a key and a proxy, as objects and as files. */
export interface TestUser {
  readonly dn: string
  readonly credential: Credential
  readonly proxy: Credential
  readonly certFile: string
  readonly keyFile: string
  readonly proxyFile: string
}

export interface SiteOptions {
  /** Folders with an application.yaml. Default: none. */
  readonly services?: readonly string[]
  /** Descriptions made for a test: name → text of its application.yaml. */
  readonly descriptions?: Readonly<Record<string, string>>
  /** Lines for gridwrap.yaml, in place of the defaults of the same key. */
  readonly configuration?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly workers?: number
  /** Where gridwrap is run from. Default: the checkout. */
  readonly checkout?: string
  /** Default ec: quick to make. Old grid programs need rsa. */
  readonly key?: KeyKind
}

/** A site of its own in a temporary folder, with a real container in processes of its own. */
export class TestSite implements AsyncDisposable {
  readonly folder: string
  readonly port: number
  readonly url: string
  readonly authority: Authority
  readonly trust: string
  readonly caFile: string
  readonly alice: TestUser
  readonly #environment: Readonly<Record<string, string>>
  readonly #workers: number
  readonly #checkout: string
  readonly #key: KeyKind
  #process: ChildProcess | undefined
  #log = ''

  private constructor(folder: string, port: number, authority: Authority, alice: TestUser, options: SiteOptions) {
    this.folder = folder
    this.port = port
    this.url = `https://localhost:${port}`
    this.authority = authority
    this.trust = join(folder, 'certificates')
    this.caFile = join(folder, 'ca.pem')
    this.alice = alice
    this.#environment = options.environment ?? {}
    this.#workers = options.workers ?? 1
    this.#checkout = options.checkout ?? root
    this.#key = options.key ?? 'ec'
  }

  /** Makes the site and starts its container. */
  static async start(options: SiteOptions = {}): Promise<TestSite> {
    const site = await TestSite.make(options)
    await site.startContainer()
    return site
  }

  /** Makes the site; its container is not started. */
  static async make(options: SiteOptions = {}): Promise<TestSite> {
    const folder = await mkdtemp(join(tmpdir(), 'gridwrap-test-'))
    const key = options.key ?? 'ec'
    const authority = await createAuthority({ dn: '/O=Test Grid/CN=Test CA', key })
    await installAuthority(join(folder, 'certificates'), authority.certificate, { crl: authority.crl() })
    await writeFile(join(folder, 'ca.pem'), String(authority.credential.toTls().cert))
    const host = (await authority.issueHost({ names: ['localhost', '127.0.0.1'], key })).toTls()
    await writeFile(join(folder, 'hostcert.pem'), String(host.cert))
    await writeFile(join(folder, 'hostkey.pem'), String(host.key), { mode: 0o600 })
    const alice = await issueUser(folder, authority, 'Alice', key)
    await writeFile(join(folder, 'grid-mapfile'), `${quoteName(alice.dn)} alice\n`)
    await mkdir(join(folder, 'services'))
    for (const [name, text] of Object.entries(options.descriptions ?? {})) {
      await mkdir(join(folder, 'services', name))
      await writeFile(join(folder, 'services', name, 'application.yaml'), text)
    }
    const port = await freePort()
    const lines: Record<string, string> = {
      gridwrap: '1',
      listen: `{https: '127.0.0.1:${port}'}`,
      authority: `localhost:${port}`,
      data: './data',
      services: JSON.stringify(['./services', ...(options.services ?? []).map(path => resolve(root, path))]),
      'host-credential': '{certificate: ./hostcert.pem, key: ./hostkey.pem}',
      trust: '{certificates: ./certificates}',
      authorize: '[{gridmap: ./grid-mapfile}, owner]',
      run: '{at-once: 8, grace: 2s, limits: {time: 10m}}',
      ...options.configuration,
    }
    await writeFile(
      join(folder, 'gridwrap.yaml'),
      Object.entries(lines)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(''),
    )
    return new TestSite(folder, port, authority, alice, options)
  }

  get configurationFile(): string {
    return join(this.folder, 'gridwrap.yaml')
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  /** Everything that the container's processes have logged. */
  get log(): string {
    return this.#log
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Starts `gridwrap serve` and resolves when it says that it is ready. */
  async startContainer(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const args = [
      join(this.#checkout, 'src/cli/main.ts'),
      'serve',
      '--json',
      '--config',
      this.configurationFile,
      '--workers',
      String(this.#workers),
    ]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...this.#environment, ...environment },
    })
    this.#process = child
    child.stderr.on('data', chunk => {
      this.#log += String(chunk)
    })
    const lines = createInterface({ input: child.stdout })
    const ready = Promise.withResolvers<void>()
    lines.on('line', line => {
      if (line.includes('"ready":true')) ready.resolve()
    })
    child.once('error', ready.reject)
    child.once('exit', (code, signal) =>
      ready.reject(new Error(`The container ended before it was ready (${code ?? signal}):\n${this.#log}`)),
    )
    await ready.promise
  }

  /** Processes of the container, the supervisor first. Programs are not among them. */
  async processes(): Promise<
    readonly { readonly pid: number; readonly role: 'supervisor' | 'keeper' | 'front-end' }[]
  > {
    const children = (await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8'))
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
    const described = await Promise.all(
      children.map(async pid => {
        const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
        return line.includes('\0part\0')
          ? [{ pid, role: line.includes('\0keeper\0') ? ('keeper' as const) : ('front-end' as const) }]
          : []
      }),
    )
    return [{ pid: this.pid, role: 'supervisor' }, ...described.flat()]
  }

  /** Kills every process of the container at once, as a power cut would; programs go on. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child?.exitCode !== null || child.signalCode !== null) return
    const processes = await this.processes()
    const gone = once(child, 'exit')
    for (const { pid } of processes) killQuietly(pid)
    await gone
  }

  /** Kills the first process only; what it started has to see to itself. */
  async killFirst(): Promise<void> {
    const child = this.#process
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** SIGTERM, and the end. */
  async stop(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }

  /** Another user; in the grid-mapfile unless told otherwise. */
  async user(name: string, { listed = true }: { readonly listed?: boolean } = {}): Promise<TestUser> {
    const user = await issueUser(this.folder, this.authority, name, this.#key)
    if (listed)
      await writeFile(join(this.folder, 'grid-mapfile'), `${quoteName(user.dn)} ${name.toLowerCase()}\n`, { flag: 'a' })
    return user
  }

  /** Adds a line to the grid-mapfile. */
  async list(line: string): Promise<void> {
    await writeFile(join(this.folder, 'grid-mapfile'), `${line}\n`, { flag: 'a' })
  }

  /** A connection as somebody; with null, without a certificate. The caller disposes of it. */
  connect(user: TestUser | null = this.alice): HttpsConnection {
    return new HttpsConnection({ credential: user?.proxy, trustDirectory: this.trust })
  }

  /** A typed proxy of one of the site's services. */
  service(name: string, connection: HttpsConnection): Promise<ServiceProxy> {
    return ServiceProxy.open(`${this.url}/services/${name}`, connection)
  }

  /** The environment in which the command line finds this site and a user's proxy. */
  environmentFor(user: TestUser = this.alice): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      XDG_STATE_HOME: join(this.folder, 'state'),
      X509_USER_PROXY: user.proxyFile,
      X509_CERT_DIR: this.trust,
      GRIDWRAP_URL: this.url,
      GRIDWRAP_CONFIG: this.configurationFile,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function issueUser(folder: string, authority: Authority, name: string, key: KeyKind): Promise<TestUser> {
  const dn = `/O=Test Grid/CN=${name}`
  const credential = await authority.issueUser({ dn, key })
  const proxy = await createProxy(credential, {})
  const file = (end: string): string => join(folder, `${name.toLowerCase().replace(/[^a-z0-9]/g, '-')}-${end}.pem`)
  const { cert, key: keyPem } = credential.toTls()
  const user: TestUser = {
    dn,
    credential,
    proxy,
    certFile: file('cert'),
    keyFile: file('key'),
    proxyFile: file('proxy'),
  }
  await writeFile(user.certFile, String(cert))
  await writeFile(user.keyFile, String(keyPem), { mode: 0o600 })
  await writeFile(user.proxyFile, proxy.toPem(), { mode: 0o600 })
  return user
}

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}
