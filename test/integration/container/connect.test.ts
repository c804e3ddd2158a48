import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import { NotificationSink } from '../../../src/client/notification/notification-sink.ts'
import { resolveHandle } from '../../../src/client/resolve-handle.ts'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { WsdlCache } from '../../../src/client/wsdl-cache.ts'
import { qname } from '../../../src/core/qname.ts'
import { readCredential } from '../../../src/gsi/credential.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import type { Locator } from '../../../src/ogsi/locator.ts'
import { JOB } from '../../../src/wsdl/names.ts'
import { textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { TestSite } from '../../support/site.ts'

const echo = `
gridwrap: 1
name: echo
title: Says it again
command: printf %s {text}
inputs:
  text: {type: string}
outputs:
  said: stdout
`

let site: TestSite
let other: TestSite
let connection: HttpsConnection
beforeAll(async () => {
  const configuration = { notification: '{allow: 127.0.0.1}' }
  site = await TestSite.start({ descriptions: { echo }, configuration })
  // Another container, of the same authority, where the same people are known.
  other = await TestSite.make({ descriptions: { echo } })
  for (const file of ['certificates', 'hostcert.pem', 'hostkey.pem'])
    await cp(join(site.folder, file), join(other.folder, file), { recursive: true })
  await other.startContainer()
  connection = site.connect()
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const address = (): string => `${site.url}/services/echo`
/** OGSI's own operations have a WSDL of their own. */
const ogsi = (): string => `${address()}?wsdl=ogsi`
const run = async (proxy: ServiceProxy): Promise<unknown> => {
  const { results } = await proxy.call<{ results: { said: { content: Uint8Array } } }>('run', { text: 'well' })
  return Buffer.from(results.said.content).toString()
}
const create = async (factory: ServiceProxy): Promise<Locator> => {
  const { locator } = await factory.call<{ locator: Locator }>('createService', {})
  return locator
}
/** Stops every try to call: what must not be asked for. */
const nobody = {
  credential: undefined,
  signs: false,
  sendForText: () => Promise.reject(new Error('it was called')),
}

describe('connect', () => {
  test.each(['', '?wsdl', '?wsdl12', '?gwsdl'])('takes the address of a service with %j', async query => {
    const proxy = await ServiceProxy.connect(`${address()}${query}`, connection)
    expect(await run(proxy)).toBe('well')
  })

  test('says what is wrong with the address of something else', async () => {
    await expect(ServiceProxy.connect(`${site.url}/services/ecko`, connection)).rejects.toMatchObject({
      code: 'not-found',
      hint: 'Did you mean echo?',
    })
    await expect(ServiceProxy.connect(`${site.url}/health`, connection)).rejects.toThrow(/line 1, column 1/)
  })

  test('by GWSDL has what portTypes inherit', async () => {
    const proxy = await ServiceProxy.connect(`${address()}?gwsdl`, connection)
    const names = proxy.operations().map(({ operation }) => operation.name)
    expect(names).toEqual(expect.arrayContaining(['run', 'submit', 'createService', 'findServiceData', 'getStatus']))
    expect(new Set(names).size).toBe(names.length)
    const { locator } = await proxy.call<{ locator: Locator }>('createService', {})
    const [handle = ''] = locator.handle ?? []
    // The contract speaks of instances, too; where they are, the locator says.
    expect(await proxy.call('getStatus', {}, handle)).toMatchObject({ status: { state: 'Unsubmitted' } })
  })

  test('reads a GWSDL in a file with the endpoint that is given', async () => {
    const file = join(site.folder, 'echo.gwsdl')
    const text = (await connection.sendForText('GET', `${address()}?gwsdl`, {}, undefined)).text
    await writeFile(file, text)
    const proxy = await ServiceProxy.connect(`file://${file}`, connection, { endpoint: address() })
    expect(await run(proxy)).toBe('well')
    await expect(ServiceProxy.connect(`file://${file}`, connection)).rejects.toMatchObject({
      code: 'unknown-operation',
    })
  })

  test('reads once what it keeps', async () => {
    const cache = new WsdlCache()
    await ServiceProxy.connect(address(), connection, { cache })
    const again = await ServiceProxy.connect(address(), nobody, { cache })
    await expect(again.call('run', { text: 'x' })).rejects.toThrow('it was called')
    cache.forget(address())
    await expect(ServiceProxy.connect(address(), nobody, { cache })).rejects.toThrow('it was called')
    // What failed is not kept.
    expect(await run(await ServiceProxy.connect(address(), connection, { cache }))).toBe('well')
  })
})

describe('locators and handles', () => {
  test('what a factory answers is followed to the instance', async () => {
    const factory = await ServiceProxy.connect(ogsi(), connection)
    const locator = await create(factory)
    const instance = await ServiceProxy.follow(locator, connection)
    await instance.call('start', { text: 'well' }, locator.handle?.[0])
    const { status } = await instance.call<{ status: { state: string } }>('waitFor', {}, locator.handle?.[0])
    expect(status.state).toBe('Done')
  })

  test('a resolver says where a handle leads, and the reference it gives is enough', async () => {
    const resolver = `${site.url}/resolver`
    const locator = await resolveHandle(address(), resolver, connection)
    expect(locator).toMatchObject({ handle: [address()], reference: [expect.anything()] })
    const factory = await ServiceProxy.follow({ ...locator, handle: [] }, connection)
    const { locator: made } = await factory.call<{ locator: Locator }>('createService', {})
    const instance = await ServiceProxy.connect(made.handle?.[0] ?? '', connection, { resolver })
    expect(await instance.call('destroy', {})).toEqual({})
    await expect(ServiceProxy.connect(made.handle?.[0] ?? '', connection, { resolver })).rejects.toMatchObject({
      code: 'not-found',
      detail: { why: 'ended' },
    })
  })

  test('a resolver that names another is followed to it', async () => {
    const handle = `${other.url}/services/echo`
    expect(await resolveHandle(handle, `${site.url}/resolver`, connection)).toMatchObject({ handle: [handle] })
    const proxy = await ServiceProxy.connect(handle, connection, { resolver: `${site.url}/resolver` })
    expect(proxy.operations().map(({ operation }) => operation.name)).toContain('createService')
  })

  test('what resolvers refuse is told with its fault', async () => {
    const resolver = `${site.url}/resolver`
    await expect(resolveHandle('urn:nothing', resolver, connection)).rejects.toMatchObject({ code: 'invalid-handle' })
    await expect(resolveHandle(`${site.url}/services/none`, resolver, connection)).rejects.toMatchObject({
      code: 'no-such-service',
    })
    const first = await resolveHandle(address(), resolver, connection)
    await expect(resolveHandle(address(), resolver, connection, first)).rejects.toMatchObject({
      code: 'no-more-references',
    })
    await expect(ServiceProxy.follow({ handle: ['urn:nothing'] }, connection)).rejects.toMatchObject({
      code: 'invalid-handle',
    })
  })
})

describe('subscriptions', () => {
  const names = [qname(JOB, 'state')]
  const stateIn = (values: readonly XmlElement[]): string => values.map(one => textOf(one).trim()).join(' ')
  const hostCredential = async (): Promise<ReturnType<typeof readCredential>> => {
    const files = [join(site.folder, 'hostcert.pem'), join(site.folder, 'hostkey.pem')]
    const pem = (await Promise.all(files.map(file => readFile(file, 'utf8')))).join('\n')
    return readCredential({ pem })
  }

  test.each(['http', 'https'] as const)('to a job are told over %s until its end', async scheme => {
    const secure = { credential: await hostCredential(), trust: openTrustStore(site.trust) }
    await using sink = await NotificationSink.listen({
      host: '127.0.0.1',
      ...(scheme === 'http' ? {} : { secure }),
    })
    const factory = await ServiceProxy.connect(ogsi(), connection)
    const [handle = ''] = (await create(factory)).handle ?? []
    await using notifications = await sink.subscribe(handle, names, connection)
    const instance = await ServiceProxy.connect(handle, connection)
    await instance.call('start', { text: 'well' }, handle)
    const seen: string[] = []
    for await (const values of notifications) {
      expect(values.map(one => one.local)).toEqual(['state'])
      seen.push(stateIn(values))
      if (seen.at(-1) === 'Done') break
    }
    expect(seen.at(-1)).toBe('Done')
  })

  test('last as long as their owner asks, and end when they are done with', async () => {
    await using sink = await NotificationSink.listen()
    const [handle = ''] = (await create(await ServiceProxy.connect(ogsi(), connection))).handle ?? []
    const until = new Date(Date.now() + 3_600_000)
    let subscription = ''
    {
      await using notifications = await sink.subscribe(handle, names, connection, { until })
      subscription = notifications.handle
      expect(notifications.until).toEqual(until)
      const later = new Date(until.getTime() + 3_600_000)
      expect(await notifications.prolong(later)).toEqual(later)
    }
    const { status } = await connection.sendForText('GET', subscription, {}, undefined)
    expect(status).toBe(404)
  })

  test('end with what they watch', { timeout: 30_000 }, async () => {
    await using sink = await NotificationSink.listen()
    const [handle = ''] = (await create(await ServiceProxy.connect(ogsi(), connection))).handle ?? []
    await using notifications = await sink.subscribe(handle, names, connection)
    await (await ServiceProxy.connect(`${handle}?wsdl=ogsi`, connection)).call('destroy', {})
    const seen: string[] = []
    for await (const values of notifications) seen.push(stateIn(values))
    expect(seen).toContain('Unsubmitted')
  })

  test('to what nobody is told of are refused', async () => {
    await using sink = await NotificationSink.listen()
    const [handle = ''] = (await create(await ServiceProxy.connect(ogsi(), connection))).handle ?? []
    await expect(sink.subscribe(handle, [qname(JOB, 'stat')], connection)).rejects.toMatchObject({
      code: 'target-invalid',
    })
  })

  test('take nothing that does not belong to them', async () => {
    await using sink = await NotificationSink.listen()
    const send = (path: string, body?: string): Promise<number> =>
      fetch(`${sink.address}${path}`, body === undefined ? {} : { method: 'POST', body }).then(one => one.status)
    expect(await send('/', '<x/>')).toBe(404)
    const [handle = ''] = (await create(await ServiceProxy.connect(ogsi(), connection))).handle ?? []
    await using notifications = await sink.subscribe(handle, names, connection)
    // Its own address: the subscription says it.
    const { sink: path } = JSON.parse(
      (await connection.sendForText('GET', notifications.handle, {}, undefined)).text,
    ) as { sink: string }
    const own = new URL(path).pathname
    expect(await send(own)).toBe(405)
    expect(await send(own, 'no xml')).toBe(400)
    expect(await send(own, '<a><b/></a>')).toBe(400)
    expect(await send(own, 'x'.repeat(5_000_000)).catch(() => 413)).toBe(413)
  })
})
