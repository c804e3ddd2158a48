import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { GsiListener } from '../../../src/gsi/gsi-listener.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { validatePath } from '../../../src/gsi/path-validation.ts'
import { writePem } from '../../../src/gsi/pem.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { makeTrustAnchors } from '../../../src/gsi/trust-anchors.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-one-port-'))
const ca = await createAuthority({ dn: '/O=Test/CN=CA' })
await installAuthority(join(directory, 'certificates'), ca.certificate)
const trust = makeTrustAnchors({ certificates: [ca.certificate] })
const alice = await ca.issueUser({ dn: '/O=Test/CN=Alice' })
const file = join(directory, 'proxy')
const proxy = await createProxy(await createProxy(alice), { kind: 'limited' })
writeFileSync(file, proxy.toPem(), { mode: 0o600 })
const issuersFile = join(directory, 'issuers.pem')
writeFileSync(
  issuersFile,
  proxy.certificates
    .slice(1)
    .map(issuer => writePem('CERTIFICATE', issuer.der))
    .join(''),
)
const caFile = join(directory, 'ca.pem')
writeFileSync(caFile, String(ca.credential.toTls().cert))

const errors: string[] = []
const listener = new GsiListener({
  credential: await ca.issueHost({ names: ['localhost', '127.0.0.1'] }),
  onHandshakeError: error => errors.push(error.message),
  onConnection: (socket, chain, entry) => {
    socket.once('data', () => {
      const { identity } = validatePath(chain, trust, { now: Date.now() })
      const body = `${entry} ${socket.getProtocol()} ${chain.length} ${identity.subject} ${identity.proxy}\n`
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
    })
  },
})
const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
afterAll(async () => {
  await listener.close()
  rmSync(directory, { recursive: true })
})

const whole = '3 /O=Test/CN=Alice limited\n'

describe.skipIf(!needs('curl'))('curl with a proxy', () => {
  const curl = (...options: readonly string[]) =>
    run('curl', ['-sS', '--cacert', caFile, '--cert', file, '--key', file, ...options, `https://localhost:${port}/`])

  test.each([
    [['--http1.1'], `https TLSv1.3 ${whole}`],
    [['--tls-max', '1.2'], `https TLSv1.2 ${whole}`],
    [['--no-alpn'], `https-no-alpn TLSv1.2 ${whole}`],
    [['--no-alpn', '--tls-max', '1.2', '-X', 'DELETE'], `https-no-alpn TLSv1.2 ${whole}`],
  ])('%j', async (options, expected) => {
    expect(await curl(...options)).toEqual({ code: 0, stdout: expected, stderr: '' })
  })

  test('TLS 1.3 and nothing else, without ALPN, has nothing in common with a Globus port', async () => {
    expect((await curl('--no-alpn', '--tlsv1.3')).stderr).toMatch(/protocol version/)
    expect(errors.at(-1)).toMatch(/unsupported.protocol/)
  })
})

describe.skipIf(!needs('openssl'))('openssl s_client with a proxy', () => {
  test.each([
    [['-tls1_3', '-alpn', 'http/1.1'], `https TLSv1.3 ${whole}`],
    [['-tls1_2', '-alpn', 'http/1.1'], `https TLSv1.2 ${whole}`],
    [['-tls1_2'], `https-no-alpn TLSv1.2 ${whole}`],
    [['-servername', 'Alice Tester'], `https-no-alpn TLSv1.2 ${whole}`],
  ])('%j', async (options, expected) => {
    const args = ['s_client', '-quiet', '-verify_return_error', '-CAfile', caFile, '-connect', `127.0.0.1:${port}`]
    const own = ['-cert', file, '-key', file, '-cert_chain', issuersFile]
    const { stdout } = await run('openssl', [...args, ...own, ...options], { input: 'hello\n' })
    expect(stdout).toContain(`\r\n\r\n${expected}`)
  })
})
