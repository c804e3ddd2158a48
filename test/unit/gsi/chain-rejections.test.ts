import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { extension } from '../../../src/gsi/certificate-builder.ts'
import { keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import {
  caExtensions,
  ders,
  independent,
  issue,
  limited,
  now,
  proxy,
  reasonOf,
  rejectionOf,
  root,
  trusting,
  user,
} from './test-pki.ts'

const ca = root()
const alice = user(ca)
const full = proxy(alice)
const trust = trusting(ca)

describe('rejections of chains', () => {
  test('the rejection names which certificate, its name and the reason', () => {
    const old = user(ca, '/O=Test/CN=Old', { notAfter: now - 1000 })
    const error = rejectionOf(ders(proxy(old, { commonName: '7' }), old), trust)
    expect(error).toMatchObject({ reason: 'expired', position: 1, certificate: '/O=Test/CN=Old' })
    expect(error.message).toBe('Certificate 2 of the chain (/O=Test/CN=Old): it expired at 2026-06-01T11:59:59.000Z.')
    expect(error.toGridwrapError()).toMatchObject({ code: 'credential-problem', detail: { kind: 'expired' } })
  })

  test('nobody is trusted when no authority is', () => {
    expect(reasonOf(ders(full, alice), trusting())).toBe('unknown-issuer')
  })

  test('an expired root', () => {
    const old = root('/O=Test/CN=Old Root', { notAfter: now - 1000 })
    expect(reasonOf(ders(user(old)), trusting(old))).toBe('expired')
  })

  test('a root without keyCertSign', () => {
    const mute = root('/O=Test/CN=Mute', {
      extensions: [extension.basicConstraints(true), extension.keyUsage(keyUsageBit.cRLSign)],
    })
    expect(reasonOf(ders(user(mute)), trusting(mute))).toBe('key-usage')
  })

  test('an authority that is installed without its root is not trusted', () => {
    const middle = issue(ca, '/O=Test/CN=Middle', { extensions: caExtensions() })
    expect(reasonOf(ders(user(middle)), trusting(middle))).toBe('unknown-issuer')
  })

  test('the cost of finding no path is bounded', () => {
    const crowd = Array.from({ length: 15 }, () => issue('self', '/O=Test/CN=Crowd', { extensions: caExtensions() }))
    const crossed = crowd.flatMap((holder, i) =>
      crowd.slice(i + 1, i + 2).map(next => ({
        certificate: issue(next, '/O=Test/CN=Crowd', {
          keys: { privateKey: holder.key, publicKey: createPublicKey(holder.key) },
        }).certificate,
        key: holder.key,
      })),
    )
    const [first] = crowd
    if (first === undefined) throw new Error('The crowd is empty.')
    expect(reasonOf(ders(user(first), ...crowd, ...crossed), trust)).toBe('chain-too-long')
  })

  test('a limited proxy may issue limited and independent ones', () => {
    const less = limited(alice)
    expect(() => reasonOf(ders(limited(less), less, alice), trust)).toThrow('accepted as /O=Test/CN=Alice (limited)')
    expect(() => reasonOf(ders(independent(less), less, alice), trust)).toThrow('(independent)')
    const free = independent(less)
    expect(() => reasonOf(ders(proxy(free), free, less, alice), trust)).toThrow('(independent)')
  })
})
