import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quoteName } from '../../src/authz/gridmap-file.ts'
import { type DirectoryService, serveDirectory } from '../../src/container/gridftp/serve-directory.ts'
import { openLog } from '../../src/core/log.ts'
import { FtpSession } from '../../src/gridftp/client/ftp-session.ts'
import type { SessionOptions } from '../../src/gridftp/client/session-options.ts'
import { createAuthority } from '../../src/gsi/authority.ts'
import type { Credential } from '../../src/gsi/credential.ts'
import { installAuthority } from '../../src/gsi/install-authority.ts'
import { createProxy } from '../../src/gsi/proxy.ts'
import { openTrustStore, type TrustStore } from '../../src/gsi/trust-store.ts'
import { GlobusServer, type GlobusServerFiles, type GridFtpServerOptions } from './globus-servers.ts'

/** Folders, credentials and trust for servers and clients that move data on loopback. */
export class DataSite implements Disposable {
  readonly folder: string
  readonly trust: TrustStore
  readonly alice: Credential
  readonly proxy: Credential
  readonly host: Credential
  readonly files: GlobusServerFiles

  private constructor(folder: string, trust: TrustStore, alice: Credential, proxy: Credential, host: Credential) {
    this.folder = folder
    this.trust = trust
    this.alice = alice
    this.proxy = proxy
    this.host = host
    const write = (name: string, text: string): string => {
      writeFileSync(this.path(name), text, { mode: 0o600 })
      return this.path(name)
    }
    const account = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'nobody')
    write('proxy.pem', proxy.toPem())
    this.files = {
      trust: this.path('certificates'),
      folder: this.path('home'),
      certificate: write('cert.pem', String(host.toTls().cert)),
      key: write('key.pem', String(host.toTls().key)),
      gridmap: write('map', `${quoteName(alice.certificate.subject.slash)} ${account}\n`),
    }
  }

  static async make(): Promise<DataSite> {
    const folder = mkdtempSync(join(tmpdir(), 'gridwrap-data-'))
    // Servers that let everybody in read as nobody.
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'home'))
    const ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
    await installAuthority(join(folder, 'certificates'), ca.certificate, { crl: ca.crl() })
    const alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
    const host = await ca.issueHost({ names: ['localhost'] })
    return new DataSite(folder, openTrustStore(join(folder, 'certificates')), alice, await createProxy(alice), host)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** A file in the servers' home. */
  remote(name: string): string {
    return join(this.files.folder, name)
  }

  /** A real GridFTP server, with the home as its files. */
  server(options: GridFtpServerOptions = {}): Promise<GlobusServer> {
    return GlobusServer.gridftp(this.files, options)
  }

  /** Our own GridFTP server, with all files of this machine for Alice, as the real one has them. */
  async ownServer(options: Partial<DirectoryService> = {}): Promise<{ readonly port: number } & AsyncDisposable> {
    const server = serveDirectory(
      {
        ...{ root: '/', host: '127.0.0.1', port: 0, credential: () => this.host, trust: this.trust },
        ...{ writable: true, gridmaps: [this.files.gridmap], people: [], anonymous: false },
        ...options,
      },
      openLog('gridftp', 'silent'),
    )
    return { port: await server.listen(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  /** A session of Alice's with a server. */
  session(port: number, options: Partial<SessionOptions> = {}): Promise<FtpSession> {
    const { proxy, trust } = this
    return FtpSession.open({
      host: 'localhost',
      port,
      logIn: { with: 'gsi', credential: proxy, trust },
      ...options,
    })
  }

  /** The environment in which Globus programs find Alice's proxy and this authority. */
  get environment(): Record<string, string> {
    return {
      X509_CERT_DIR: this.files.trust,
      X509_USER_PROXY: this.path('proxy.pem'),
      GLOBUS_HOSTNAME: 'localhost',
      HOME: this.folder,
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
