import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { readCredential } from '../../../src/gsi/credential.ts'
import { rfc4514 } from '../../../src/gsi/dn.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { oldSubjectHash, subjectHash } from '../../../src/gsi/subject-hash.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-names-'))
afterAll(() => rmSync(directory, { recursive: true }))
const key = join(directory, 'key')
const certificate = join(directory, 'certificate')

describe.skipIf(!needs('openssl'))('names as openssl has them', () => {
  test.each([
    ['/C=XX/O=Peers Test/CN=Peers Test CA'],
    ['/DC=org/DC=Example/CN=Alice'],
    ['/O=  Blanks   and MORE /CN= x '],
    ['/O=Universität Zürich/CN=ÉÇŁ ß'],
    ['/CN=グリッド/UID=u1'],
    ['/O=A/emailAddress=Alice@Example.org'],
    ['/O=A+OU=B/CN=b+UID=a'],
    ['/O=comma, quote" <angle>; back\\\\slash/CN=#hash'],
    ['/serialNumber=12/GN=Ada/SN=Lovelace/title=Countess/street=1 St/postalCode=AB1'],
    ['/1.2.3.4.5=odd/CN=x'],
  ])('%s', async subject => {
    const made = await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8', '-multivalue-rdn'],
      ...['-subj', subject, '-keyout', key, '-out', certificate],
    ])
    expect(made.code).toBe(0)
    const name = readCredential({ file: certificate, keyFile: key }).certificate.subject
    const ask = async (...what: readonly string[]): Promise<string> =>
      (await run('openssl', ['x509', '-in', certificate, '-noout', ...what])).stdout.replace(/\n$/, '')
    expect(subjectHash(name)).toBe(await ask('-subject_hash'))
    expect(oldSubjectHash(name)).toBe(await ask('-subject_hash_old'))
    expect(name.slash).toBe((await ask('-subject', '-nameopt', 'compat')).replace(/^subject= ?/, ''))
    expect(rfc4514(name)).toBe((await ask('-subject', '-nameopt', 'RFC2253,-esc_msb')).replace(/^subject=/, ''))
  })

  test('the authority that we install is found by openssl, and so is its revocation list', async () => {
    const ca = await createAuthority({ dn: '/O=Grüße/CN=Our  CA', key: 'ec' })
    const host = await ca.issueHost({ names: ['grid.example', '127.0.0.1', '::1'] })
    const trusted = join(directory, 'certificates')
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    const verify = (...options: readonly string[]) =>
      run('openssl', ['verify', '-x509_strict', '-crl_check_all', '-CApath', trusted, ...options], {
        input: host.toPem(),
      })
    expect(await verify('-purpose', 'sslserver', '-verify_hostname', 'grid.example')).toMatchObject({ code: 0 })
    expect(await verify('-verify_ip', '::1')).toMatchObject({ code: 0 })
    expect((await verify('-verify_hostname', 'other.example')).stderr).toContain('hostname mismatch')
    ca.revoke(host.certificate)
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    expect((await verify()).stderr).toContain('certificate revoked')
  })
})
