import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { acceptDelegation } from '../../../src/gsi/accept-delegation.ts'
import { extension } from '../../../src/gsi/certificate-builder.ts'
import { readProxyRequest } from '../../../src/gsi/certificate-request.ts'
import { ChainRejection } from '../../../src/gsi/chain-rejection.ts'
import { type Credential, makeCredential } from '../../../src/gsi/credential.ts'
import { parseCrl } from '../../../src/gsi/crl.ts'
import { writeCrl } from '../../../src/gsi/crl-builder.ts'
import { GsiListener } from '../../../src/gsi/gsi-listener.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { ownProxyKind } from '../../../src/gsi/proxy-generation.ts'
import { receiveDelegation } from '../../../src/gsi/receive-delegation.ts'
import { makeTrustAnchors, nameKey } from '../../../src/gsi/trust-anchors.ts'
import { markdownTable } from '../../support/markdown-table.ts'
import {
  type Holder,
  hour,
  independent,
  limited,
  newKey,
  now,
  proxy,
  root,
  user,
  validate,
} from '../../unit/gsi/test-pki.ts'

const document = new URL('../../../docs/gsi-outcomes.md', import.meta.url)

const ca = root()
const alice = user(ca)
const revoked = user(ca, '/O=Test/CN=Eve')
const full = proxy(alice)
const less = limited(alice)
const last = proxy(alice, { pathLength: 0 })
const legacy = proxy(alice, { commonName: 'proxy', extensions: [] })
const draft = proxy(alice, {
  extensions: [{ ...extension.proxyCertInfo(oid.proxyInheritAll), oid: oid.proxyCertInfoDraft }],
})
const expired = proxy(alice, { notBefore: now - 3 * hour, notAfter: now - hour })
const forged = proxy({ certificate: alice.certificate, key: newKey().privateKey })

const credential = (...chain: readonly [Holder, ...Holder[]]): Credential =>
  makeCredential(
    chain[0].key,
    chain.map(({ certificate }) => certificate),
  )

const credentials: readonly (readonly [string, Credential | undefined])[] = [
  ['none', undefined],
  ['user certificate', credential(alice)],
  ['full proxy', credential(full, alice)],
  ['full proxy of a full proxy', credential(proxy(full), full, alice)],
  ['limited proxy', credential(less, alice)],
  ['limited proxy of a full one', credential(limited(full), full, alice)],
  ['independent proxy', credential(independent(alice), alice)],
  ['full proxy of a limited one', credential(proxy(less), less, alice)],
  ['proxy beyond the path length', credential(proxy(last), last, alice)],
  ['legacy proxy (Globus Toolkit 2)', credential(legacy, alice)],
  ['draft proxy (Globus Toolkit 3)', credential(draft, alice)],
  ['expired proxy', credential(expired, alice)],
  ['proxy signed by another key', credential(forged, alice)],
  ['proxy of a revoked user', credential(proxy(revoked), revoked)],
  ['user of an unknown authority', credential(user(root('/O=Other/CN=Root'), '/O=Other/CN=Oscar'))],
]

const entries = [
  ['https', 'GET /'],
  ['httpg, no delegation', '0'],
  ['httpg, delegation', 'D'],
] as const

const versions: readonly (readonly [string, ConnectionOptions])[] = [
  ['up to 1.2', { maxVersion: 'TLSv1.2' }],
  ['up to 1.3', { maxVersion: 'TLSv1.3' }],
  ['1.3 only', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }],
]
const offers = [
  ['ALPN', { ALPNProtocols: ['http/1.1'] }],
  ['no ALPN', {}],
] as const

const host = user(ca, '/O=Test/CN=localhost')
const crl = parseCrl(writeCrl(credential(ca), [revoked.certificate.serial], now, 24 * hour))
const trust = makeTrustAnchors({
  certificates: [ca.certificate],
  crls: new Map([[nameKey(ca.certificate.subject), [crl]]]),
})

const ours = newKey().privateKey
/** What was delegated on a connection. */
const delegated = new WeakMap<TLSSocket, string>()

const listener = new GsiListener({
  credential: credential(host),
  onDelegation: async (socket, chain) => {
    const { subject } = validate(chain, trust).identity
    const certificate = await receiveDelegation(socket, ours)
    const { validated } = acceptDelegation(ours, [certificate, ...chain], subject, trust, { now })
    delegated.set(socket, `, delegates ${validated.identity.proxy}`)
  },
  onConnection: (socket, chain, entry) => {
    socket.once('data', () => {
      const protocol = socket.getProtocol()?.replace('TLSv', '')
      socket.end(
        `${judge(chain)}${delegated.get(socket) ?? ''}; ${entry === 'httpg' ? 'httpg' : 'https'}, TLS ${protocol}`,
      )
    })
  },
})
afterAll(() => listener.close())

function judge(chain: readonly Buffer[]): string {
  if (chain.length === 0) return 'anonymous'
  try {
    const { identity } = validate(chain, trust)
    return identity.proxy === 'none' ? 'accepted' : `accepted, ${identity.proxy}`
  } catch (error) {
    if (error instanceof ChainRejection) return `**${error.reason}**`
    throw error
  }
}

async function outcome(
  port: number,
  who: Credential | undefined,
  first: string,
  options: ConnectionOptions,
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...who?.toTls(), ...options })
  try {
    await once(socket, 'secureConnect')
  } catch {
    return 'no connection'
  }
  socket.write(first)
  // Behind the flag, in a record of its own, comes what the flag is for; where it was none, it is answered already.
  if (first === '0') socket.write('GET /')
  if (first === 'D' && who !== undefined && options.ALPNProtocols === undefined) {
    const [request] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])) as [Buffer?]
    if (request === undefined) return 'closed'
    const keys = { privateKey: who.key, publicKey: readProxyRequest(request) }
    socket.write(proxy(who, { keys, language: languageOf(who) }).certificate.der)
    socket.write('GET /')
  }
  const answer = await text(socket).catch(() => '')
  socket.destroy()
  return answer === '' ? 'closed' : answer
}

const languageOf = ({ certificate }: Credential): string =>
  ownProxyKind(certificate) === 'limited' ? oid.proxyLimited : oid.proxyInheritAll

test('docs/gsi-outcomes.md says what happens', async () => {
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  const columns = versions.flatMap(([version, tls]) =>
    offers.map(([offer, alpn]) => ({ title: `TLS ${version}, ${offer}`, options: { ...tls, ...alpn } })),
  )
  const lines = [
    '# What becomes of a connection',
    '',
    'Made by `test/integration/gsi/outcomes.test.ts`, which opens every one of these connections; do not edit it by hand',
    '(`UPDATE_DOCS=1 npx vitest run --project integration test/integration/gsi/outcomes.test.ts`).',
    '',
    'One port serves all. A client that offers ALPN is an HTTP client and may have TLS 1.3. One that does not may be a Globus',
    'client and gets TLS 1.2; there a first record of one octet, `0` or `D`, is httpg. Who delegates (what they have themselves,',
    'full or limited) must be somebody: else the connection ends. In bold: the reason for which the chain was refused.',
  ]
  for (const [entry, first] of entries) {
    lines.push('', `## ${entry}`, '')
    const rows = [['credential', ...columns.map(column => column.title)]]
    for (const [name, who] of credentials) {
      const cells: string[] = []
      for (const { options } of columns) cells.push(await outcome(port, who, first, options))
      rows.push([name, ...cells])
    }
    lines.push(...markdownTable(rows))
  }
  const found = `${lines.join('\n')}\n`
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, found)
  expect(readFileSync(document, 'utf8')).toBe(found)
})
