import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../../../src/gsi/authority.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { proxyInfo } from '../../../src/gsi/proxy-info.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import { myproxyChangePassphrase } from '../../../src/myproxy/change-passphrase.ts'
import type { MyproxyServer } from '../../../src/myproxy/channel.ts'
import { myproxyDestroy } from '../../../src/myproxy/destroy.ts'
import { myproxyGet } from '../../../src/myproxy/get.ts'
import { myproxyInfo } from '../../../src/myproxy/info.ts'
import { myproxyPut } from '../../../src/myproxy/put.ts'
import { myproxyRetrieve } from '../../../src/myproxy/retrieve.ts'
import { myproxyStore } from '../../../src/myproxy/store.ts'
import { freePort } from '../../support/free-port.ts'
import { myproxyPath, RealMyproxyServer } from '../../support/myproxy-server.ts'
import { needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'
import { type Ran, run } from '../gsi/run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-myproxy-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const path = (name: string): string => join(directory, name)
const trusted = path('certificates')
const hosts = '/DC=org/DC=gridwrap/OU=hosts/*'

let ca: Authority
let alice: Credential
let bob: Credential
let portal: Credential

const write = (name: string, text: string): string => {
  writeFileSync(path(name), text, { mode: 0o600 })
  return path(name)
}

// Half of these are /usr/sbin's, which is not in everybody's PATH; the clients stand for the package.
describe.skipIf(!needs('myproxy-logon'))('a real myproxy-server', () => {
  beforeAll(async () => {
    ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
    bob = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Bob Tester' })
    portal = await ca.issueHost({ names: ['localhost'], dn: '/DC=org/DC=gridwrap/OU=hosts/CN=localhost' })
    const tls = portal.toTls()
    write('hostcert.pem', String(tls.cert))
    write('hostkey.pem', String(tls.key))
    mkdirSync(path('home/.globus'), { recursive: true })
    const user = alice.toTls()
    write('home/.globus/usercert.pem', String(user.cert))
    write('home/.globus/userkey.pem', String(user.key))
    write('alice.proxy', (await createProxy(alice)).toPem())
  })

  describe.each([
    ['TLS 1.3', undefined],
    ['TLS 1.2', '1.2' as const],
  ])('over %s', (_what, tls) => {
    let server: RealMyproxyServer
    let asNobody: MyproxyServer
    let env: Record<string, string>
    const as = (credential: Credential): MyproxyServer => ({ ...asNobody, credential })

    beforeAll(async () => {
      server = await RealMyproxyServer.start({
        folder: path(`server-${tls ?? 'default'}`),
        trust: trusted,
        certificate: path('hostcert.pem'),
        key: path('hostkey.pem'),
        policies: [
          'authorized_retrievers "*"',
          'default_retrievers "*"',
          `authorized_renewers "${hosts}"`,
          'default_renewers "none"',
          'authorized_key_retrievers "*"',
          'default_key_retrievers "none"',
          `trusted_retrievers "${hosts}"`,
          'default_trusted_retrievers "none"',
          'allow_self_authorization true',
        ],
        ...(tls === undefined ? {} : { tls }),
      })
      asNobody = { host: 'localhost', port: server.port, trust: openTrustStore(trusted) }
      env = {
        ...{ PATH: myproxyPath, HOME: path('home'), X509_CERT_DIR: trusted, X509_USER_PROXY: path('alice.proxy') },
        ...{ MYPROXY_SERVER: 'localhost', MYPROXY_SERVER_PORT: String(server.port), GLOBUS_HOSTNAME: 'localhost' },
        LOGNAME: 'alice',
      }
    })
    afterAll(() => server[Symbol.dispose]())

    const gridwrap = (words: readonly string[], input = ''): Promise<Ran> =>
      run(process.execPath, [join(root, 'src/cli/main.ts'), 'myproxy', ...words], { env, input })

    test('put, info, get, another passphrase, destroy', async () => {
      const username = 'alice-1'
      await myproxyPut(asNobody, alice, { username, passphrase: 'first secret' })
      const [stored] = await myproxyInfo(as(alice), { username })
      expect(stored).toMatchObject({ owner: alice.certificate.subject.slash })
      const fetched = await myproxyGet(asNobody, { username, passphrase: 'first secret', hours: 2 })
      expect(proxyInfo(fetched)).toMatchObject({ identity: alice.certificate.subject.slash, kind: 'full' })
      expect(fetched.expires - Date.now()).toBeLessThan(2.1 * 3_600_000)
      await myproxyChangePassphrase(as(alice), { username, passphrase: 'first secret', newPassphrase: 'second secret' })
      await expect(myproxyGet(asNobody, { username, passphrase: 'first secret' })).rejects.toThrow(
        /invalid credential passphrase/,
      )
      await myproxyDestroy(as(alice), { username })
      await expect(myproxyGet(asNobody, { username, passphrase: 'second secret' })).rejects.toMatchObject({
        code: 'credential-problem',
      })
    })

    test('nobody else may see, change or destroy it', async () => {
      const username = 'alice-2'
      await myproxyPut(asNobody, alice, { username, passphrase: 'first secret' })
      await expect(myproxyDestroy(as(bob), { username })).rejects.toThrow(/refuses/)
      expect(await myproxyInfo(as(alice), { username })).toHaveLength(1)
    })

    test('several, by name', async () => {
      const username = 'alice-3'
      await myproxyPut(asNobody, alice, { username, passphrase: 'first secret' })
      await myproxyPut(asNobody, alice, {
        username,
        passphrase: 'other secret',
        name: 'night',
        description: 'for the night',
      })
      const found = await myproxyInfo(as(alice), { username })
      expect(found.map(one => one.name)).toEqual([undefined, 'night'])
      expect(found[1]?.description).toBe('for the night')
      expect(await myproxyGet(asNobody, { username, passphrase: 'other secret', name: 'night' })).toBeDefined()
    })

    test('a trusted retriever needs no passphrase; others are refused', async () => {
      const username = alice.certificate.subject.slash
      await myproxyPut(asNobody, alice, { username, retriever: hosts, trustedRetriever: hosts, name: 'trusted' })
      expect(proxyInfo(await myproxyGet(as(portal), { username, name: 'trusted' })).identity).toBe(username)
      await expect(myproxyGet(as(bob), { username, name: 'trusted' })).rejects.toThrow(/not authorized/)
    })

    test('a renewer proves with the old proxy that the new one is due to it', async () => {
      const username = alice.certificate.subject.slash
      await myproxyPut(asNobody, alice, { username, renewer: hosts })
      const renew = await createProxy(alice, { hours: 1 })
      const renewed = await myproxyGet(as(portal), { username, renew, hours: 6 })
      expect(proxyInfo(renewed).identity).toBe(username)
      expect(renewed.expires).toBeGreaterThan(renew.expires)
      await expect(myproxyGet(as(bob), { username, renew })).rejects.toThrow(/refuses/)
      const foreign = await createProxy(bob)
      await expect(myproxyGet(as(portal), { username, renew: foreign })).rejects.toThrow(/does not match/)
      await expect(myproxyGet(as(portal), { username })).rejects.toThrow(/refuses/)
    })

    test('a key that stays encrypted', async () => {
      const username = 'alice-4'
      const pem = alice.toPem('passphrase of the key')
      await myproxyStore(as(alice), pem, { username, keyRetriever: '*' })
      await expect(myproxyRetrieve(as(alice), { username, passphrase: 'a wrong one' })).rejects.toThrow(/refuses/)
      const back = await myproxyRetrieve(as(alice), { username, passphrase: 'passphrase of the key' })
      expect(readCredential({ pem: back, passphrase: 'passphrase of the key' }).certificate.fingerprint).toBe(
        alice.certificate.fingerprint,
      )
    })

    test('myproxy-logon fetches what the command line left, and the other way round', async () => {
      expect(await gridwrap(['put', '-l', 'alice-5', '--pwstdin'], 'a common secret\n')).toMatchObject({ code: 0 })
      const theirs = await run('myproxy-logon', ['-l', 'alice-5', '-S', '-o', path('theirs')], {
        env,
        input: 'a common secret\n',
      })
      expect(theirs, theirs.stderr).toMatchObject({ code: 0 })
      expect(proxyInfo(readCredential({ file: path('theirs') })).identity).toBe(alice.certificate.subject.slash)

      const init = await run(
        'myproxy-init',
        ['-l', 'alice-6', '-S', '-C', path('home/.globus/usercert.pem'), '-y', path('home/.globus/userkey.pem')],
        { env, input: 'their own secret\n' },
      )
      expect(init, init.stderr).toMatchObject({ code: 0 })
      const ours = await gridwrap(['get', '-l', 'alice-6', '--pwstdin', '--out', path('ours')], 'their own secret\n')
      expect(ours, ours.stderr).toMatchObject({ code: 0 })
      const info = await run('grid-proxy-info', ['-f', path('ours'), '-identity'], { env })
      expect(info.stdout.trim()).toBe(alice.certificate.subject.slash)
      expect((await gridwrap(['info', '-l', 'alice-6'])).stdout).toMatch(
        /owner {4}: \/DC=org\/DC=gridwrap\/CN=Alice Tester/,
      )
      expect(
        await gridwrap(['change-passphrase', '-l', 'alice-6', '--pwstdin'], 'their own secret\nanother secret\n'),
      ).toMatchObject({ code: 0 })
      expect(await gridwrap(['destroy', '-l', 'alice-6'])).toMatchObject({ code: 0 })
      const wrong = await gridwrap(['get', '-l', 'alice-6', '--pwstdin'], 'another secret\n')
      expect(wrong.code).toBe(3)
      expect(wrong.stderr).toMatch(/MyProxy server localhost:\d+ refuses[\s\S]*leave a credential first/)
      const nobody = await gridwrap(['info', '--server', `localhost:${await freePort()}`])
      expect(nobody).toMatchObject({ code: 5, stderr: expect.stringMatching(/cannot be reached/) as string })
      expect(readFileSync(path('ours'), 'utf8')).toContain('BEGIN RSA PRIVATE KEY')
    })

    test('a server that is another one than was meant gets nothing but a handshake', async () => {
      const elsewhere = { ...asNobody, host: '127.0.0.1' }
      await expect(myproxyInfo({ ...elsewhere, credential: alice }, { username: 'alice' })).rejects.toThrow(
        /for another host/,
      )
      const expect1 = { mode: 'identity', subject: portal.certificate.subject.slash } as const
      await expect(
        myproxyInfo({ ...elsewhere, credential: alice, expect: expect1 }, { username: 'alice-2' }),
      ).resolves.toHaveLength(1)
      const strangers = { ...asNobody, trust: openTrustStore(path('home')) }
      await expect(myproxyInfo(strangers, { username: 'alice' })).rejects.toThrow(/cannot be believed/)
    })
  })
})
