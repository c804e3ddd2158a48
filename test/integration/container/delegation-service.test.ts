import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { readProxyRequest } from '../../../src/gsi/certificate-request.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { readPem, writePem } from '../../../src/gsi/pem.ts'
import { createProxy, type ProxyOptions, signProxy } from '../../../src/gsi/proxy.ts'
import { TestSite, type TestUser } from '../../support/site.ts'

const needy = `
gridwrap: 1
name: needy
title: Shows how long its credential lives
command: sh show.sh {seconds}
files:
  - show.sh: |
      cat "$X509_USER_PROXY" >shown.pem
      sleep "$1"
inputs:
  seconds: {type: integer, default: 0}
outputs:
  shown: shown.pem
credential: full
`

let site: TestSite
let bob: TestUser

beforeAll(async () => {
  site = await TestSite.make({
    descriptions: { needy },
    configuration: { secrets: '{key-file: ./secret}', run: '{at-once: 8, grace: 2s, limits: {time: 10m}}' },
  })
  writeFileSync(join(site.folder, 'secret'), 'a long enough secret\n', { mode: 0o600 })
  await site.startContainer()
  bob = await site.user('Bob')
})
afterAll(() => site[Symbol.asyncDispose]())

async function serviceOf(user: TestUser): Promise<ServiceProxy & Disposable> {
  const connection = site.connect(user)
  const service = await ServiceProxy.open(`${site.url}/delegation`, connection)
  return Object.assign(service, { [Symbol.dispose]: () => connection[Symbol.dispose]() })
}

/** What a client answers to a certification request: the proxy certificate and its issuers. */
function sign(request: string, issuer: Credential, options: ProxyOptions = {}): string {
  const [block] = readPem(request)
  const certificate = signProxy(issuer, readProxyRequest(block?.bytes ?? Buffer.alloc(0)), options)
  return [certificate, ...issuer.certificates].map(one => writePem('CERTIFICATE', one.der)).join('')
}

const files = (): readonly string[] => readdirSync(join(site.data, 'credentials')).toSorted()

async function shown(user: TestUser, options: object = {}): Promise<Credential> {
  using connection = site.connect(user)
  const service = await site.service('needy', connection)
  const { results } = await service.call<{ results: { shown: { content: Uint8Array } } }>('run', { options })
  return readCredential({ pem: Buffer.from(results.shown.content).toString() })
}

describe('GridSite delegation', () => {
  test('takes a credential under a name, for a job that asks for it', async () => {
    using service = await serviceOf(site.alice)
    const { getProxyReqReturn: request } = await service.call<{ getProxyReqReturn: string }>('getProxyReq', {
      delegationID: 'mine',
    })
    await service.call('putProxy', { delegationID: 'mine', proxy: sign(request, site.alice.proxy, { hours: 3 }) })
    const program = await shown(site.alice, { delegation: 'mine' })
    // Its own, the delegated one, that of the caller, the end entity.
    expect(program.certificates).toHaveLength(4)
    const { getTerminationTimeReturn: expires } = await service.call<{ getTerminationTimeReturn: Date }>(
      'getTerminationTime',
      { delegationID: 'mine' },
    )
    expect(expires.getTime()).toBe(program.certificates[1]?.notAfter)
    expect(expires.getTime() - Date.now()).toBeLessThanOrEqual(3 * 3_600_000)
  })

  test('makes up a name, renews under it, and forgets it', async () => {
    using service = await serviceOf(site.alice)
    const made = await service.call<{ proxyRequest: string; delegationID: string }>('getNewProxyReq', {})
    const { delegationID } = made
    await service.call('putProxy', { delegationID, proxy: sign(made.proxyRequest, site.alice.proxy, { hours: 1 }) })
    const before = await service.call<{ getTerminationTimeReturn: Date }>('getTerminationTime', { delegationID })
    const { renewProxyReqReturn } = await service.call<{ renewProxyReqReturn: string }>('renewProxyReq', {
      delegationID,
    })
    // Until it is renewed, the old one holds.
    expect(await service.call('getTerminationTime', { delegationID })).toEqual(before)
    await service.call('putProxy', { delegationID, proxy: sign(renewProxyReqReturn, site.alice.proxy, { hours: 5 }) })
    const after = await service.call<{ getTerminationTimeReturn: Date }>('getTerminationTime', { delegationID })
    expect(after.getTerminationTimeReturn.getTime()).toBeGreaterThan(before.getTerminationTimeReturn.getTime())
    const there = files()
    await service.call('destroy', { delegationID })
    expect(files()).toHaveLength(there.length - 1)
    await expect(service.call('getTerminationTime', { delegationID })).rejects.toThrow(/has no delegation/)
  })

  test('knows one delegation by the caller alone', async () => {
    using service = await serviceOf(bob)
    const { getProxyReqReturn } = await service.call<{ getProxyReqReturn: string }>('getProxyReq', { delegationID: '' })
    await service.call('putProxy', { delegationID: '', proxy: sign(getProxyReqReturn, bob.proxy) })
    expect((await shown(bob)).certificates).toHaveLength(4)
    await service.call('destroy', { delegationID: '' })
    await expect(shown(bob)).rejects.toThrow(/none was delegated/)
  })

  test('says what it is', async () => {
    using service = await serviceOf(bob)
    expect(await service.call('getInterfaceVersion', {})).toEqual({ getInterfaceVersionReturn: '2.0.0' })
    expect(await service.call('getVersion', {})).toEqual({
      getVersionReturn: expect.stringMatching(/^gridwrap \d/) as string,
    })
    expect(await service.call('getServiceMetadata', { key: 'x' })).toEqual({ getServiceMetadataReturn: null })
  })

  test('keeps keys encrypted, for the container alone', () => {
    expect(files().length).toBeGreaterThan(0)
    for (const name of files()) {
      const text = readFileSync(join(site.data, 'credentials', name), 'utf8')
      expect(text).toContain('BEGIN ENCRYPTED PRIVATE KEY')
      expect(text).not.toMatch(/BEGIN (RSA )?PRIVATE KEY/)
    }
    expect(site.log).not.toContain('PRIVATE KEY')
  })

  test('shows the owner of a job when its credential expires, and nobody else', async () => {
    using connection = site.connect()
    const ask = async (handle: string): Promise<string> => {
      const body = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><findServiceData xmlns="http://www.gridforum.org/namespaces/2003/03/OGSI"><queryExpression><queryByServiceDataNames><name xmlns:j="urn:gridwrap:job">j:credential</name></queryByServiceDataNames></queryExpression></findServiceData></s:Body></s:Envelope>`
      const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length) }
      return (await connection.sendForText('POST', handle, headers, body)).text
    }
    const service = await site.service('needy', connection)
    const { job } = await service.call<{ job: { handle: string } }>('submit', { options: { delegation: 'mine' } })
    expect(await ask(job.handle)).toMatch(/:credential.*identity>\/O=Test Grid\/CN=Alice<.*kind>full<.*expires>20/)
  })

  test('renews without the job being started again', async () => {
    using service = await serviceOf(site.alice)
    const short = await service.call<{ getProxyReqReturn: string }>('getProxyReq', { delegationID: 'short' })
    // Half of its life are four seconds, after which the program's proxy is made anew.
    const proxy = sign(short.getProxyReqReturn, site.alice.proxy, { hours: 8 / 3600 })
    await service.call('putProxy', { delegationID: 'short', proxy })
    using connection = site.connect()
    const needed = await site.service('needy', connection)
    const { job } = await needed.call<{ job: { id: string; handle: string } }>('submit', {
      seconds: 60n,
      options: { delegation: 'short' },
    })
    const own = (): number => {
      const folder = join(site.data, 'instances', job.id.slice(0, 2), job.id, 'control/1')
      return readCredential({ file: join(folder, 'proxy.pem') }).expires
    }
    await expect.poll(own, { timeout: 20_000 }).toBeLessThan(Date.now() + 60_000)
    const { renewProxyReqReturn } = await service.call<{ renewProxyReqReturn: string }>('renewProxyReq', {
      delegationID: 'short',
    })
    await service.call('putProxy', { delegationID: 'short', proxy: sign(renewProxyReqReturn, site.alice.proxy) })
    await expect.poll(own, { timeout: 30_000 }).toBeGreaterThan(Date.now() + 3_600_000)
    await (await ServiceProxy.open(job.handle, connection)).call('destroy', {}, job.handle)
  })
})

test('a delegation that leaves no level for the program makes no job, and the fault says so', async () => {
  const carol = await site.user('Carola')
  using service = await serviceOf(carol)
  const { getProxyReqReturn: request } = await service.call<{ getProxyReqReturn: string }>('getProxyReq', {
    delegationID: 'last',
  })
  await service.call('putProxy', { delegationID: 'last', proxy: sign(request, carol.proxy, { pathLength: 0 }) })
  await expect(shown(carol, { delegation: 'last' })).rejects.toMatchObject({
    code: 'credential-problem',
    message: expect.stringMatching(/own proxy cannot be made.*allows 0 below it/) as string,
    hint: expect.stringMatching(/one more/) as string,
  })
  using connection = site.connect(carol)
  const needy = await site.service('needy', connection)
  expect((await needy.call<{ list: { job?: unknown } }>('listInstances', {})).list.job).toBeUndefined()
})

describe('a delegation that is abused', () => {
  const request = async (service: ServiceProxy, delegationID: string): Promise<string> =>
    (await service.call<{ getProxyReqReturn: string }>('getProxyReq', { delegationID })).getProxyReqReturn

  test('somebody else’s is not there', async () => {
    using service = await serviceOf(bob)
    await expect(service.call('getTerminationTime', { delegationID: 'mine' })).rejects.toThrow(/has no delegation/)
    await expect(service.call('destroy', { delegationID: 'mine' })).rejects.toThrow(/has no delegation/)
    await expect(service.call('renewProxyReq', { delegationID: 'mine' })).rejects.toThrow(/has no delegation/)
    await expect(shown(bob, { delegation: 'mine' })).rejects.toThrow(/none was delegated as "mine"/)
  })

  test.each<[string, (request: string) => Promise<string> | string, RegExp]>([
    ['nothing', () => '', /not taken|no certificate/i],
    ['no PEM', () => '-----BEGIN CERTIFICATE-----\nxx\n', /not PEM/],
    ['what is too long', () => 'x'.repeat(300_000), /too long/],
    [
      'a proxy for another key',
      async () => (await createProxy(site.alice.proxy)).toPem(),
      /belongs to none|another key/,
    ],
    ['a proxy of somebody else', text => sign(text, bob.proxy), /credential of .*Bob/],
    ['its end entity', () => writePem('CERTIFICATE', site.alice.credential.certificate.der), /no RFC 3820 proxy/],
    ['an authority', () => writePem('CERTIFICATE', site.authority.certificate.der), /authority/],
    ['an independent proxy', text => sign(text, site.alice.proxy, { kind: 'independent' }), /independent/],
  ])('%s is refused, and what waits goes on waiting', async (_what, make, why) => {
    using service = await serviceOf(site.alice)
    const wanted = await request(service, 'abused')
    await expect(service.call('putProxy', { delegationID: 'abused', proxy: await make(wanted) })).rejects.toThrow(why)
    await service.call('putProxy', { delegationID: 'abused', proxy: sign(wanted, site.alice.proxy) })
    await service.call('destroy', { delegationID: 'abused' })
  })

  test('a certificate that nobody asked for, and one that comes twice', async () => {
    using service = await serviceOf(site.alice)
    const wanted = await request(service, 'once')
    const proxy = sign(wanted, site.alice.proxy)
    await expect(service.call('putProxy', { delegationID: 'never', proxy })).rejects.toThrow(/nobody asked/)
    await service.call('putProxy', { delegationID: 'once', proxy })
    await expect(service.call('putProxy', { delegationID: 'once', proxy })).rejects.toThrow(/nobody asked/)
  })

  test('names that are none', async () => {
    using service = await serviceOf(site.alice)
    for (const delegationID of ['a b', 'ä', 'x'.repeat(257)])
      await expect(service.call('getProxyReq', { delegationID })).rejects.toThrow(/delegationID/)
  })

  test('more than an owner may have', async () => {
    const carol = await site.user('Carol')
    using service = await serviceOf(carol)
    const ask = async (n: number): Promise<unknown> => service.call('getProxyReq', { delegationID: `d${n}` })
    for (let n = 0; n < 100; n++) await ask(n)
    await expect(ask(100)).rejects.toThrow(/too many/)
    expect(await ask(7)).toBeDefined()
  })
})
