import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { noAttributes, type VoAttributes } from '../../../src/core/identity.ts'
import { extension } from '../../../src/gsi/certificate-builder.ts'
import { type Extension, keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import { DerError } from '../../../src/gsi/der.ts'
import { derNull } from '../../../src/gsi/der-writer.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { writePem } from '../../../src/gsi/pem.ts'
import { parseAttributeCertificate } from '../../../src/gsi/voms/attribute-certificate.ts'
import { normalFqan } from '../../../src/gsi/voms/fqan.ts'
import { parseLsc } from '../../../src/gsi/voms/lsc.ts'
import { verifyAttributes } from '../../../src/gsi/voms/verify-attributes.ts'
import { VomsDirectory } from '../../../src/gsi/voms/voms-directory.ts'
import { type Attributes, vomsExtension, writeAttributeCertificate } from '../../support/attribute-certificate.ts'
import { ders, hour, now, proxy, root, trusting, user, validate } from './test-pki.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-voms-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ca = root()
const otherCa = root('/O=Other/CN=Root')
const trust = trusting(ca, otherCa)
const alice = user(ca)
const bob = user(ca, '/O=Test/CN=Bob')
const voms = user(ca, '/O=Test/CN=voms.example.org')
const impostor = user(otherCa, '/O=Test/CN=voms.example.org')
const elsewhere = user(ca, '/O=Test/CN=elsewhere.example.org')

const put = (name: string, text: string): void => {
  mkdirSync(join(directory, name, '..'), { recursive: true })
  writeFileSync(join(directory, name), text)
}
put('astro/voms.example.org.lsc', '# who signs\n/O=Test/CN=voms.example.org\n/O=Test/CN=Root\n')
put('bio/elsewhere.pem', writePem('CERTIFICATE', elsewhere.certificate.der))
put('broken/voms.example.org.lsc', 'CN=voms.example.org\n')

const good: Attributes = {
  signer: voms,
  holder: alice.certificate,
  vo: 'astro',
  fqans: ['/astro/Role=NULL/Capability=NULL', '/astro/images/Role=production/Capability=NULL'],
}

const proxyUsage = extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyEncipherment)
const info = extension.proxyCertInfo(oid.proxyInheritAll)

function attributesOf(...extensions: readonly Extension[]): VoAttributes {
  const bearer = proxy(alice, { extensions: [proxyUsage, info, ...extensions] })
  const options = { now }
  const { path, endEntity } = validate(ders(bearer, alice), trust)
  return verifyAttributes(path, endEntity, {
    directory: new VomsDirectory(directory),
    trust,
    path: options,
    hosts: ['grid.example.org'],
  })
}
const verified = (...wanted: readonly Partial<Attributes>[]): VoAttributes =>
  attributesOf(vomsExtension(...wanted.map(one => writeAttributeCertificate({ ...good, ...one }))))

describe('attribute certificates that are believed', () => {
  test('of a VO whose .lsc names the signer', () => {
    expect(verified({ generic: [{ name: 'nickname', value: 'al' }] })).toEqual({
      fqans: ['/astro', '/astro/images/Role=production'],
      generic: [{ vo: 'astro', name: 'nickname', value: 'al', qualifier: 'astro' }],
      expires: alice.certificate.notAfter,
      problems: [],
    })
  })

  test('of a VO whose signer lies there as a certificate, though its issuer is on no list', () => {
    const bio = { signer: elsewhere, vo: 'bio', fqans: ['/bio'], host: 'elsewhere.example.org' }
    expect(verified(bio)).toMatchObject({ fqans: ['/bio'], problems: [] })
    expect(verified({ ...bio, certificates: [] })).toMatchObject({ fqans: ['/bio'], problems: [] })
  })

  test('of a holder who is given by name, and for this host among others', () => {
    expect(verified({ byName: true, targets: ['other.example.org', 'grid.example.org'] }).problems).toEqual([])
  })

  test('of a proxy without any there are none', () => {
    expect(attributesOf()).toBe(noAttributes)
  })

  test('those of the proxy nearest to the caller', () => {
    const extended = (fqan: string): Extension[] => [
      proxyUsage,
      info,
      vomsExtension(writeAttributeCertificate({ ...good, fqans: [fqan] })),
    ]
    const first = proxy(alice, { extensions: extended('/astro/old') })
    const second = proxy(first, { extensions: extended('/astro/new') })
    const third = proxy(second)
    const { path, endEntity } = validate(ders(third, second, first, alice), trust)
    const settings = { directory: new VomsDirectory(directory), trust, path: { now }, hosts: [] }
    expect(verifyAttributes(path, endEntity, settings).fqans).toEqual(['/astro/new'])
  })
})

describe('attribute certificates that are not', () => {
  test.each<[string, Partial<Attributes>, RegExp]>([
    ['of somebody else', { holder: bob.certificate }, /speaks of certificate .* and not of \/O=Test\/CN=Alice/],
    ['of somebody else, by name', { holder: bob.certificate, byName: true }, /speaks of \/O=Test\/CN=Bob/],
    ['expired', { notAfter: now - 1000 }, /expired at/],
    ['not valid yet', { notBefore: now + hour }, /not valid before/],
    ['for another host', { targets: ['grid.example.com'] }, /meant for grid.example.com only/],
    ['for a host in a form that is no name', { targets: [''] }, /meant for other hosts only/],
    [
      'of a VO that nobody speaks for here',
      { vo: 'chem', fqans: ['/chem'] },
      /nobody is known here who signs for chem/,
    ],
    ['of a server that the VO does not name', { host: 'evil.example.org' }, /nobody is known here/],
    ['with an FQAN of another VO', { fqans: ['/astro', '/bio/Role=admin'] }, /\/bio\/Role=admin is not of its VO/],
    ['signed by another of the same authority', { signer: elsewhere }, /does not sign for astro here/],
    ['signed by one of the same name', { signer: impostor }, /does not sign for astro here/],
    [
      'signed by one of the same name, who sends the right certificate',
      { signer: impostor, certificates: [voms.certificate] },
      /signature was not made by/,
    ],
    ['without the certificate of its signer', { certificates: [] }, /did not come with it/],
    ['signed by the holder', { signer: alice }, /does not sign for astro here/],
    ['of a VO whose .lsc is broken', { vo: 'broken', fqans: ['/broken'] }, /nobody is known here who signs for broken/],
    [
      'with a critical extension that nobody knows',
      { extensions: [{ oid: '1.2.3.4', critical: true, value: derNull() }] },
      /1\.2\.3\.4 is not understood/,
    ],
    ['that could be revoked', { noRevAvail: false }, /cannot be revoked/],
    [
      'of a VO that is called like a folder',
      { vo: '..', fqans: ['/astro'] },
      /may not stand in the name of a directory/,
    ],
  ])('%s', (_what, wanted, why) => {
    const { fqans, problems } = verified(wanted)
    expect(fqans).toEqual([])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(why)
  })

  test('one bad among two takes nothing from the good one, and is told', () => {
    const { fqans, problems } = verified({}, { vo: 'chem', fqans: ['/chem'] })
    expect(fqans).toEqual(['/astro', '/astro/images/Role=production'])
    expect(problems).toHaveLength(1)
  })

  test('an extension that is no list', () => {
    const value = Buffer.from('3003020101ff', 'hex')
    expect(attributesOf({ oid: oid.vomsAttributeCertificates, critical: false, value }).problems).toHaveLength(1)
  })
})

describe('names', () => {
  test.each([
    ['/vo', '/vo'],
    ['/vo/Role=NULL/Capability=NULL', '/vo'],
    ['/vo.example.org/group/Role=lcg-admin', '/vo.example.org/group/Role=lcg-admin'],
    ['/vo/Role=a/Role=b', undefined],
    ['vo', undefined],
    ['/', undefined],
    ['/vo/', undefined],
    ['/CN=Alice', undefined],
    ['/vo/Role=a b', undefined],
  ])('FQAN %s', (text, expected) => expect(normalFqan(text)).toBe(expected))

  test('.lsc files', () => {
    expect(parseLsc('/CN=a\n/CN=b\n------ NEXT CHAIN ------\n/CN=c\n/Email=x@y\n')).toEqual([
      ['/CN=a', '/CN=b'],
      ['/CN=c', '/emailAddress=x@y'],
    ])
    expect(() => parseLsc('/CN=a\n')).toThrow(/stands alone/)
    expect(() => parseLsc('')).toThrow(/no distinguished name/)
  })
})

describe('mutants', () => {
  const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 300) }
  vi.setConfig({ testTimeout: 20_000 + runs.numRuns * 40 })
  const original = writeAttributeCertificate(good)
  const expected = verified({}).fqans

  test('an attribute certificate that was changed is refused, or says the same', () => {
    const edit = fc.record({ at: fc.nat(original.length - 1), value: fc.nat(255), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), edits => {
        let bytes = Buffer.from(original)
        for (const { at, value, remove } of edits) {
          const i = at % bytes.length
          bytes = Buffer.concat([bytes.subarray(0, i), Buffer.from(remove ? [] : [value]), bytes.subarray(i + 1)])
        }
        const { fqans, problems } = attributesOf(vomsExtension(bytes))
        if (problems.length === 0) expect(fqans).toEqual(expected)
        else expect(fqans).toEqual([])
      }),
      runs,
    )
  })

  test('bytes of any kind are refused with a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(() => parseAttributeCertificate(bytes)).toThrow(DerError)
      }),
      runs,
    )
  })
})
