import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { ChainRejection } from '../../../src/gsi/chain-rejection.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { validatePath } from '../../../src/gsi/path-validation.ts'
import { createProxy, type ProxyOptions } from '../../../src/gsi/proxy.ts'
import { type ProxyGeneration, proxyGenerations } from '../../../src/gsi/proxy-generation.ts'
import { openTrustStore, type TrustStore } from '../../../src/gsi/trust-store.ts'
import { GlobusServer } from '../../support/globus-servers.ts'
import { markdownTable } from '../../support/markdown-table.ts'
import { needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'
import { run } from './run-program.ts'

const document = join(root, 'docs/gsi-peers.md')
const directory = mkdtempSync(join(tmpdir(), 'gridwrap-globus-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const path = (name: string): string => join(directory, name)
const trusted = path('certificates')

let trust: TrustStore
let alice: Credential
let gridftp: GlobusServer
let gatekeeper: GlobusServer

const write = (name: string, text: string): string => {
  writeFileSync(path(name), text, { mode: 0o600 })
  return path(name)
}

/** A proxy that gridwrap makes, one of the other. */
const gridwrap =
  (...steps: readonly ProxyOptions[]) =>
  async (): Promise<string> => {
    let made = alice
    for (const step of steps) made = await createProxy(made, step)
    return write('gridwrap.pem', made.toPem())
  }

/** A proxy that grid-proxy-init makes. */
const grid =
  (...options: readonly string[]) =>
  async (): Promise<string> => {
    const args = [
      '-q',
      '-cert',
      path('alice.pem'),
      '-key',
      path('alice.pem'),
      '-out',
      path('grid.pem'),
      '-bits',
      '2048',
    ]
    const env = { X509_CERT_DIR: trusted, HOME: directory }
    expect(await run('grid-proxy-init', [...args, ...options], { env })).toMatchObject({ code: 0 })
    return path('grid.pem')
  }

const voms = async (): Promise<string> => {
  const own = ['-cert', path('alice.pem'), '-key', path('alice.pem'), '-certdir', trusted, '-out', path('voms.pem')]
  const server = [
    '-hostcert',
    path('host.pem'),
    '-hostkey',
    path('host.pem'),
    '-uri',
    'localhost:15000',
    '-voms',
    'vo',
    '-fqan',
    '/vo',
  ]
  const env = { X509_CERT_DIR: trusted, HOME: directory }
  expect(
    await run('voms-proxy-fake', ['-q', '-rfc', '-bits', '2048', '-newformat', ...own, ...server], { env }),
  ).toMatchObject({ code: 0 })
  return path('voms.pem')
}

const credentials: readonly (readonly [string, () => Promise<string>])[] = [
  ['user certificate', async () => path('alice.pem')],
  ['gridwrap: full', gridwrap({})],
  ['gridwrap: limited', gridwrap({ kind: 'limited' })],
  ['gridwrap: independent', gridwrap({ kind: 'independent' })],
  ['gridwrap: full of full', gridwrap({}, {})],
  ['gridwrap: limited of full', gridwrap({}, { kind: 'limited' })],
  ['gridwrap: limited of limited', gridwrap({ kind: 'limited' }, { kind: 'limited' })],
  ['gridwrap: path length 0', gridwrap({ pathLength: 0 })],
  ['grid-proxy-init -rfc', grid('-rfc')],
  ['grid-proxy-init -limited', grid('-rfc', '-limited')],
  ['grid-proxy-init -independent', grid('-rfc', '-independent')],
  ['grid-proxy-init -draft', grid('-draft')],
  ['grid-proxy-init -draft -limited', grid('-draft', '-limited')],
  ['grid-proxy-init -old', grid('-old')],
  ['grid-proxy-init -old -limited', grid('-old', '-limited')],
  ['voms-proxy-fake', voms],
]

function judge(file: string, proxies: readonly ProxyGeneration[]): string {
  try {
    const chain = readCredential({ file }).certificates.map(one => one.der)
    const { identity } = validatePath(chain, trust.current(), { now: Date.now(), signingPolicy: 'required', proxies })
    return identity.proxy === 'none' ? 'accepted' : `accepted, ${identity.proxy}`
  } catch (error) {
    if (error instanceof ChainRejection) return `**${error.reason}**`
    throw error
  }
}

const environment = (file: string): Record<string, string> => ({
  ...{ X509_CERT_DIR: trusted, X509_USER_PROXY: file, HOME: directory, GLOBUS_HOSTNAME: 'localhost' },
})

const login = async (file: string): Promise<string> => {
  const url = `gsiftp://localhost:${gridftp.port}${path('home/hello')}`
  const { code } = await run('globus-url-copy', ['-nodcau', url, `file://${path('got')}`], { env: environment(file) })
  return code === 0 ? 'accepted' : '**refused**'
}

const ping = async (file: string): Promise<string> => {
  const { code } = await run('globusrun', ['-a', '-r', `localhost:${gatekeeper.port}`], { env: environment(file) })
  return code === 0 ? 'accepted' : '**refused**'
}

const there = ['grid-proxy-init', 'globus-url-copy', 'globusrun', 'voms-proxy-fake'].map(needs).every(Boolean)

describe.skipIf(!there)('beside real Globus servers', () => {
  beforeAll(async () => {
    const ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    trust = openTrustStore(trusted)
    alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
    write('alice.pem', alice.toPem())
    const host = await ca.issueHost({ names: ['localhost'] })
    write('host.pem', host.toPem())
    const account = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'nobody')
    const files = {
      ...{ trust: trusted, certificate: write('hostcert.pem', String(host.toTls().cert)) },
      ...{ key: write('hostkey.pem', String(host.toTls().key)) },
      gridmap: write('grid-mapfile', `${quoteName(alice.certificate.subject.slash)} ${account}\n`),
    }
    mkdirSync(path('home'))
    mkdirSync(path('gate'))
    writeFileSync(path('home/hello'), 'hello\n')
    gridftp = await GlobusServer.gridftp({ ...files, folder: path('home') })
    gatekeeper = await GlobusServer.gatekeeper({ ...files, folder: path('gate') })
  })
  afterAll(() => {
    gridftp[Symbol.dispose]()
    gatekeeper[Symbol.dispose]()
  })

  test('docs/gsi-peers.md says what they and we make of the same credentials', async () => {
    const rows = [['credential', 'gridwrap', 'gridwrap, all generations', 'globus-gridftp-server', 'globus-gatekeeper']]
    for (const [name, make] of credentials) {
      const file = await make()
      rows.push([name, judge(file, ['rfc3820']), judge(file, proxyGenerations), await login(file), await ping(file)])
    }
    const found = [
      '# What Globus servers make of the same credentials',
      '',
      'Made by `test/interop/gsi/globus-servers.test.ts`, which asks real servers of the Grid Community Toolkit; do not edit it by',
      'hand (`UPDATE_DOCS=1 npx vitest run --project interop test/interop/gsi/globus-servers.test.ts`).',
      '',
      "The user's certificate says that its key may sign and encipher (keyUsage), and not that it may sign certificates. Proxies",
      'of Globus Toolkit 2 need that, or no keyUsage at all. The second column is `trust: proxies: [rfc3820, draft, legacy]`.',
      '',
      ...markdownTable(rows),
      '',
    ].join('\n')
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, found)
    expect(readFileSync(document, 'utf8')).toBe(found)
  })
})
