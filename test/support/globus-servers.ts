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

/** A real server of the Grid Community Toolkit on loopback. */
export class GlobusServer implements Disposable {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.#process = process
  }

  /** globus-gridftp-server, with the folder as its home. */
  static async gridftp(files: GlobusServerFiles): Promise<GlobusServer> {
    const port = await freePort()
    const asRoot = process.getuid?.() === 0 ? ['-allow-root', '-allow-disabled-login'] : []
    const where = ['-control-interface', '127.0.0.1', '-data-interface', '127.0.0.1', '-hostname', 'localhost']
    const args = ['-c', '/dev/null', '-p', String(port), ...where, '-home-dir', files.folder, ...asRoot]
    return GlobusServer.#start('globus-gridftp-server', args, port, files)
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
  ): Promise<GlobusServer> {
    const child = spawn(program, args, {
      stdio: 'ignore',
      env: {
        ...{ PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, HOME: folder, X509_CERT_DIR: trust, GRIDMAP: gridmap },
        ...{ X509_USER_CERT: certificate, X509_USER_KEY: key, GLOBUS_HOSTNAME: 'localhost' },
      },
    })
    await listening(port, child)
    return new GlobusServer(port, child)
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}
