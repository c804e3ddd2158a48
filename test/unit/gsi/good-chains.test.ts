import { describe, expect, test } from 'vitest'
import { noAttributes } from '../../../src/core/identity.ts'
import { extension } from '../../../src/gsi/certificate-builder.ts'
import { oid } from '../../../src/gsi/oids.ts'
import {
  caExtensions,
  ders,
  hour,
  independent,
  issue,
  limited,
  now,
  proxy,
  root,
  trusting,
  user,
  userExtensions,
  validate,
} from './test-pki.ts'

const ca = root()
const alice = user(ca)
const full = proxy(alice)
const trust = trusting(ca)

describe('chains that must be accepted', () => {
  test('a user without a proxy', () => {
    const { identity, path, endEntity } = validate(ders(alice), trust)
    expect(identity).toEqual({
      scheme: 'gsi',
      subject: '/O=Test/CN=Alice',
      issuer: '/O=Test/CN=Root',
      proxy: 'none',
      expires: now + 12 * hour,
      attributes: noAttributes,
    })
    expect(path.map(certificate => certificate.subject.slash)).toEqual(['/O=Test/CN=Alice', '/O=Test/CN=Root'])
    expect(endEntity.fingerprint).toBe(alice.certificate.fingerprint)
  })

  test.each([
    ['a full proxy', 'full', () => ders(full, alice)],
    ['a proxy of a proxy of a proxy', 'full', () => ders(...deep(3), alice)],
    ['a limited proxy', 'limited', () => ders(limited(alice), alice)],
    ['a limited proxy of a full one', 'limited', () => ders(limited(full), full, alice)],
    ['an independent proxy', 'independent', () => ders(independent(alice), alice)],
    [
      'as many proxies as the first allows',
      'full',
      () => {
        const first = proxy(alice, { pathLength: 1 })
        return ders(proxy(first, { pathLength: 0 }), first, alice)
      },
    ],
    [
      'a proxy without keyUsage',
      'full',
      () => ders(proxy(alice, { extensions: [extension.proxyCertInfo(oid.proxyInheritAll)] }), alice),
    ],
    ['the root sent along', 'full', () => ders(full, alice, ca)],
    ['everything twice', 'full', () => ders(full, full, alice, full, ca, alice, ca)],
    [
      'the issuers in the wrong order',
      'full',
      () => {
        const [last, middle, first] = deep(3)
        return last && middle && first ? ders(last, ca, alice, first, middle) : []
      },
    ],
    [
      'certificates that belong to somebody else',
      'full',
      () => {
        const bob = user(ca, '/O=Test/CN=Bob')
        return ders(full, proxy(bob), bob, user(root('/O=Other/CN=Root'), '/O=Other/CN=Eve'), alice)
      },
    ],
    ['an impostor of the root sent along', 'full', () => ders(full, root('/O=Test/CN=Root'), alice)],
    ['an impostor of the user sent along', 'full', () => ders(full, user(root('/O=Test/CN=Root')), alice)],
    [
      'clocks that differ by less than five minutes',
      'full',
      () => ders(proxy(alice, { notBefore: now + 299_000 }), alice),
    ],
    [
      'a CN of several words and a slash that begins no attribute',
      'none',
      () => ders(user(ca, '/O=Test/CN=host/a.example')),
    ],
  ] as const)('%s: %s', (_what, kind, chain) => {
    expect(validate(chain(), trust).identity.proxy).toBe(kind)
  })

  const deep = (count: number) => {
    const proxies = [full]
    for (let i = 1; i < count; i++) proxies.unshift(proxy(proxies[0] ?? full))
    return proxies
  }

  test('authorities between the root and the user, sent by the peer or installed here', () => {
    const first = issue(ca, '/O=Test/CN=First', { extensions: caExtensions(1) })
    const second = issue(first, '/O=Test/CN=Second', { extensions: caExtensions(0) })
    const bob = user(second, '/O=Test/CN=Bob')
    expect(validate(ders(proxy(bob), second, bob, first), trust).identity.issuer).toBe('/O=Test/CN=Second')
    expect(validate(ders(bob), trusting(ca, first, second)).path).toHaveLength(4)
  })

  test('a second root with the same name is found when the first does not fit', () => {
    const twin = root('/O=Test/CN=Root')
    const bob = user(twin, '/O=Test/CN=Bob')
    expect(validate(ders(bob), trusting(ca, twin)).identity.subject).toBe('/O=Test/CN=Bob')
  })

  test('a second path is taken when the first is not valid', () => {
    const old = issue('self', '/O=Test/CN=Renewed', { extensions: caExtensions(), notAfter: now - 1 })
    const renewed = issue('self', '/O=Test/CN=Renewed', {
      extensions: caExtensions(),
      keys: { privateKey: old.key, publicKey: old.certificate.publicKey ?? expect.fail('the key is not read') },
    })
    expect(validate(ders(user(old, '/O=Test/CN=Bob')), trusting(old, renewed)).identity.subject).toBe('/O=Test/CN=Bob')
  })

  test('the identity ends when the first certificate of the path does', () => {
    const short = proxy(alice, { notAfter: now + hour })
    expect(validate(ders(proxy(short), short, alice), trust).identity.expires).toBe(now + hour)
  })

  test('a host certificate with alternative names inside the constraints of its authority', () => {
    const subtree = {
      oid: oid.nameConstraints,
      critical: true,
      value: Buffer.from('3010a00e300c820a676f6f642e6c6f63616c', 'hex'),
    }
    const middle = issue(ca, '/O=Test/CN=Middle', { extensions: [...caExtensions(), subtree] })
    const host = user(middle, '/O=Test/CN=h', {
      extensions: [...userExtensions, extension.subjectAltName(['h.good.local'])],
    })
    expect(validate(ders(host, middle), trust).endEntity.subject.slash).toBe('/O=Test/CN=h')
  })
})
