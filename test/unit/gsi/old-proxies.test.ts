import { describe, expect, test } from 'vitest'
import { extension } from '../../../src/gsi/certificate-builder.ts'
import { keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import { derExplicit, derInteger, derOid, derSequence } from '../../../src/gsi/der-writer.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { proxyGenerations } from '../../../src/gsi/proxy-generation.ts'
import { ders, type Holder, limited, proxy, reasonOf, rejectionOf, root, trusting, user, validate } from './test-pki.ts'

const ca = root()
const trust = trusting(ca)
const all = { proxies: proxyGenerations }
const withoutUsage = user(ca, '/O=Test/CN=Old Alice', { extensions: [extension.basicConstraints(false)] })
const withSigning = user(ca, '/O=Test/CN=Signing Alice', {
  extensions: [extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyCertSign)],
})
const modern = user(ca)

const legacy = (issuer: Holder, commonName = 'proxy'): Holder => proxy(issuer, { commonName, extensions: [] })
const usage = extension.keyUsage(keyUsageBit.digitalSignature)
const draft = (issuer: Holder, language: string = oid.proxyInheritAll, pathLength?: number): Holder =>
  proxy(issuer, {
    extensions: [
      usage,
      {
        oid: oid.proxyCertInfoDraft,
        critical: true,
        value: derSequence(
          derSequence(derOid(language)),
          ...(pathLength === undefined ? [] : [derExplicit(1, derInteger(pathLength))]),
        ),
      },
    ],
  })

const kindOf = (...chain: readonly Holder[]): string => {
  const { identity } = validate(ders(...chain), trust, all)
  return `${identity.subject} ${identity.proxy}`
}

describe('proxies of Globus Toolkit 2', () => {
  test('are refused unless they are taken', () => {
    expect(reasonOf(ders(legacy(withoutUsage), withoutUsage), trust)).toBe('legacy-proxy')
    expect(reasonOf(ders(legacy(withoutUsage), withoutUsage), trust, { proxies: ['rfc3820', 'draft'] })).toBe(
      'legacy-proxy',
    )
  })

  test('of an end entity without key usage, or one that may sign certificates', () => {
    expect(kindOf(legacy(withoutUsage), withoutUsage)).toBe('/O=Test/CN=Old Alice full')
    expect(kindOf(legacy(withSigning), withSigning)).toBe('/O=Test/CN=Signing Alice full')
  })

  test('die of a key usage that does not let their issuer sign certificates, and are told so', () => {
    const rejected = rejectionOf(ders(legacy(modern), modern), trust, all)
    expect(rejected.reason).toBe('key-usage')
    expect(rejected.message).toMatch(/keyCertSign\), which proxies of Globus Toolkit 2 need/)
  })

  test('inherit limits', () => {
    const first = legacy(withoutUsage, 'limited proxy')
    expect(kindOf(first, withoutUsage)).toBe('/O=Test/CN=Old Alice limited')
    expect(kindOf(legacy(first), first, withoutUsage)).toBe('/O=Test/CN=Old Alice limited')
    const full = legacy(withoutUsage)
    expect(kindOf(legacy(full, 'limited proxy'), full, withoutUsage)).toBe('/O=Test/CN=Old Alice limited')
  })

  test('another name is no proxy, and an authority issues none', () => {
    const other = legacy(withoutUsage, 'Proxy')
    expect(reasonOf(ders(other, withoutUsage), trust, all)).toBe('not-a-ca')
    const ofCa = legacy(ca)
    expect(reasonOf(ders(ofCa), trust, all)).toBe('proxy-issuer')
  })
})

describe('proxies of the draft', () => {
  test('of every kind', () => {
    expect(kindOf(draft(modern), modern)).toBe('/O=Test/CN=Alice full')
    expect(kindOf(draft(modern, oid.proxyLimited), modern)).toBe('/O=Test/CN=Alice limited')
    const first = draft(modern, oid.proxyLimited)
    expect(reasonOf(ders(draft(first), first, modern), trust, all)).toBe('limited-proxy')
  })

  test('with a path length', () => {
    const first = draft(modern, oid.proxyInheritAll, 0)
    expect(kindOf(first, modern)).toBe('/O=Test/CN=Alice full')
    expect(reasonOf(ders(draft(first), first, modern), trust, all)).toBe('proxy-path-length')
  })
})

test('generations do not go together in one chain', () => {
  const first = legacy(withoutUsage)
  expect(reasonOf(ders(proxy(first), first, withoutUsage), trust, all)).toBe('mixed-proxies')
  const second = limited(modern)
  expect(reasonOf(ders(draft(second), second, modern), trust, all)).toBe('mixed-proxies')
})
