import { existsSync } from 'node:fs'
import { chmod, cp, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { quoteName } from '../../authz/gridmap-file.ts'
import { createAuthority } from '../../gsi/authority.ts'
import type { Credential } from '../../gsi/credential.ts'
import { installAuthority } from '../../gsi/install-authority.ts'
import { makeFolder } from '../make-folder.ts'
import { wholeNumber } from '../option-values.ts'
import { print, UsageError } from '../terminal.ts'

interface InitOptions {
  readonly port: number
  readonly host: readonly string[]
  readonly json?: boolean
}

export function addInit(program: Command): void {
  program
    .command('init [folder]')
    .description(
      'make a site to try things with: configuration, test authority, host and user credentials, grid-mapfile, services/',
    )
    .option('-p, --port <port>', 'the port it will listen on', wholeNumber(1, 65_535), 8443)
    .option('--host <name...>', 'names and addresses of this host', ['localhost', '127.0.0.1'])
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap init site\n  gridwrap serve --config site/gridwrap.yaml')
    .action(async (folder: string | undefined, options: InitOptions) => {
      const made = await initialise(resolve(folder ?? 'gridwrap-home'), options.host, String(options.port))
      print(options.json === true ? JSON.stringify(made) : explain(made, options))
    })
}

/** Where `init` put things. */
export interface Site {
  readonly folder: string
  readonly configuration: string
  readonly certificates: string
  readonly userCertificate: string
  readonly userKey: string
}

/** Where the parts of a site are. */
export const siteIn = (folder: string): Site => ({
  folder,
  configuration: join(folder, 'gridwrap.yaml'),
  certificates: join(folder, 'pki', 'certificates'),
  userCertificate: join(folder, 'pki', 'usercert.pem'),
  userKey: join(folder, 'pki', 'userkey.pem'),
})

/** Makes a site; refuses a folder that has one. */
export async function initialise(folder: string, host: readonly string[], port: string): Promise<Site> {
  const site = siteIn(folder)
  const there = ['gridwrap.yaml', 'pki', 'grid-mapfile', 'data'].filter(name => existsSync(join(folder, name)))
  if (there.length > 0)
    throw new UsageError(`${folder} has ${there.join(', ')} already; nothing was changed. Name another folder.`)
  await makeFolder(folder)
  await makeFolder(join(folder, 'pki'), 0o700)
  await copyFirstService(join(folder, 'services', 'newstar'))
  const authority = await createAuthority({ dn: '/O=gridwrap test/CN=Test Authority' })
  const userName = `/O=gridwrap test/CN=${userInfo().username.replace(/[^A-Za-z0-9 ._-]/g, '_')}`
  const [hostCredential, user] = await Promise.all([
    authority.issueHost({ names: host }),
    authority.issueUser({ dn: userName }),
  ])
  await installAuthority(site.certificates, authority.certificate, { crl: authority.crl() })
  await writeCredential(authority.credential, join(folder, 'pki', 'cacert.pem'), join(folder, 'pki', 'cakey.pem'))
  await writeCredential(hostCredential, join(folder, 'pki', 'hostcert.pem'), join(folder, 'pki', 'hostkey.pem'))
  await writeCredential(user, site.userCertificate, site.userKey)
  await writeFile(
    join(folder, 'grid-mapfile'),
    `# Who may use this container: "/distinguished/name" account\n${quoteName(userName)} ${userInfo().username}\n`,
  )
  await writeFile(site.configuration, configurationText(host[0] ?? 'localhost', port, userName), { flag: 'wx' })
  return site
}

/** services/ of the checkout and of the package: three folders up, from src/cli/commands as from dist/cli/commands. */
const shipped = new URL('../../../services/newstar/', import.meta.url)

/** Something to call at once: the service that runs wherever there is an awk. What is there already stays. */
async function copyFirstService(folder: string): Promise<void> {
  await cp(shipped, folder, { recursive: true, force: false })
}

async function writeCredential(credential: Credential, certificateFile: string, keyFile: string): Promise<void> {
  const { cert, key } = credential.toTls()
  await writeFile(certificateFile, String(cert), { flag: 'wx' })
  await writeFile(keyFile, String(key), { flag: 'wx', mode: 0o600 })
  await chmod(keyFile, 0o600)
}

const configurationText = (host: string, port: string, administrator: string): string => `gridwrap: 1
listen: {https: '127.0.0.1:${port}'}   # '[::]:${port}' lets other machines in
authority: ${host}:${port}               # goes into every handle, for ever
data: ./data
services: [./services]                 # registered at start; later: gridwrap register FOLDER
host-credential: {certificate: ./pki/hostcert.pem, key: ./pki/hostkey.pem}
trust: {certificates: ./pki/certificates}
authorize: [{gridmap: ./grid-mapfile}, owner]
administrators: ['${administrator.replaceAll("'", "''")}']   # may everything, also without a line in the grid-mapfile
run: {limits: {time: 1d}}
`

const explain = (site: Site, { host, port }: InitOptions): string => `Made a site in ${site.folder}:
  gridwrap.yaml    the configuration
  pki/             a test authority, the host's and your own credential (for trying things; not for production)
  grid-mapfile     who may use it: you
  services/        one folder a service, with an application.yaml; newstar is there to try

Next, start it:
  gridwrap serve --config ${word(site.configuration)}

and in another terminal call it:
  export X509_CERT_DIR=${word(site.certificates)}
  export X509_USER_CERT=${word(site.userCertificate)} X509_USER_KEY=${word(site.userKey)}
  export GRIDWRAP_URL=https://${host[0] ?? 'localhost'}:${port} GRIDWRAP_CONFIG=${word(site.configuration)}
  gridwrap proxy init
  cd ${word(join(site.folder, 'services', 'newstar'))}
  gridwrap run newstar first=first.pgm second=second.pgm --out result`

/** As a shell takes it for one word. */
const word = (path: string): string => (/^[\w./@%+,:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
