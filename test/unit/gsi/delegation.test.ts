import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { acceptDelegation } from '../../../src/gsi/accept-delegation.ts'
import { readProxyRequest, writeProxyRequest } from '../../../src/gsi/certificate-request.ts'
import { DerError } from '../../../src/gsi/der.ts'
import { KeyPool } from '../../../src/gsi/key-pool.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { makeTrustAnchors } from '../../../src/gsi/trust-anchors.ts'
import { type Holder, hour, limited, newKey, now, proxy, root, user } from './test-pki.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 1000)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

describe('a certification request for a proxy', () => {
  test.each([
    ['RSA', rsa],
    ['EC', ec],
  ])('with an %s key is read as it was written', (_kind, { privateKey, publicKey }) => {
    expect(readProxyRequest(writeProxyRequest(privateKey)).equals(publicKey)).toBe(true)
  })

  test('is refused when it is not signed with its own key, cut off, or followed by something', () => {
    const request = writeProxyRequest(ec.privateKey)
    const other = writeProxyRequest(newKey().privateKey)
    expect(() => readProxyRequest(Buffer.concat([request, Buffer.from([0])]))).toThrow(DerError)
    expect(() => readProxyRequest(request.subarray(0, -1))).toThrow(DerError)
    expect(() => readProxyRequest(Buffer.alloc(70_000, 0x30))).toThrow(/longer than/)
    const spki = createPublicKey(ec.privateKey).export({ format: 'der', type: 'spki' })
    const at = request.indexOf(spki)
    const swapped = Buffer.from(request)
    other.copy(swapped, at, other.indexOf(spki.subarray(0, 20)), other.indexOf(spki.subarray(0, 20)) + spki.length)
    expect(() => readProxyRequest(swapped)).toThrow(/not signed with its own key/)
  })

  test('never gives another key, whatever is changed in it', () => {
    const request = writeProxyRequest(ec.privateKey)
    fc.assert(
      fc.property(fc.nat(request.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const mutant = Buffer.from(request)
        mutant[place] = (mutant[place] ?? 0) ^ change
        try {
          expect(readProxyRequest(mutant).equals(ec.publicKey)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(DerError)
        }
      }),
      { numRuns },
    )
  })
})

describe('a delegation', () => {
  const ca = root()
  const alice = user(ca)
  const first = proxy(alice)
  const weak = limited(alice)
  const trust = makeTrustAnchors({ certificates: [ca.certificate] })
  const subject = '/O=Test/CN=Alice'
  const ours = newKey()

  const take = (chain: readonly Holder[], key: KeyObject = ours.privateKey, who = subject) =>
    acceptDelegation(
      key,
      chain.map(one => one.certificate.der),
      who,
      trust,
      { now },
    )
  const why = (...args: Parameters<typeof take>): string => {
    try {
      take(...args)
    } catch (error) {
      if (error instanceof GridwrapError && error.code === 'credential-problem') return error.message
      throw error
    }
    return 'taken'
  }

  test('is taken from whoever signs for our key: the chain goes on to the end entity, without the root', () => {
    const delegated = proxy(first, { keys: ours })
    const { credential, validated } = take([delegated, first, alice, ca])
    expect(credential.certificates.map(one => one.fingerprint)).toEqual(
      [delegated, first, alice].map(one => one.certificate.fingerprint),
    )
    expect(validated.identity).toMatchObject({ subject, proxy: 'full' })
  })

  test('may be limited, and stays so', () => {
    expect(take([limited(first, { keys: ours }), first, alice]).validated.identity.proxy).toBe('limited')
  })

  test.each<[string, () => string, RegExp]>([
    ['for another key', () => why([proxy(first), first, alice]), /private key that belongs to none|another key/],
    ['of another person', () => why([proxy(alice, { keys: ours }), alice], ours.privateKey, '/O=Test/CN=Bob'), /Alice/],
    ['that is no proxy', () => why([user(ca, subject, { keys: ours })]), /no RFC 3820 proxy/],
    ['that is an authority', () => why([root('/O=Test/CN=Evil', { keys: ours })]), /Evil|chain/],
    ['that has expired', () => why([proxy(first, { keys: ours, notAfter: now - hour }), first, alice]), /expired/],
    [
      'that a limited proxy made full',
      () => why([proxy(weak, { keys: ours }), weak, alice]),
      /limited proxy issued it/,
    ],
    ['by nobody known', () => why([proxy(user(root('/O=Other/CN=Root')), { keys: ours })]), /./],
    [
      'as an independent proxy',
      () => why([proxy(first, { keys: ours, language: oid.proxyIndependent }), first, alice]),
      /independent/,
    ],
  ])('%s is refused, and told why', (_what, told, expected) => {
    expect(told()).toMatch(expected)
    expect(told()).not.toBe('taken')
  })

  test('that is no certificate is refused', () => {
    expect(() => acceptDelegation(ours.privateKey, [Buffer.from('MII')], subject, trust, { now })).toThrow(
      GridwrapError,
    )
  })
})

test('a pool gives every key once, and makes new ones behind the caller’s back', async () => {
  using pool = new KeyPool({ size: 2 })
  const keys = await Promise.all([pool.take(), pool.take(), pool.take()])
  const seen = new Set(keys.map(key => createPublicKey(key).export({ format: 'pem', type: 'spki' })))
  expect(seen.size).toBe(3)
  expect(keys[0].asymmetricKeyDetails?.modulusLength).toBe(2048)
})
