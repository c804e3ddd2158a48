import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import type { GlobusServerFiles } from './globus-servers.ts'
import { listening } from './listening.ts'

/** A real web server that takes PUT and DELETE, over http and https, with a folder as its files. */
export class NginxServer implements Disposable {
  readonly httpPort: number
  readonly httpsPort: number
  readonly #process: ChildProcess

  private constructor(httpPort: number, httpsPort: number, process: ChildProcess) {
    this.httpPort = httpPort
    this.httpsPort = httpsPort
    this.#process = process
  }

  /** `demand`: lines of nginx's configuration for each request: who may do what. */
  static async start({ folder, certificate, key }: GlobusServerFiles, demand = ''): Promise<NginxServer> {
    const [httpPort, httpsPort] = [await freePort(), await freePort()]
    const own = join(folder, '..', `nginx-${httpPort}`)
    mkdirSync(own)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      name => `${name}_temp_path ${own}/${name};`,
    )
    const configuration = `
      daemon off; pid ${own}/pid; error_log ${own}/error.log; worker_processes 1;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      events { worker_connections 256; }
      http {
        access_log off; client_max_body_size 0; ${temporary.join(' ')}
        server {
          listen 127.0.0.1:${httpPort};
          listen 127.0.0.1:${httpsPort} ssl;
          ssl_certificate ${certificate}; ssl_certificate_key ${key};
          ssl_verify_client optional_no_ca;
          root ${folder};
          location / { dav_methods PUT DELETE; create_full_put_path on; ${demand} }
        }
      }`
    writeFileSync(join(own, 'nginx.conf'), configuration)
    const child = spawn('nginx', ['-c', join(own, 'nginx.conf'), '-e', join(own, 'error.log')], {
      stdio: 'ignore',
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    })
    await listening(httpsPort, child)
    return new NginxServer(httpPort, httpsPort, child)
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGTERM')
  }
}
