// Over 300 lines: one table of attacks, which is read, and extended, as a whole.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { extension, writeCertificate } from '../../../src/gsi/certificate-builder.ts'
import { keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import type { RejectionReason } from '../../../src/gsi/chain-rejection.ts'
import { derTag, readDer } from '../../../src/gsi/der.ts'
import { der, derExplicit, derInteger, derOid, derSequence, derSetOf } from '../../../src/gsi/der-writer.ts'
import { appendCommonName, type DistinguishedName, nameFromSlashForm, readName } from '../../../src/gsi/dn.ts'
import { oid } from '../../../src/gsi/oids.ts'
import {
  caExtensions,
  ders,
  hour,
  issue,
  limited,
  newKey,
  now,
  proxy,
  reasonOf,
  root,
  trusting,
  user,
  userExtensions,
} from './test-pki.ts'

const ca = root()
const alice = user(ca)
const full = proxy(alice)
const trust = trusting(ca)
const pci = extension.proxyCertInfo(oid.proxyInheritAll)

const withRelativeNames = (name: DistinguishedName, ...rdns: readonly Buffer[]): DistinguishedName =>
  readName(derSequence(...name.rdns.map(attributes => derSetOf(attributes.map(attribute))), ...rdns))
const attribute = (a: { type: string; tag: number; octets: Buffer }): Buffer =>
  derSequence(derOid(a.type), der(a.tag, a.octets))
const cn = (value: string): Buffer =>
  attribute({ type: oid.commonName, tag: derTag.printableString, octets: Buffer.from(value) })

const constrained = (
  permitted: readonly Buffer[],
  excluded: readonly Buffer[] = [],
): ReturnType<typeof extension.keyUsage> => ({
  oid: oid.nameConstraints,
  critical: true,
  value: derSequence(
    ...(permitted.length === 0 ? [] : [derExplicit(0, ...permitted.map(base => derSequence(base)))]),
    ...(excluded.length === 0 ? [] : [derExplicit(1, ...excluded.map(base => derSequence(base)))]),
  ),
})
const directory = (dn: string): Buffer => derExplicit(4, nameFromSlashForm(dn).der)

type Attack = readonly [what: string, expected: RejectionReason, chain: () => readonly Uint8Array[]]

const attacks: readonly Attack[] = [
  ['no certificate at all', 'empty-chain', () => []],
  ['an expired proxy', 'expired', () => ders(proxy(alice, { notBefore: now - 3 * hour, notAfter: now - 1000 }), alice)],
  [
    'a proxy of an expired user',
    'expired',
    () => {
      const old = user(ca, '/O=Test/CN=Old', { notAfter: now - 1000 })
      return ders(proxy(old), old)
    },
  ],
  [
    'a certificate that is not valid yet',
    'not-yet-valid',
    () => ders(user(ca, '/O=Test/CN=Soon', { notBefore: now + hour })),
  ],
  ['a proxy that is not valid yet', 'not-yet-valid', () => ders(proxy(alice, { notBefore: now + 301_000 }), alice)],
  ['an end entity acting as an authority', 'not-a-ca', () => ders(user(alice, '/O=Test/CN=Bob'), alice)],
  [
    'an end entity without basicConstraints acting as one',
    'not-a-ca',
    () => {
      const bare = issue(ca, '/O=Test/CN=Bare')
      return ders(user(bare, '/O=Test/CN=Bob'), bare)
    },
  ],
  ['a proxy acting as an authority', 'not-a-ca', () => ders(user(full, '/O=Test/CN=Bob'), full, alice)],
  [
    'an authority of version 1 below the root',
    'not-a-ca',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', { extensions: [] })
      return ders(user(middle), middle)
    },
  ],
  [
    'a proxy signed by a foreign key',
    'bad-signature',
    () => {
      const mallory = { certificate: alice.certificate, key: newKey().privateKey }
      return ders(proxy(mallory), alice)
    },
  ],
  [
    'a user signed by a foreign key',
    'bad-signature',
    () => ders(user({ certificate: ca.certificate, key: newKey().privateKey }, '/O=Test/CN=Eve')),
  ],
  ['an unknown authority', 'unknown-issuer', () => ders(user(root('/O=Other/CN=Root'), '/O=Other/CN=Eve'))],
  [
    'an unknown authority that is sent along',
    'untrusted-root',
    () => {
      const other = root('/O=Other/CN=Root')
      return ders(user(other, '/O=Other/CN=Eve'), other)
    },
  ],
  [
    'a root with the name of the trusted one, sent along',
    'untrusted-root',
    () => {
      const impostor = root('/O=Test/CN=Root')
      return ders(user(impostor, '/O=Test/CN=Alice'), impostor)
    },
  ],
  [
    'a self-signed user',
    'untrusted-root',
    () => ders(issue('self', '/O=Test/CN=Alice', { extensions: userExtensions })),
  ],
  ['the trusted authority itself as a user', 'ca-as-end-entity', () => ders(ca)],
  [
    'an authority below the root as a user',
    'ca-as-end-entity',
    () => ders(issue(ca, '/O=Test/CN=Middle', { extensions: caExtensions() })),
  ],
  ['an issuer that was not sent', 'unknown-issuer', () => ders(proxy(full), alice)],
  [
    'the chain without its beginning: the first certificate is the peer',
    'ca-as-end-entity',
    () => ders(ca, alice, full),
  ],
  [
    'an authority without keyCertSign',
    'key-usage',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [extension.basicConstraints(true), extension.keyUsage(keyUsageBit.digitalSignature)],
      })
      return ders(user(middle), middle)
    },
  ],
  [
    'a path longer than an authority allows',
    'path-length',
    () => {
      const first = issue(ca, '/O=Test/CN=First', { extensions: caExtensions(0) })
      const second = issue(first, '/O=Test/CN=Second', { extensions: caExtensions() })
      return ders(user(second), second, first)
    },
  ],
  [
    'an unknown critical extension of a user',
    'unknown-critical-extension',
    () =>
      ders(
        user(ca, '/O=Test/CN=Odd', {
          extensions: [...userExtensions, { oid: '1.2.3.4', critical: true, value: derInteger(1) }],
        }),
      ),
  ],
  [
    'an unknown critical extension of a proxy',
    'unknown-critical-extension',
    () => ders(proxy(alice, { extensions: [pci, { oid: '1.2.3.4', critical: true, value: derInteger(1) }] }), alice),
  ],
  [
    'critical policyConstraints, which are not worked out here',
    'unknown-critical-extension',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), { oid: '2.5.29.36', critical: true, value: derSequence() }],
      })
      return ders(user(middle), middle)
    },
  ],
  [
    'a user for whom code signing is meant',
    'extended-key-usage',
    () =>
      ders(
        user(ca, '/O=Test/CN=Odd', {
          extensions: [...userExtensions, extension.extendedKeyUsage('1.3.6.1.5.5.7.3.3')],
        }),
      ),
  ],
  [
    'a user who may not sign',
    'key-usage',
    () => ders(user(ca, '/O=Test/CN=Odd', { extensions: [extension.keyUsage(keyUsageBit.keyEncipherment)] })),
  ],
  [
    'a proxy of a user who may not sign',
    'key-usage',
    () => {
      const mute = user(ca, '/O=Test/CN=Odd', { extensions: [extension.keyUsage(keyUsageBit.keyEncipherment)] })
      return ders(proxy(mute), mute)
    },
  ],
  [
    'a name outside the constraints of its authority',
    'name-constraints',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([directory('/O=Test')])],
      })
      return ders(user(middle, '/O=Other/CN=Eve'), middle)
    },
  ],
  [
    'a name that its authority may not issue',
    'name-constraints',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([], [directory('/O=Test/OU=secret')])],
      })
      return ders(user(middle, '/O=Test/OU=secret/CN=Eve'), middle)
    },
  ],
  [
    'a name that its authority may not issue, in another encoding',
    'name-constraints',
    () => {
      const secret = nameFromSlashForm('/O=Test/OU=secret')
      // A UTF8String becomes a PrintableString: as long, and the same name to people and to grid-mapfiles.
      const printable = Buffer.from(secret.der)
      const at = printable.indexOf('secret')
      printable[at - 2] = 0x13
      expect(printable.equals(secret.der)).toBe(false)
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([], [der(0xa4, printable)])],
      })
      return ders(user(middle, '/O=Test/OU=secret/CN=Eve'), middle)
    },
  ],
  [
    'a name that its authority may not issue, in capitals',
    'name-constraints',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([], [directory('/O=Test/OU=secret')])],
      })
      return ders(user(middle, '/O=Test/OU=SECRET/CN=Eve'), middle)
    },
  ],
  [
    'a constrained host name',
    'name-constraints',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([der(0x82, Buffer.from('good.example'))])],
      })
      const host = user(middle, '/O=Test/CN=h', {
        extensions: [...userExtensions, extension.subjectAltName(['notgood.example'])],
      })
      return ders(host, middle)
    },
  ],
  [
    'a constrained name of a form that is not understood',
    'name-constraints',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', {
        extensions: [...caExtensions(), constrained([der(0x87, Buffer.from([10, 0, 0, 0, 255, 0, 0, 0]))])],
      })
      const host = user(middle, '/O=Test/CN=h', {
        extensions: [...userExtensions, extension.subjectAltName([], [Buffer.from([10, 0, 0, 1])])],
      })
      return ders(host, middle)
    },
  ],
  [
    'a name with a slash that begins another attribute',
    'ambiguous-name',
    () => ders(user(ca, withRelativeNamesOf('x/CN=Alice'))),
  ],
  [
    'a name with a plus that begins another attribute',
    'ambiguous-name',
    () => ders(user(ca, withRelativeNamesOf('x+OU=staff'))),
  ],
  [
    'a name with what looks like an escaped octet',
    'ambiguous-name',
    () => ders(user(ca, withRelativeNamesOf('a\\xC3\\xA9'))),
  ],
  ['an empty name', 'empty-name', () => ders(user(ca, readName(derSequence())))],
  [
    'a proxy of the Globus Toolkit 2 kind',
    'legacy-proxy',
    () => ders(proxy(alice, { commonName: 'proxy', extensions: [] }), alice),
  ],
  [
    'a limited one of that kind',
    'legacy-proxy',
    () => ders(proxy(alice, { commonName: 'limited proxy', extensions: [] }), alice),
  ],
  [
    'an RFC proxy of a legacy one',
    'legacy-proxy',
    () => {
      const legacy = proxy(alice, { commonName: 'proxy', extensions: [] })
      return ders(proxy(legacy), legacy, alice)
    },
  ],
  [
    'a proxy of the Globus Toolkit 3 draft',
    'draft-proxy',
    () => ders(proxy(alice, { extensions: [{ ...pci, oid: oid.proxyCertInfoDraft }] }), alice),
  ],
  [
    'a draft that says it is an RFC proxy too',
    'draft-proxy',
    () => ders(proxy(alice, { extensions: [pci, { ...pci, oid: oid.proxyCertInfoDraft }] }), alice),
  ],
  [
    'proxyCertInfo that is not critical',
    'proxy-not-critical',
    () => ders(proxy(alice, { extensions: [{ ...pci, critical: false }] }), alice),
  ],
  ['two proxyCertInfo', 'malformed', () => [twoProxyCertInfo(), alice.certificate.der]],
  [
    'a proxy whose name is not its issuer and a CN',
    'proxy-name',
    () => ders(proxy(alice, { subject: nameFromSlashForm('/O=Test/CN=Bob/CN=1') }), alice),
  ],
  [
    'a proxy with the name of its issuer',
    'proxy-name',
    () => ders(proxy(alice, { subject: alice.certificate.subject }), alice),
  ],
  [
    'a proxy with two more CNs',
    'proxy-name',
    () => {
      const once = appendCommonName(alice.certificate.subject, '1')
      return ders(proxy(alice, { subject: appendCommonName(once, '2') }), alice)
    },
  ],
  [
    'a proxy whose name goes on with something else than a CN',
    'proxy-name',
    () => {
      const ou = attribute({ type: '2.5.4.11', tag: derTag.printableString, octets: Buffer.from('1') })
      return ders(proxy(alice, { subject: withRelativeNames(alice.certificate.subject, derSetOf([ou])) }), alice)
    },
  ],
  [
    'a CN appended as a part of a multi-valued relative name',
    'proxy-name',
    () => {
      const rdn = derSetOf([cn('1'), cn('2')])
      return ders(proxy(alice, { subject: withRelativeNames(alice.certificate.subject, rdn) }), alice)
    },
  ],
  [
    'a CN added to the last relative name',
    'proxy-name',
    () => {
      const [first = []] = alice.certificate.subject.rdns
      const subject = readName(derSequence(derSetOf(first.map(attribute)), derSetOf([cn('Alice'), cn('1')])))
      return ders(proxy(alice, { subject }), alice)
    },
  ],
  [
    'a proxy with a subjectAltName',
    'proxy-alternative-name',
    () => ders(proxy(alice, { extensions: [pci, extension.subjectAltName(['evil.example'])] }), alice),
  ],
  [
    'a proxy that says it is an authority',
    'proxy-is-ca',
    () => ders(proxy(alice, { extensions: [pci, extension.basicConstraints(true)] }), alice),
  ],
  [
    'a proxy that says it may sign certificates',
    'key-usage',
    () =>
      ders(
        proxy(alice, { extensions: [pci, extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyCertSign)] }),
        alice,
      ),
  ],
  [
    'more proxies than the first one allows',
    'proxy-path-length',
    () => {
      const last = proxy(alice, { pathLength: 1 })
      const one = proxy(last)
      return ders(proxy(one), one, last, alice)
    },
  ],
  [
    'a proxy below one that allows none',
    'proxy-path-length',
    () => {
      const last = proxy(alice, { pathLength: 0 })
      return ders(proxy(last), last, alice)
    },
  ],
  [
    'a limited proxy that issues a full one',
    'limited-proxy',
    () => {
      const less = limited(alice)
      return ders(proxy(less), less, alice)
    },
  ],
  ['an unknown policy language', 'proxy-policy', () => ders(proxy(alice, { language: '1.2.3.4.5' }), alice)],
  [
    'the policy language "any", which leaves it to a policy text',
    'proxy-policy',
    () => ders(proxy(alice, { language: '1.3.6.1.5.5.7.21.0' }), alice),
  ],
  [
    'a policy text where there may be none',
    'proxy-policy',
    () =>
      ders(
        proxy(alice, { extensions: [extension.proxyCertInfo(oid.proxyInheritAll, undefined, Buffer.from('all'))] }),
        alice,
      ),
  ],
  ['a proxy issued by the root', 'proxy-issuer', () => ders(proxy(ca))],
  [
    'a proxy issued by an authority',
    'proxy-issuer',
    () => {
      const middle = issue(ca, '/O=Test/CN=Middle', { extensions: [...caExtensions().slice(0, 1)] })
      return ders(proxy(middle), middle)
    },
  ],
  [
    'trailing garbage behind the peer',
    'malformed',
    () => [Buffer.concat([full.certificate.der, Buffer.from([0])]), alice.certificate.der],
  ],
  [
    'trailing garbage behind an issuer',
    'malformed',
    () => [full.certificate.der, Buffer.concat([alice.certificate.der, Buffer.from([0x05, 0])])],
  ],
  ['an indefinite length', 'malformed', () => [indefinite(full.certificate.der), alice.certificate.der]],
  ['an empty certificate', 'malformed', () => [full.certificate.der, Buffer.alloc(0)]],
  ['something else than a certificate', 'malformed', () => [Buffer.from('-----BEGIN CERTIFICATE-----')]],
  [
    'a chain of a thousand certificates',
    'chain-too-long',
    () => [full.certificate.der, ...Array.from({ length: 1000 }, (_, i) => Buffer.from(`${i}`))],
  ],
  [
    'thirty-three different certificates',
    'chain-too-long',
    () => [full.certificate.der, ...Array.from({ length: 32 }, (_, i) => Buffer.from(`${i}`))],
  ],
  ['too many bytes', 'chain-too-long', () => [full.certificate.der, Buffer.alloc(262_144)]],
  ['an RSA key of 512 bits', 'weak-key', () => ders(proxy(alice, { keys: rsa(512) }), alice)],
  ['an RSA key of 1024 bits for a user', 'weak-key', () => ders(user(ca, '/O=Test/CN=Weak', { keys: rsa(1024) }))],
  [
    'an elliptic curve that is not taken',
    'unsupported-key',
    () => ders(proxy(alice, { keys: curve('secp256k1') }), alice),
  ],
]

function twoProxyCertInfo(): Buffer {
  const { subject } = alice.certificate
  const { publicKey } = newKey()
  const extensions = [pci, { ...pci, value: extension.proxyCertInfo(oid.proxyLimited).value }]
  const dates = { notBefore: now, notAfter: now + hour }
  const names = { issuer: subject, subject: appendCommonName(subject, '1') }
  return writeCertificate({ serial: Buffer.from([1]), ...names, ...dates, publicKey, extensions }, alice.key)
}

// The same contents in an outer SEQUENCE of indefinite length, which BER allows.
const indefinite = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x30, 0x80]), readDer(bytes).content, Buffer.from([0, 0])])

const rsa = (modulusLength: number): ReturnType<typeof newKey> => generateKeyPairSync('rsa', { modulusLength })
const curve = (namedCurve: string): ReturnType<typeof newKey> => generateKeyPairSync('ec', { namedCurve })

function withRelativeNamesOf(value: string): DistinguishedName {
  return withRelativeNames(nameFromSlashForm('/O=Test'), derSetOf([cn(value)]))
}

describe('chains that must not be accepted', () => {
  test.each(attacks)('%s: %s', (_what, expected, chain) => {
    expect(reasonOf(chain(), trust)).toBe(expected)
  })
})
