import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../../../src/gsi/authority.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { validatePath } from '../../../src/gsi/path-validation.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import { verifyAttributes } from '../../../src/gsi/voms/verify-attributes.ts'
import { VomsDirectory } from '../../../src/gsi/voms/voms-directory.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-voms-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = (name: string): string => join(directory, name)

const trusted = path('certificates')
const vomsdir = path('vomsdir')
let ca: Authority
let files: { readonly alice: string; readonly server: string }

const write = (name: string, credential: Credential): string => {
  writeFileSync(path(name), credential.toPem(), { mode: 0o600 })
  return path(name)
}

describe.skipIf(!needs('voms-proxy-fake'))('proxies made by voms-proxy-fake', () => {
  beforeAll(async () => {
    ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
    await installAuthority(trusted, ca.certificate, { crl: ca.crl() })
    const alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
    const server = await ca.issueHost({ names: ['voms.localhost'] })
    files = { alice: write('alice.pem', alice), server: write('voms.pem', server) }
    mkdirSync(join(vomsdir, 'peersvo'), { recursive: true })
    writeFileSync(
      join(vomsdir, 'peersvo/voms.localhost.lsc'),
      `${server.certificate.subject.slash}\n${server.certificate.issuer.slash}\n`,
    )
  })

  async function make(...options: readonly string[]): Promise<Credential> {
    const { alice, server } = files
    const out = path('made.pem')
    const args = [
      '-q',
      '-rfc',
      '-bits',
      '2048',
      '-cert',
      alice,
      '-key',
      alice,
      '-certdir',
      trusted,
      '-hostcert',
      server,
    ]
    const rest = ['-hostkey', server, '-uri', 'voms.localhost:15000', '-newformat', '-out', out, ...options]
    const ran = await run('voms-proxy-fake', [...args, ...rest], { env: { X509_CERT_DIR: trusted, HOME: directory } })
    expect(ran, ran.stderr).toMatchObject({ code: 0 })
    return readCredential({ file: out })
  }

  function attributesOf(credential: Credential) {
    const trust = openTrustStore(trusted).current()
    const options = { now: Date.now() }
    const chain = credential.certificates.map(one => one.der)
    const validated = validatePath(chain, trust, options)
    return verifyAttributes(validated.path, validated.endEntity, {
      directory: new VomsDirectory(vomsdir),
      trust,
      path: options,
      hosts: ['grid.example.org'],
    })
  }

  const role = [
    '-voms',
    'peersvo',
    '-fqan',
    '/peersvo/Role=NULL/Capability=NULL',
    '-fqan',
    '/peersvo/a/Role=production/Capability=NULL',
  ]

  test('groups, roles and generic attributes, through proxies that we make of it', async () => {
    const made = await make(...role, '-ga', 'nickname=alice (peersvo)')
    const expected = {
      fqans: ['/peersvo', '/peersvo/a/Role=production'],
      problems: [],
      generic: [expect.objectContaining({ name: 'nickname', qualifier: 'peersvo' })],
    }
    expect(attributesOf(made)).toMatchObject(expected)
    expect(attributesOf(await createProxy(made, { kind: 'limited' }))).toMatchObject(expected)
  })

  test('of a VO for which nobody signs here', async () => {
    const { fqans, problems } = attributesOf(await make('-voms', 'othervo', '-fqan', '/othervo'))
    expect(fqans).toEqual([])
    expect(problems[0]).toMatch(/nobody is known here who signs for othervo/)
  })
})
