import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { createAuthority, openAuthority } from '../../../src/gsi/authority.ts'
import { type CredentialSource, readCredential } from '../../../src/gsi/credential.ts'
import { findCredential } from '../../../src/gsi/find-credential.ts'
import { readPem, writePem } from '../../../src/gsi/pem.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { formatProxyInfo, proxyInfo } from '../../../src/gsi/proxy-info.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-credential-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ca = await createAuthority({ dn: '/O=Test/CN=CA', key: 'ec' })
const alice = await ca.issueUser({ dn: '/O=Test/CN=Alice' })
const certificatePem = writePem('CERTIFICATE', alice.certificate.der)

const refusal = (source: CredentialSource): string => {
  try {
    readCredential(source)
  } catch (error) {
    if (error instanceof GridwrapError) return `${error.message} ${error.hint}`
    throw error
  }
  return 'accepted'
}

describe('credentials', () => {
  test.each([
    ['PKCS#1', { type: 'pkcs1', format: 'pem' }],
    ['PKCS#8', { type: 'pkcs8', format: 'pem' }],
    ['encrypted PKCS#8', { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'changeit' }],
    ['the old encrypted kind', { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'changeit' }],
  ] as const)('with a key in %s', (_what, format) => {
    const keyPem = alice.key.export(format).toString()
    const read = readCredential({ pem: certificatePem, keyPem, passphrase: 'changeit' })
    expect(read.certificate.subject.slash).toBe('/O=Test/CN=Alice')
    if ('cipher' in format) {
      expect(refusal({ pem: certificatePem, keyPem })).toContain('encrypted private key. Give its passphrase')
      expect(refusal({ pem: certificatePem, keyPem, passphrase: 'wrong' })).toContain('this passphrase does not open')
    }
  })

  test('everything in one file, in any order', async () => {
    const proxy = await createProxy(await createProxy(alice))
    const blocks = readPem(proxy.toPem()).map(block => block.text)
    const read = readCredential({ pem: blocks.reverse().join('garbage around it\n') })
    expect(read.certificates.map(certificate => certificate.fingerprint)).toEqual(
      proxy.certificates.map(certificate => certificate.fingerprint),
    )
    expect(read.toPem()).toBe(proxy.toPem())
  })

  test('a key that belongs to another certificate, no key, two keys, no PEM', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const keyPem = privateKey.export({ type: 'sec1', format: 'pem' }).toString()
    expect(refusal({ pem: certificatePem, keyPem })).toContain('belongs to none of its certificates')
    expect(refusal({ pem: certificatePem })).toContain('no private key')
    expect(refusal({ pem: certificatePem + keyPem + keyPem })).toContain('more than one private key')
    expect(refusal({ pem: '-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----\n' })).toContain('is not base64')
    expect(refusal({ pem: '-----BEGIN CERTIFICATE-----\nAAAA\n' })).toContain('has no end')
    expect(refusal({ pem: '' })).toContain('no private key')
  })

  test('a key file that others can read is refused with the way out', () => {
    const file = join(directory, 'open')
    writeFileSync(file, alice.toPem())
    chmodSync(file, 0o644)
    expect(refusal({ file })).toContain(`has mode 0644; others could use it. chmod 600 ${file}`)
    for (const mode of [0o600, 0o400]) {
      chmodSync(file, mode)
      expect(refusal({ file })).toBe('accepted')
    }
    expect(refusal({ file: join(directory, 'none') })).toContain('cannot be read')
  })

  test('are found where grid users keep them', async () => {
    const proxy = await createProxy(alice)
    const home = join(directory, 'home')
    mkdirSync(join(home, '.globus'), { recursive: true })
    const write = (path: string, text: string): string => {
      writeFileSync(path, text, { mode: 0o600 })
      return path
    }
    const file = write(join(directory, 'proxy'), proxy.toPem())
    write(join(home, '.globus/usercert.pem'), certificatePem)
    write(join(home, '.globus/userkey.pem'), alice.key.export({ type: 'pkcs1', format: 'pem' }).toString())
    const found = (env: Record<string, string>): string => findCredential(env).certificate.fingerprint
    expect(found({ X509_USER_PROXY: file, HOME: home })).toBe(proxy.certificate.fingerprint)
    expect(() => found({ X509_USER_PROXY: `${file}.not`, HOME: home })).toThrow('cannot be read')
    expect(found({ X509_USER_CERT: file, X509_USER_KEY: file, HOME: '/nowhere' })).toBe(proxy.certificate.fingerprint)
    expect(found({ HOME: home })).toBe(alice.certificate.fingerprint)
    expect(() => found({ HOME: '/nowhere' })).toThrow('There is no credential: neither /tmp/x509up_u')
  })
})

describe('proxies', () => {
  test('end with their issuer at the latest and begin five minutes ago', async () => {
    const short = await createProxy(alice, { hours: 1 })
    const long = await createProxy(short, { hours: 1000 })
    expect(long.certificate.notAfter).toBe(short.certificate.notAfter)
    expect(short.certificate.notAfter - short.certificate.notBefore).toBeLessThanOrEqual(65 * 60_000)
    expect(short.certificate.subject.slash).toBe(`/O=Test/CN=Alice/CN=${BigInt(`0x${short.certificate.serial}`)}`)
    expect(short.key.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(long.certificates).toHaveLength(3)
  })

  test('may not do more than their issuer', async () => {
    const limited = await createProxy(alice, { kind: 'limited', pathLength: 1 })
    const below = await createProxy(limited)
    expect(proxyInfo(below).kind).toBe('limited')
    await expect(createProxy(limited, { kind: 'full' })).rejects.toThrow(
      'is a limited proxy and cannot issue a full one',
    )
    await expect(createProxy(below)).rejects.toThrow('allows 1 below it')
    await expect(createProxy(ca.credential)).rejects.toThrow('may not issue proxies')
    await expect(createProxy(alice, { hours: 0 })).rejects.toThrow('more than 0 hours')
    await expect(createProxy(alice, { bits: 512 })).rejects.toThrow('512 bits')
  })

  test('what there is to say of one', async () => {
    const info = proxyInfo(await createProxy(alice, { kind: 'independent', hours: 2 }), '/tmp/x509up_u0')
    expect(info).toMatchObject({ identity: info.subject, kind: 'independent', strength: 2048 })
    expect(formatProxyInfo(info)).toMatch(
      /type {5}: RFC 3820 compliant independent proxy\nstrength : 2048 bits\npath {5}: \/tmp/,
    )
    expect(proxyInfo(alice).type).toBe('end entity credential')
  })
})

describe('a small authority', () => {
  test('is opened again from its credential', async () => {
    const again = openAuthority(readCredential({ pem: ca.credential.toPem() }))
    const host = await again.issueHost({ names: ['localhost', '127.0.0.1', '::1'], key: 'ec' })
    expect(host.certificate.subject.slash).toBe('/O=Test/CN=localhost')
    expect(host.certificate.subjectAltName).toHaveLength(3)
    expect(host.certificate.issuer.der.equals(ca.certificate.subject.der)).toBe(true)
  })
})
