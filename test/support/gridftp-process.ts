import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { lineOf, start } from '../integration/cli/command.ts'
import type { DataSite } from './data-site.ts'
import { freePort } from './free-port.ts'

interface GridFtpProcessOptions {
  /** Default: the site's home. */
  readonly root?: string
  /** Default 127.0.0.1; an IPv6 address without brackets. */
  readonly host?: string
  /** Further arguments. */
  readonly more?: readonly string[]
}

/** `gridwrap gridftp` as people run it: a process of its own that serves a folder, on the same port when it is started again. */
export class GridFtpProcess implements AsyncDisposable {
  readonly port: number
  readonly #site: DataSite
  readonly #options: GridFtpProcessOptions
  #child: ChildProcess | undefined
  /** What all of its lives have said on standard error. */
  log = ''

  private constructor(site: DataSite, port: number, options: GridFtpProcessOptions) {
    this.#site = site
    this.port = port
    this.#options = options
  }

  static async start(site: DataSite, options: GridFtpProcessOptions = {}): Promise<GridFtpProcess> {
    const server = new GridFtpProcess(site, await freePort(), options)
    await server.start()
    return server
  }

  /** Starts it, again or for the first time; resolves when it is ready. */
  async start(): Promise<void> {
    const { root = this.#site.files.folder, host = '127.0.0.1', more = [] } = this.#options
    const { certificate, key } = this.#site.files
    const at = `${host.includes(':') ? `[${host}]` : host}:${this.port}`
    const words = ['gridftp', '--root', root, '--listen', at, '--write', '--json', '--cert', certificate, '--key', key]
    const child = start([...words, '--allow', this.#site.alice.certificate.subject.slash, ...more], {
      env: { ...this.#site.environment, PATH: process.env['PATH'] ?? '' },
    })
    this.#child = child
    child.stderr.on('data', chunk => {
      this.log += String(chunk)
    })
    await lineOf(child.stdout, /"ready":true/)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Ends it; answers the exit code, or the signal that it died of. */
  async end(signal: NodeJS.Signals): Promise<number | string | null> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return null
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill(signal)
    await ended
    return child.exitCode ?? child.signalCode
  }

  /** Sockets and files of its that are open. */
  descriptors(): readonly string[] {
    const folder = `/proc/${this.pid}/fd`
    return readdirSync(folder).flatMap(name => {
      try {
        return [readlinkSync(`${folder}/${name}`)]
      } catch {
        // Closed meanwhile.
        return []
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
