import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { ChainRejection } from '../../../src/gsi/chain-rejection.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { validatePath } from '../../../src/gsi/path-validation.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { type ProxyGeneration, proxyGenerations } from '../../../src/gsi/proxy-generation.ts'
import { proxyInfo } from '../../../src/gsi/proxy-info.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-proxies-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = (name: string): string => join(directory, name)
const write = (name: string, credential: Credential): string => {
  writeFileSync(path(name), credential.toPem(), { mode: 0o600 })
  return path(name)
}

const trusted = path('certificates')
const env = { X509_CERT_DIR: trusted, HOME: directory }
const ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
const alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
const user = write('user.pem', alice)
await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
const store = openTrustStore(trusted)

function outcome(credential: Credential, proxies?: readonly ProxyGeneration[]): string {
  try {
    const chain = credential.certificates.map(certificate => certificate.der)
    const { identity } = validatePath(chain, store.reload(), {
      now: Date.now(),
      signingPolicy: 'required',
      crl: 'required',
      ...(proxies === undefined ? {} : { proxies }),
    })
    return `${identity.subject} ${identity.proxy}`
  } catch (error) {
    if (error instanceof ChainRejection) return error.reason
    throw error
  }
}

describe.skipIf(!needs('grid-proxy-init'))('proxies made by grid-proxy-init', () => {
  const gridProxyInit = async (name: string, from: string, ...options: readonly string[]): Promise<Credential> => {
    const out = path(name)
    const args = ['-q', '-cert', from, '-key', from, '-out', out, '-bits', '2048', ...options]
    expect(await run('grid-proxy-init', args, { env })).toMatchObject({ code: 0 })
    return readCredential({ file: out })
  }

  test.each([
    ['full', ['-rfc'], '/DC=org/DC=gridwrap/CN=Alice Tester full'],
    ['limited', ['-rfc', '-limited'], '/DC=org/DC=gridwrap/CN=Alice Tester limited'],
    ['independent', ['-rfc', '-independent'], '/DC=org/DC=gridwrap/CN=Alice Tester independent'],
    ['path length 0', ['-rfc', '-path-length', '0'], '/DC=org/DC=gridwrap/CN=Alice Tester full'],
    ['1024 bits', ['-rfc', '-bits', '1024'], '/DC=org/DC=gridwrap/CN=Alice Tester full'],
    ['512 bits', ['-rfc', '-bits', '512'], 'weak-key'],
    ['legacy', ['-old'], 'legacy-proxy'],
    ['legacy, limited', ['-old', '-limited'], 'legacy-proxy'],
    ['draft', ['-draft'], 'draft-proxy'],
  ])('%s', async (_what, options, expected) => {
    expect(outcome(await gridProxyInit('made', user, ...options))).toBe(expected)
  })

  // Beside what a real GridFTP server does: it takes the draft, and of this end entity's key usage no old ones.
  test.each([
    ['draft', ['-draft'], '/DC=org/DC=gridwrap/CN=Alice Tester full'],
    ['draft, limited', ['-draft', '-limited'], '/DC=org/DC=gridwrap/CN=Alice Tester limited'],
    ['legacy', ['-old'], 'key-usage'],
    ['legacy, limited', ['-old', '-limited'], 'key-usage'],
    ['RFC 3820', ['-rfc'], '/DC=org/DC=gridwrap/CN=Alice Tester full'],
  ])('%s, where all generations are taken', async (_what, options, expected) => {
    expect(outcome(await gridProxyInit('made', user, ...options), proxyGenerations)).toBe(expected)
  })

  test('a proxy of a proxy, and of one that allows none', async () => {
    const first = await createProxy(alice, { kind: 'limited' })
    const second = await gridProxyInit('second', write('first', first), '-rfc', '-limited')
    expect(second.certificates).toHaveLength(3)
    expect(outcome(second)).toBe('/DC=org/DC=gridwrap/CN=Alice Tester limited')
    const last = await createProxy(alice, { pathLength: 0 })
    const beyond = path('beyond')
    await run('grid-proxy-init', ['-q', '-cert', write('last', last), '-key', path('last'), '-out', beyond, '-rfc'], {
      env,
    })
    expect(outcome(readCredential({ file: beyond }))).toBe('proxy-path-length')
  })

  test('Globus takes our authority, its signing policy and its revocation list', async () => {
    const verify = (file: string) =>
      run('grid-proxy-init', ['-debug', '-rfc', '-verify', '-cert', file, '-key', file, '-out', path('verified')], {
        env,
      })
    expect((await verify(user)).stdout).toContain('Proxy Verify OK')
    const eve = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Eve' })
    ca.revoke(eve.certificate)
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    const revoked = await verify(write('eve', eve))
    expect(`${revoked.stdout}${revoked.stderr}`).toMatch(/revoked/i)
    expect(revoked.code).not.toBe(0)
    expect(outcome(eve)).toBe('revoked')
    const stranger = await ca.issueUser({ dn: '/DC=org/DC=elsewhere/CN=Zoe' })
    const refused = await verify(write('stranger', stranger))
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/signing polic/i)
    expect(outcome(stranger)).toBe('signing-policy')
  })
})

const ours = [
  ['full', await createProxy(alice)],
  ['limited', await createProxy(alice, { kind: 'limited' })],
  ['independent', await createProxy(alice, { kind: 'independent' })],
  ['path length', await createProxy(alice, { pathLength: 3 })],
  ['proxy of a proxy', await createProxy(await createProxy(alice, { pathLength: 1 }), { kind: 'limited' })],
  ['3072 bits', await createProxy(alice, { bits: 3072 })],
] as const

describe.skipIf(!needs('grid-proxy-info'))('our proxies before grid-proxy-info', () => {
  test.each(ours)('%s', async (_what, proxy) => {
    const file = write('ours', proxy)
    const args = ['-f', file, '-subject', '-issuer', '-identity', '-type', '-strength']
    const { code, stdout, stderr } = await run('grid-proxy-info', args, { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const info = proxyInfo(proxy)
    expect(stdout.trim().split('\n')).toEqual([
      info.subject,
      info.issuer,
      info.identity,
      info.type,
      String(info.strength),
    ])
  })
})

describe.skipIf(!needs('openssl'))('our proxies before openssl verify', () => {
  test.each(ours)('%s', async (_what, proxy) => {
    const file = write('ours', proxy)
    const args = ['verify', '-allow_proxy_certs', '-CApath', trusted, '-untrusted', file, file]
    expect(await run('openssl', args)).toMatchObject({ code: 0, stdout: `${file}: OK\n` })
  })
})
