import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { listening } from './listening.ts'

/** What a Globus server is given. */
export interface GlobusServerFiles {
  /** A folder of its own. */
  readonly folder: string
  readonly trust: string
  readonly certificate: string
  readonly key: string
  readonly gridmap: string
}

export interface GridFtpServerOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: string
  /** Lets everybody in who says `anonymous`. */
  readonly anonymous?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Further arguments. */
  readonly more?: readonly string[]
}

/** A real server of the Grid Community Toolkit on loopback. */
export class GlobusServer implements Disposable {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.#process = process
  }

  /** Of the process that takes connections and has one for each. */
  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** globus-gridftp-server, with the folder as its home. */
  static async gridftp(files: GlobusServerFiles, options: GridFtpServerOptions = {}): Promise<GlobusServer> {
    const port = options.port ?? (await freePort())
    const asRoot = process.getuid?.() === 0 ? ['-allow-root', '-allow-disabled-login'] : []
    const { host = '127.0.0.1' } = options
    const where = ['-control-interface', host, '-data-interface', host, '-hostname', 'localhost']
    const args = ['-c', '/dev/null', '-p', String(port), ...where, '-home-dir', files.folder, ...asRoot]
    const anonymous =
      options.anonymous === true ? ['-aa', ...(asRoot.length > 0 ? ['-anonymous-user', 'nobody'] : [])] : []
    return GlobusServer.#start(
      'globus-gridftp-server',
      [...args, ...anonymous, ...(options.more ?? [])],
      port,
      files,
      options,
    )
  }

  /** globus-gatekeeper with a job manager that says nothing: enough to be authenticated by. */
  static async gatekeeper(files: GlobusServerFiles): Promise<GlobusServer> {
    const port = await freePort()
    const services = join(files.folder, 'grid-services')
    mkdirSync(services, { recursive: true })
    writeFileSync(join(services, 'jobmanager'), 'stderr_log,local_cred - /bin/false false\n')
    const configuration = join(files.folder, 'gatekeeper.conf')
    const lines = [
      `-x509_cert_dir ${files.trust}`,
      `-x509_user_cert ${files.certificate}`,
      `-x509_user_key ${files.key}`,
      `-gridmap ${files.gridmap}`,
      `-grid_services ${services}`,
      `-logfile ${join(files.folder, 'gatekeeper.log')}`,
      '-e /usr/sbin',
      `-p ${port}`,
      '-f',
    ]
    writeFileSync(configuration, `${lines.join('\n')}\n`)
    return GlobusServer.#start('globus-gatekeeper', ['-conf', configuration], port, files)
  }

  static async #start(
    program: string,
    args: readonly string[],
    port: number,
    { folder, trust, certificate, key, gridmap }: GlobusServerFiles,
    { environment = {}, host }: GridFtpServerOptions = {},
  ): Promise<GlobusServer> {
    const child = spawn(program, args, {
      stdio: 'ignore',
      detached: true,
      env: {
        ...{ PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, HOME: folder, X509_CERT_DIR: trust, GRIDMAP: gridmap },
        ...{ X509_USER_CERT: certificate, X509_USER_KEY: key, GLOBUS_HOSTNAME: 'localhost' },
        ...environment,
      },
    })
    await listening(port, child, host)
    return new GlobusServer(port, child)
  }

  /** Kills the server; each connection has a process of its own, which is killed, too. */
  kill(): void {
    const { pid } = this.#process
    if (pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) return
    process.kill(-pid, 'SIGKILL')
  }

  [Symbol.dispose](): void {
    this.kill()
  }
}
