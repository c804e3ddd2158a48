import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { createClientAsync, WSSecurityCert } from 'soap'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { applicationNamespace } from '../../../src/wsdl/names.ts'
import { type SigningOptions, signMessage } from '../../support/signed-message.ts'
import { root, TestSite, type TestUser } from '../../support/site.ts'
import { type Ran, run } from '../gsi/run-program.ts'
import { clientEnvironment, hasModule, hasZeep, python, runPython } from './foreign-program.ts'

let site: TestSite
let bob: TestUser
let tally: string
beforeAll(async () => {
  site = await TestSite.start({
    key: 'rsa',
    services: ['test/fixtures/interop/tally'],
    configuration: {
      messages: '{signature: required, signature-window: 60s}',
      trust: '{certificates: ./certificates, clock-skew: 10s}',
    },
    workers: 2,
  })
  bob = await site.user('Bob')
  tally = `${site.url}/services/tally`
})
afterAll(() => site[Symbol.asyncDispose]())

const submit = `<t:submit xmlns:t="${applicationNamespace('tally')}"><t:texts><text xmlns="urn:gridwrap:job">a b</text></t:texts></t:submit>`

/** What the container says to a message that comes as somebody. */
async function send(message: string, user: TestUser = site.alice): Promise<string> {
  // A connection of its own each time, so that either front end may get it.
  using connection = site.connect(user)
  const { text } = await connection.sendForText(
    'POST',
    tally,
    { 'Content-Type': 'text/xml', SOAPAction: '""' },
    message,
  )
  return /<faultstring[^>]*>([^<]*)/.exec(text)?.[1] ?? (text.includes('submitResponse') ? 'submitted' : text)
}
const signed = (options?: SigningOptions, user = site.alice): string => signMessage(submit, user.proxy, options)

describe('a container that wants signed messages', () => {
  test('takes them with a certificate of the connection, with a chain of their own, and by another proxy', async () => {
    expect(await send(signed())).toBe('submitted')
    expect(await send(signed({ token: 'pki-path' }))).toBe('submitted')
    expect(await send(signMessage(submit, site.alice.credential))).toBe('submitted')
    const another = await createProxy(site.alice.credential, {})
    expect(await send(signMessage(submit, another, { token: 'pki-path' }))).toBe('submitted')
    const log = readFileSync(join(site.data, 'audit.jsonl'), 'utf8')
    expect(log).toMatch(/"operation":"submit".*"signed":"[0-9a-f]{64}"/)
  })

  test('takes none twice, whichever front end gets it, and after a restart', async () => {
    const message = signed()
    expect(await send(message)).toBe('submitted')
    for (let i = 0; i < 6; i++) expect(await send(message)).toMatch(/very message was taken before/)
    await site.stop()
    await site.startContainer()
    expect(await send(message)).toMatch(/very message was taken before/)
  })

  test('takes none that is unsigned, old, of the future, by somebody else, or too large', async () => {
    expect(await send(signed().replace(/<wsse:Security.*<\/wsse:Security>/s, ''))).toMatch(/signed messages only/)
    const at = (ms: number): SigningOptions => ({ created: new Date(Date.now() + ms), expires: null })
    expect(await send(signed(at(-71_000)))).toMatch(/is too old/)
    expect(await send(signed(at(-50_000)))).toBe('submitted')
    expect(await send(signed(at(60_000)))).toMatch(/in the future/)
    expect(await send(signed({}, bob))).toMatch(/is not believed|signed by .*Bob, and the connection is .*Alice/)
    expect(await send(signed({ token: 'pki-path' }, bob))).toMatch(/signed by .*Bob, and the connection is .*Alice/)
    expect(await send(signed({ token: 'pki-path' }, bob), bob)).toBe('submitted')
    const independent = await createProxy(site.alice.credential, { kind: 'independent' })
    expect(await send(signMessage(submit, independent, { token: 'pki-path' }))).toMatch(/independent/)
    const many = signMessage(`<a>${'<b/>'.repeat(5000)}</a>`, site.alice.proxy)
    expect(await send(many)).toMatch(/may have at most 3000 elements/)
    const large = signMessage(submit.replace('a b', 'x'.repeat(1_100_000)), site.alice.proxy)
    expect(await send(large)).toMatch(/may have at most 1048576 characters/)
  })

  test('does what was signed, and nothing else', async () => {
    const message = signed()
    const body = /<s:Body.*<\/s:Body>/s.exec(message)?.[0] ?? ''
    const evil = body.replace('a b', 'evil').replace(' wsu:Id="body"', '')
    const wrapped = message.replace(body, evil).replace('<s:Header>', `<s:Header><w:w xmlns:w="urn:w">${body}</w:w>`)
    expect(await send(wrapped)).toMatch(/which is not the Body/)
    expect(await send(message.replace('>a b<', '>a c<'))).toMatch(/changed after it was signed/)
    // A header that was not signed does not count: this one would be another operation.
    const action = '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:other</a:Action>'
    expect(await send(message.replace('<s:Header>', `<s:Header>${action}`))).toBe('submitted')
  })

  test('takes large files that were signed', async () => {
    const content = Buffer.alloc(400_000, 'a b\n').toString('base64')
    const file = `<content xmlns="urn:gridwrap:job">${content}</content>`
    const call = submit.replace(/<text .*<\/text>/, file)
    expect(await send(signMessage(call, site.alice.proxy))).toBe('submitted')
  })
})

describe('our own clients', () => {
  test('sign where it is demanded, with everything that has names in it', async () => {
    const command = (...words: readonly string[]): Promise<Ran> =>
      run(join(root, 'bin/gridwrap'), words, { env: site.environmentFor() })
    const ran = await command('run', 'tally', 'texts=text:a b a', '--json')
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/"total": 3/) })
    expect(await command('data', 'last', 'job:state', 'terminationTime')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^state +Done\nterminationTime/),
    })
    expect((await command('list')).stdout).toMatch(/tally {2}Done/)
    // After the first refusal, not again for each call.
    using connection = site.connect()
    expect(connection.signs).toBe(false)
    const service = await site.service('tally', connection)
    await service.call('submit', { texts: [{ text: 'a' }] })
    expect(connection.signs).toBe(true)
  })
})

describe.skipIf(!hasZeep() || !hasModule(python, ['-c', 'import xmlsec'], 'python3-xmlsec'))('zeep with xmlsec', () => {
  const call = (kind: string, method: string, user = site.alice): Promise<unknown> =>
    runPython('signed.py', [`${tally}?wsdl`, kind, method], {
      ...clientEnvironment(site),
      SIGN_KEY: user.keyFile,
      SIGN_CERT: user.certFile,
    })

  test('signs with a BinarySecurityToken and with X509Data', async () => {
    expect(await call('BinarySignature', 'RSA_SHA256')).toBe(2)
    expect(await call('Signature', 'RSA_SHA512')).toBe(2)
  })

  test('is refused with SHA-1, and with the key of somebody else', async () => {
    expect(await call('BinarySignature', 'RSA_SHA1')).toMatch(/rsa-sha1" is not taken/)
    expect(await call('BinarySignature', 'RSA_SHA256', bob)).toMatch(/signed by .*Bob, and the connection is .*Alice/)
  })
})

describe('npm soap', () => {
  test('signs with WSSecurityCert', async () => {
    const { cert, key } = site.alice.credential.toTls()
    const tls = { ca: String(site.authority.credential.toTls().cert), cert: String(cert), key: String(key) }
    const client = await createClientAsync(`${tally}?wsdl`, { wsdl_options: { httpsAgent: new Agent(tls) } })
    const security = new WSSecurityCert(tls.key, tls.cert, '', {
      hasTimeStamp: true,
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    })
    Object.assign(security, { addOptions: (options: object) => Object.assign(options, { httpsAgent: new Agent(tls) }) })
    client.setSecurity(security)
    const run = client['runAsync'] as (inputs: object) => Promise<readonly unknown[]>
    const [answer] = await run({ texts: [{ text: 'a b a' }], words: ['a'] })
    expect(answer).toMatchObject({ results: { total: 2 } })
  })
})
