import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { listening } from './listening.ts'

/** Where things are on Debian when PATH is a user's. */
export const myproxyPath = `${process.env['PATH'] ?? ''}:/usr/sbin`

export interface MyproxyServerOptions {
  /** A folder of its own. */
  readonly folder: string
  readonly trust: string
  readonly certificate: string
  readonly key: string
  /** Lines of its configuration beside accepted_credentials. */
  readonly policies: readonly string[]
  /** Default: one that is free. */
  readonly port?: number
  /** Of TLS. Default: what it does by itself. */
  readonly tls?: '1.2'
}

/** A real myproxy-server on loopback. */
export class RealMyproxyServer implements Disposable {
  readonly port: number
  readonly #pidFile: string

  private constructor(port: number, pidFile: string) {
    this.port = port
    this.#pidFile = pidFile
  }

  static async start(options: MyproxyServerOptions): Promise<RealMyproxyServer> {
    const { folder, trust, certificate, key, policies, tls } = options
    const port = options.port ?? (await freePort())
    const path = (name: string): string => join(folder, name)
    mkdirSync(path('store'), { recursive: true, mode: 0o700 })
    writeFileSync(
      path('config'),
      ['accepted_credentials "*"', ...policies, 'disable_usage_stats true', ''].join('\n'),
      {
        mode: 0o600,
      },
    )
    const env = {
      ...{ PATH: myproxyPath, HOME: folder, X509_CERT_DIR: trust, X509_USER_CERT: certificate, X509_USER_KEY: key },
      GLOBUS_HOSTNAME: 'localhost',
      ...(tls === undefined ? {} : { GLOBUS_GSSAPI_MAX_TLS_PROTOCOL: 'TLS1_2_VERSION' }),
    }
    const args = ['-l', '127.0.0.1', '-p', String(port), '-c', path('config'), '-s', path('store'), '-P', path('pid')]
    // With a socket as its standard input, which is what Node calls a pipe, it would take inetd for its parent.
    const child = spawn('myproxy-server', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`myproxy-server ended with ${String(code)}.`)
    // It goes into the background before it listens.
    await listening(port)
    return new RealMyproxyServer(port, path('pid'))
  }

  [Symbol.dispose](): void {
    process.kill(Number(readFileSync(this.#pidFile, 'utf8')), 'SIGTERM')
  }
}
