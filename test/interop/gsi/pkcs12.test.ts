import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createAuthority, type KeyKind } from '../../../src/gsi/authority.ts'
import { readPkcs12 } from '../../../src/gsi/pkcs12-reader.ts'
import { writePkcs12 } from '../../../src/gsi/pkcs12-writer.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-p12-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const path = (name: string): string => join(directory, name)

describe.skipIf(!needs('openssl'))('PKCS#12', () => {
  describe.each<KeyKind>(['rsa', 'ec'])('with an %s key', kind => {
    test.each([
      ['as OpenSSL 3 makes it', false, 'ein langer Weg'],
      ['with the old ciphers', true, 'ein langer Weg nach Süden'],
    ])('openssl reads what is written %s, and so do we', async (_what, legacy, passphrase) => {
      const ca = await createAuthority({ dn: '/O=P12/CN=CA', key: kind })
      const user = await ca.issueUser({ dn: '/O=P12/CN=Alice', key: kind })
      const proxy = await createProxy(user)
      for (const credential of [user, proxy]) {
        writeFileSync(path('made.p12'), writePkcs12(credential, passphrase, { name: 'Alice’s', legacy }))
        const args = ['pkcs12', '-in', path('made.p12'), '-passin', `pass:${passphrase}`, '-nodes', '-info']
        const read = await run('openssl', args)
        expect(read, read.stderr).toMatchObject({ code: 0 })
        expect(read.stderr).toMatch(legacy ? /MAC: sha1[\s\S]*TripleDES/ : /MAC: sha256[\s\S]*AES-256-CBC/)
        expect(read.stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(credential.certificates.length)
        const back = readPkcs12(path('made.p12'), passphrase)
        expect(back.certificates.map(one => one.fingerprint)).toEqual(
          credential.certificates.map(one => one.fingerprint),
        )
        expect(back.key.equals(credential.key)).toBe(true)
      }
    })

    test.each([[[]], [['-legacy']]])('what openssl makes is read (%j)', async options => {
      const user = await (await createAuthority({ dn: '/O=P12/CN=CA', key: kind })).issueUser({
        dn: '/O=P12/CN=Alice',
        key: kind,
      })
      writeFileSync(path('user.pem'), user.toPem(), { mode: 0o600 })
      const args = [
        'pkcs12',
        '-export',
        '-in',
        path('user.pem'),
        '-passout',
        'pass:secret',
        '-out',
        path('theirs.p12'),
        ...options,
      ]
      expect(await run('openssl', args)).toMatchObject({ code: 0 })
      expect(readPkcs12(path('theirs.p12'), 'secret').certificate.fingerprint).toBe(user.certificate.fingerprint)
      expect(() => readPkcs12(path('theirs.p12'), 'wrong')).toThrow(/passphrase does not open/)
    })
  })

  test('what is none is refused with a sentence', () => {
    writeFileSync(path('none'), 'not a p12')
    expect(() => readPkcs12(path('none'), 'x')).toThrow(/is no PKCS#12 file/)
    expect(() => readPkcs12(path('nowhere'), 'x')).toThrow(/cannot be read/)
  })
})
