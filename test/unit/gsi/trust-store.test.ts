import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../../../src/gsi/authority.ts'
import { ChainRejection, type RejectionReason } from '../../../src/gsi/chain-rejection.ts'
import type { Credential } from '../../../src/gsi/credential.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { type PathOptions, validatePath } from '../../../src/gsi/path-validation.ts'
import { writePem } from '../../../src/gsi/pem.ts'
import { subjectHash } from '../../../src/gsi/subject-hash.ts'
import { openTrustStore, type TrustStore } from '../../../src/gsi/trust-store.ts'

const ca = await createAuthority({ dn: '/O=Test/CN=CA', key: 'ec' })
const other = await createAuthority({ dn: '/O=Other/CN=CA', key: 'ec' })
const alice = await ca.issueUser({ dn: '/O=Test/CN=Alice', key: 'ec' })
const oscar = await other.issueUser({ dn: '/O=Other/CN=Oscar', key: 'ec' })
const hash = subjectHash(ca.certificate.subject)

let directory = ''
let warnings: string[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gridwrap-trust-'))
  warnings = []
})
afterEach(() => rmSync(directory, { recursive: true }))

const open = (): TrustStore =>
  openTrustStore(directory, {
    log: { warn: (details, message) => warnings.push(`${message} ${JSON.stringify(details)}`) },
  })

function outcome(store: TrustStore, who: Credential, options: Partial<PathOptions> = {}): 'valid' | RejectionReason {
  try {
    validatePath(
      who.certificates.map(certificate => certificate.der),
      store.reload(),
      { now: Date.now(), ...options },
    )
    return 'valid'
  } catch (error) {
    if (error instanceof ChainRejection) return error.reason
    throw error
  }
}

describe('a directory of trusted authorities', () => {
  test('takes changes without being opened again, and counts them', async () => {
    const store = open()
    const first = store.generation
    expect(outcome(store, alice)).toBe('unknown-issuer')
    await installAuthority(directory, ca.certificate)
    expect(outcome(store, alice)).toBe('valid')
    expect(store.generation).toBe(first + 1)
    expect(outcome(store, alice)).toBe('valid')
    expect(store.generation).toBe(first + 1)
    rmSync(join(directory, `${hash}.0`))
    expect(outcome(store, alice)).toBe('unknown-issuer')
  })

  test('looks at the directory again on use', async () => {
    const store = openTrustStore(directory, { checkEveryMs: 0 })
    expect(store.current().size).toBe(0)
    await installAuthority(directory, ca.certificate)
    expect(store.current().size).toBe(1)
    const lazy = openTrustStore(directory, { checkEveryMs: 3_600_000 })
    rmSync(join(directory, `${hash}.0`))
    expect(lazy.current().size).toBe(1)
    expect(lazy.reload().size).toBe(0)
  })

  test('a broken file hurts only itself and is logged once', async () => {
    await installAuthority(directory, ca.certificate)
    writeFileSync(join(directory, '00000000.0'), 'not a certificate')
    writeFileSync(join(directory, '11111111.r0'), Buffer.from([0x30, 0x80]))
    const store = open()
    expect(outcome(store, alice)).toBe('valid')
    expect(outcome(store, alice)).toBe('valid')
    expect(warnings).toHaveLength(2)
    expect(warnings.join('\n')).toContain('There is no certificate in it.')
    writeFileSync(join(directory, '00000000.0'), writePem('CERTIFICATE', other.certificate.der))
    expect(outcome(store, oscar)).toBe('valid')
  })

  test('a directory that is not there', async () => {
    expect(() => openTrustStore(join(directory, 'no'))).toThrow('cannot be read')
    await installAuthority(join(directory, 'yes'), ca.certificate)
    const store = openTrustStore(join(directory, 'yes'))
    rmSync(join(directory, 'yes'), { recursive: true })
    expect(outcome(store, alice)).toBe('unknown-issuer')
  })
})

describe('revocation', () => {
  const install = (authority: Authority, days = 30): Promise<string> =>
    installAuthority(directory, authority.certificate, { crl: authority.crl({ days }) })

  test('a revoked user', async () => {
    const eve = await ca.issueUser({ dn: '/O=Test/CN=Eve', key: 'ec' })
    await install(ca)
    const store = open()
    expect(outcome(store, eve)).toBe('valid')
    ca.revoke(eve.certificate)
    await install(ca)
    expect(outcome(store, eve)).toBe('revoked')
    expect(outcome(store, alice)).toBe('valid')
    await install(ca, -1)
    expect(outcome(store, eve)).toBe('revoked')
  })

  test('an expired list, no list, and a list in DER', async () => {
    await install(ca, -1)
    expect(outcome(open(), alice)).toBe('crl-expired')
    writeFileSync(join(directory, `${hash}.r0`), ca.crl())
    expect(outcome(open(), alice)).toBe('valid')
    rmSync(join(directory, `${hash}.r0`))
    expect(outcome(open(), alice)).toBe('valid')
    expect(outcome(open(), alice, { crl: 'required' })).toBe('crl-missing')
  })

  test('a list that somebody else signed in the name of the authority', async () => {
    const impostor = await createAuthority({ dn: '/O=Test/CN=CA', key: 'ec' })
    await installAuthority(directory, ca.certificate, { crl: impostor.crl() })
    expect(outcome(open(), alice)).toBe('crl-invalid')
    writeFileSync(join(directory, `${hash}.r1`), ca.crl())
    expect(outcome(open(), alice)).toBe('valid')
  })

  test('a broken list closes the door, unless a good one was there before', async () => {
    await install(ca)
    const store = open()
    expect(outcome(store, alice)).toBe('valid')
    writeFileSync(join(directory, `${hash}.r0`), ca.crl().subarray(0, 100))
    expect(outcome(store, alice)).toBe('valid')
    expect(warnings.join()).toContain('the one before it stays in force')
    expect(outcome(open(), alice)).toBe('crl-invalid')
  })
})

describe('signing policies', () => {
  const policy = (text: string): void => writeFileSync(join(directory, `${hash}.signing_policy`), text)
  const written = (subjects: string, authority = '/O=Test/CN=CA'): void =>
    policy(`# a comment
 access_id_CA  X509  '${authority}'
 pos_rights    globus CA:sign   # what it may do
 cond_subjects globus '${subjects}'\n`)

  test.each([
    ['"/O=Test/*"', 'valid'],
    ['"/O=Else/*" "/O=Test/CN=*"', 'valid'],
    ['/O=Test/*', 'valid'],
    ['"*"', 'valid'],
    ['"/O=Test/CN=A*e"', 'valid'],
    ['"/O=Test/CN=Alice"', 'valid'],
    ['"/O=Test/CN=Alice*Alice"', 'signing-policy'],
    ['"/O=Other/*"', 'signing-policy'],
    ['"/O=Test"', 'signing-policy'],
    ['"/O=Test/CN=Alic?"', 'signing-policy'],
  ])('%s: %s', async (subjects, expected) => {
    await installAuthority(directory, ca.certificate)
    written(subjects)
    expect(outcome(open(), alice)).toBe(expected)
  })

  test('a policy of somebody else, none, and a broken one', async () => {
    await installAuthority(directory, ca.certificate)
    written('"*"', '/O=Else/CN=CA')
    expect(outcome(open(), alice)).toBe('signing-policy')
    policy("access_id_CA X509 'no end")
    expect(outcome(open(), alice)).toBe('signing-policy-invalid')
    policy('access_id_CA X509')
    expect(outcome(open(), alice)).toBe('signing-policy-invalid')
    rmSync(join(directory, `${hash}.signing_policy`))
    expect(outcome(open(), alice)).toBe('valid')
    expect(outcome(open(), alice, { signingPolicy: 'required' })).toBe('signing-policy-missing')
  })

  test('an installed authority may sign for its own organisation only, unless said otherwise', async () => {
    await installAuthority(directory, ca.certificate)
    const eve = await ca.issueUser({ dn: '/O=Else/CN=Eve', key: 'ec' })
    expect(outcome(open(), eve)).toBe('signing-policy')
    await installAuthority(directory, ca.certificate, { subjects: ['/O=Test/*', '/O=Else/*'] })
    expect(outcome(open(), eve)).toBe('valid')
  })
})

describe('namespaces', () => {
  const rules = (text: string): void => writeFileSync(join(directory, `${hash}.namespaces`), `# IGTF\n${text}\n`)
  const only = async (text: string): Promise<'valid' | RejectionReason> => {
    await installAuthority(directory, ca.certificate)
    rmSync(join(directory, `${hash}.signing_policy`))
    rules(text)
    return outcome(open(), alice, { signingPolicy: 'required' })
  }

  test.each([
    ['TO Issuer "/O=Test/CN=CA" PERMIT Subject "/O=Test/.*"', 'valid'],
    ['TO Issuer "/O=Test/CN=CA" \\\n  PERMIT Subject "/O=Test/CN=Al[a-z]+"', 'valid'],
    ['TO Issuer SELF PERMIT Subject ".*"', 'valid'],
    ['TO Issuer SELF DENY Subject "/O=Test/CN=Alice"\nTO Issuer SELF PERMIT Subject ".*"', 'signing-policy'],
    ['TO Issuer "/O=Test/CN=CA" PERMIT Subject "/O=Test/CN=Al"', 'signing-policy'],
    ['TO Issuer "/O=Else/CN=CA" PERMIT Subject ".*"', 'signing-policy'],
    ['', 'signing-policy'],
    ['TO Issuer SELF PERMIT Subject "("', 'signing-policy-invalid'],
    ['PERMIT everything', 'signing-policy-invalid'],
    ['TO Issuer SELF \\', 'signing-policy-invalid'],
  ])('%s: %s', async (text, expected) => expect(await only(text)).toBe(expected))

  test('hold beside a signing policy, not instead of it', async () => {
    await installAuthority(directory, ca.certificate)
    rules('TO Issuer SELF PERMIT Subject "/O=Test/CN=Bob"')
    expect(outcome(open(), alice)).toBe('signing-policy')
    rules('TO Issuer SELF PERMIT Subject "/O=Test/CN=Alice"')
    expect(outcome(open(), alice)).toBe('valid')
    await installAuthority(directory, ca.certificate, { subjects: ['/O=Else/*'] })
    expect(outcome(open(), alice)).toBe('signing-policy')
  })
})

test('a list that should have been renewed is believed for as long as is said, and what it names stays revoked', async () => {
  const authority = await createAuthority({ dn: '/O=Test/CN=CA', key: 'ec' })
  const user = await authority.issueUser({ dn: '/O=Test/CN=Bob', key: 'ec' })
  await installAuthority(directory, authority.certificate, { crl: authority.crl({ days: 1 }) })
  const late = { now: Date.now() + 36 * 3_600_000 }
  expect(outcome(open(), user, late)).toBe('crl-expired')
  expect(outcome(open(), user, { ...late, crlGraceSeconds: 86_400 })).toBe('valid')
  expect(outcome(open(), user, { ...late, crlGraceSeconds: 3600 })).toBe('crl-expired')
  authority.revoke(user.certificate)
  await installAuthority(directory, authority.certificate, { crl: authority.crl({ days: 1 }) })
  expect(outcome(open(), user, { ...late, crlGraceSeconds: 86_400 })).toBe('revoked')
})
