import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import { HttpsConnection as Connection } from '../../../src/client/https-connection.ts'
import { resolveHandle } from '../../../src/client/resolve-handle.ts'
import { fetchServiceData } from '../../../src/client/service-data.ts'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { callSoap } from '../../../src/client/soap-call.ts'
import { hostedNames } from '../../../src/hosting/hosted-contract.ts'
import { OGSI } from '../../../src/wsdl/names.ts'
import { waitFor } from '../../faults/persistently.ts'
import { root, TestSite, type TestUser } from '../../support/site.ts'
import { run } from '../cli/command.ts'

/** A class with a state, and with every callback, which writes down when it is called. */
const account = (diary: string): string => `
import { appendFileSync, existsSync } from 'node:fs'
const note = text => appendFileSync(${JSON.stringify(diary)}, text + '\\n')

export default ({ registerService, ServiceFault }) => {
  class Account {
    constructor({ properties, handle, owner }) {
      this.properties = properties
      this.handle = handle
      this.owner = owner
    }
    preCreate() { note('preCreate') }
    postCreate({ start = 0n, currency }) {
      if (start < 0n) throw new ServiceFault('Nobody begins with debts.', 'Begin with nothing.')
      this.properties.set('balance', String(start))
      this.properties.set('currency', currency)
      note('postCreate ' + this.owner)
    }
    activate() { note('activate ' + this.balance) }
    deactivate() { note('deactivate ' + this.balance) }
    preDestroy() { note('preDestroy ' + this.balance) }
    get balance() { return BigInt(this.properties.get('balance')) }
    get label() { return this.properties.get('label') }
    get entry() { return this.properties.get('entry') }
    // One value, though OGSI has service data of this name that are many.
    set entry(text) { this.properties.set('entry', typeof text) }
    set label(text) { this.properties.set('label', text) }
    pay({ amount, to }) {
      this.properties.set('balance', String(this.balance + amount))
      if (this.balance < 0n) throw new ServiceFault('There is not enough money: ' + this.balance + ' would be left.', 'Pay less.')
      return { balance: this.balance, paid: to ?? [] }
    }
    async payLate({ amount }) {
      this.properties.set('balance', String(this.balance + amount))
      note('paying')
      while (!existsSync(${JSON.stringify(join(dirname(diary), 'go'))})) await new Promise(resolve => setTimeout(resolve, 20))
    }
    fail() { throw new Error('the secret path /etc/inner') }
    wrong() { return 'no number' }
  }
  return registerService({
    name: 'account', title: 'Keeps money', instances: 'many',
    creation: { start: 'integer?', currency: { values: ['EUR', 'CHF'] } },
    idleSeconds: 0.5,
    portTypes: [
      { name: 'Paying', operations: {
          pay: { takes: { amount: 'integer', to: 'string*' }, gives: { fields: { balance: 'integer', paid: 'string*' } } },
          payLate: { takes: { amount: 'integer' } }, fail: {}, wrong: { gives: 'integer' } },
        serviceData: { balance: 'integer', label: { type: 'string?', modifiable: true }, entry: { type: 'string?', modifiable: true } } },
    ],
    service: Account,
  })
}
`

let site: TestSite
let connection: HttpsConnection
let bob: TestUser
let diary = ''
beforeAll(async () => {
  site = await TestSite.make({
    workers: 2,
    configuration: {
      hosted: `[./account.mjs, ${join(root, 'samples/hosting/counter.mjs')}, ${join(root, 'samples/hosting/gsisoap-echo/echo.mjs')}]`,
    },
  })
  diary = join(site.folder, 'diary')
  writeFileSync(join(site.folder, 'account.mjs'), account(diary))
  await site.startContainer()
  bob = await site.user('Bob')
  connection = site.connect()
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const connect = (path: string, as = connection): Promise<ServiceProxy> => ServiceProxy.connect(`${site.url}${path}`, as)
const created = async (parameters: object = { currency: 'EUR' }): Promise<string> => {
  const { handle } = await (await connect('/hosted/account')).call<{ handle: string }>('create', { ...parameters })
  return handle
}
const noted = (): readonly string[] => (existsSync(diary) ? readFileSync(diary, 'utf8').trim().split('\n') : [])

describe('a class that is there for all', () => {
  test('counts over all front ends, and loses nothing', async () => {
    // Each on a connection of its own, so that both front ends have a part in it.
    const users = Array.from({ length: 6 }, () => site.connect())
    const counters = await Promise.all(users.map(one => connect('/hosted/counter', one)))
    const adding = counters.map(async (counter, first) => {
      for (let n = first; n < 30; n += counters.length) await counter.call('add', { by: BigInt(n) })
    })
    await Promise.all(adding)
    for (const one of users) one[Symbol.dispose]()
    const [total] = await fetchServiceData(`${site.url}/hosted/counter`, ['total'], connection)
    expect(total?.text).toBe(String((29 * 30) / 2))
    await site.kill()
    await site.startContainer()
    const after = await (await connect('/hosted/counter')).call<{ result: bigint }>('add', { by: 1n })
    expect(after.result).toBe(436n)
  })

  test('is called by its WSDL alone, in both versions of SOAP, and by the command line', async () => {
    for (const query of ['?wsdl', '?wsdl12', '?gwsdl'])
      expect(await (await connect(`/hosted/echo${query}`)).call('echo', { text: '<&>' })).toEqual({ result: '<&>' })
    const env = site.environmentFor()
    const [told, said, misspelt] = await Promise.all([
      run(['describe-service', `${site.url}/hosted/echo`], { env }),
      run(['call', `${site.url}/hosted/echo`, 'echo', 'text=hello'], { env }),
      run(['call', `${site.url}/hosted/counter`, 'add', 'bi=2'], { env }),
    ])
    expect(told.stdout).toContain('echo(text: string) -> result: string')
    expect(JSON.parse(said.stdout)).toEqual({ result: 'hello' })
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean by?') })
  })

  test('sees who calls, and what they delegated with the call', async () => {
    const echo = await connect('/hosted/echo')
    expect(await echo.call('whoAmI', {})).toEqual({ result: { name: site.alice.dn, proxy: 'full' } })
    await expect(echo.call('delegated', {})).rejects.toMatchObject({ code: 'credential-problem' })
    using delegating = new Connection({ credential: site.alice.proxy, trustDirectory: site.trust, delegation: 'full' })
    const { result } = await (await connect('/hosted/echo', delegating)).call<{ result: { subject: string } }>(
      'delegated',
      {},
    )
    expect(result.subject.startsWith(`${site.alice.dn}/CN=`)).toBe(true)
  })

  test('cannot be destroyed by a call, and lasts', async () => {
    const ogsi = await connect('/hosted/counter?wsdl=ogsi')
    await expect(ogsi.call('destroy', {})).rejects.toMatchObject({ code: 'not-destroyed' })
  })
})

describe('a class whose objects are created', () => {
  test('lives through all its callbacks, each at its time', async () => {
    const before = noted().length
    const handle = await created({ start: 5n, currency: 'CHF' })
    expect(handle).toMatch(/^https:\/\/localhost:\d+\/hosted\/account\/[a-z2-7]{26}$/)
    const mine = await ServiceProxy.connect(handle, connection)
    const paid = await mine.call('pay', { amount: 10n, to: ['a', 'b'] })
    expect(paid).toEqual({ result: { balance: 15n, paid: ['a', 'b'] } })
    // It leaves memory when nobody calls it, and comes back.
    await waitFor('the object is put away', () => noted().slice(before).includes('deactivate 15'))
    await mine.call('pay', { amount: 1n })
    const ogsi = await ServiceProxy.connect(`${handle}?wsdl=ogsi`, connection)
    await ogsi.call('destroy', {})
    await waitFor('it is cleaned up', () => noted().slice(before).includes('preDestroy 16'))
    expect(noted().slice(before, before + 3)).toEqual(['preCreate', `postCreate ${site.alice.dn}`, 'activate 5'])
    expect(
      noted()
        .slice(before)
        .filter(line => line === 'activate 15').length,
    ).toBeGreaterThan(0)
    await expect(mine.call('pay', { amount: 1n })).rejects.toMatchObject({
      code: 'not-found',
      detail: { why: 'ended' },
    })
  })

  test('a call that runs while its object is destroyed is not acknowledged', async () => {
    const before = noted().length
    const handle = await created({ start: 50n, currency: 'EUR' })
    const mine = await ServiceProxy.connect(handle, connection)
    const paying = mine.call('payLate', { amount: 1n })
    await waitFor('it has begun', () => noted().slice(before).includes('paying'))
    await (await ServiceProxy.connect(`${handle}?wsdl=ogsi`, connection)).call('destroy', {})
    writeFileSync(join(site.folder, 'go'), '')
    await expect(paying).rejects.toMatchObject({ code: 'not-found', detail: { why: 'ended' } })
    await waitFor('it is cleaned up', () =>
      noted()
        .slice(before)
        .some(line => line.startsWith('preDestroy')),
    )
    expect(
      noted()
        .slice(before)
        .filter(line => line.startsWith('preDestroy')),
    ).toEqual(['preDestroy 50'])
  })

  test('what it refuses is told with the way out, and leaves everything as it was', async () => {
    const mine = await ServiceProxy.connect(await created(), connection)
    await mine.call('pay', { amount: 7n })
    await expect(mine.call('pay', { amount: -8n })).rejects.toMatchObject({
      code: 'service-refused',
      message: 'There is not enough money: -1 would be left.',
      hint: 'Pay less.',
    })
    expect(await mine.call('pay', { amount: 0n })).toMatchObject({ result: { balance: 7n } })
    await expect(created({ start: -1n, currency: 'EUR' })).rejects.toMatchObject({ hint: 'Begin with nothing.' })
  })

  test('what breaks in it tells nothing of the inside, and hurts nobody', async () => {
    const mine = await ServiceProxy.connect(await created(), connection)
    for (const operation of ['fail', 'wrong'])
      await expect(mine.call(operation, {})).rejects.toMatchObject({
        code: 'internal',
        message: expect.not.stringContaining('/etc/inner'),
      })
    expect(site.log).toContain('the secret path /etc/inner')
    expect(await mine.call('pay', { amount: 3n })).toMatchObject({ result: { balance: 3n } })
  })

  test('belongs to who created it', async () => {
    const handle = await created()
    using others = site.connect(bob)
    await expect(
      ServiceProxy.connect(handle, others).then(one => one.call('pay', { amount: 1n })),
    ).rejects.toMatchObject({ code: 'not-found' })
    const stolen = await ServiceProxy.connect(`${handle}?wsdl`, others)
    await expect(stolen.call('pay', { amount: 1n })).rejects.toMatchObject({
      code: 'not-found',
      detail: { why: 'never' },
    })
    const { text } = await connection.sendForText('GET', `${site.url}/hosted/account`, { Accept: 'application/json' })
    expect((JSON.parse(text) as { objects: readonly string[] }).objects).toContain(handle)
    const page = await connection.sendForText('GET', `${site.url}/hosted/account`, { Accept: 'text/html' })
    expect(page.text).toContain(handle)
    expect(page.text).toContain('amount: integer')
  })

  test('is a Grid service: created by OGSI, with service data, a lifetime, and an entry in the registry', async () => {
    const factory = await connect('/hosted/account?wsdl=ogsi')
    await expect(factory.call('createService', {})).rejects.toMatchObject({ code: 'extensibility-type' })
    const handle = await created({ start: 2n, currency: 'EUR' })
    const { interface: names = [] } = await resolveHandle(handle, `${site.url}/resolver`, connection)
    expect(names.map(({ local }) => local)).toEqual(
      expect.arrayContaining(['GridService', 'Paying', 'AccountPortType']),
    )
    const data = await fetchServiceData(handle, ['balance', 'terminationTime', 'factoryLocator'], connection)
    expect(data.map(({ name, value }) => [name, value])).toEqual(
      expect.arrayContaining([
        ['balance', '2'],
        ['factoryLocator', { handle: `${site.url}/hosted/account` }],
      ]),
    )
    const set = (name: string, value: string): string =>
      `<o:setServiceData xmlns:o="${OGSI}"><o:updateExpression><o:setByServiceDataNames><a:${name} xmlns:a="${hostedNames('account').namespace}">${value}</a:${name}></o:setByServiceDataNames></o:updateExpression></o:setServiceData>`
    for (const name of ['label', 'entry'])
      await callSoap({ address: handle, action: `${OGSI}#setServiceData`, bodyXml: set(name, 'mine') }, connection)
    const own = await fetchServiceData(handle, ['label', 'entry'], connection)
    expect(own.map(({ value }) => value)).toEqual(['mine', 'string'])
    const registry = await fetchServiceData(`${site.url}/registry`, ['entry'], connection)
    expect(registry.filter(({ text }) => text.includes('Keeps money'))).toHaveLength(1)
    const entry = await connection.sendForText('GET', `${site.url}/registry/hosted/account?wsdl`)
    expect(entry).toMatchObject({ status: 200, text: expect.stringContaining('definitions') })
    const ogsi = await ServiceProxy.connect(`${handle}?wsdl=ogsi`, connection)
    await ogsi.call('requestTerminationBefore', { terminationTime: new Date() })
    await expect(ogsi.call('destroy', {})).rejects.toMatchObject({ detail: { why: 'ended' } })
  })

  test('what has ended by itself is cleaned up, also when the container was killed meanwhile', async () => {
    const handle = await created({ start: 99n, currency: 'EUR' })
    const ogsi = await ServiceProxy.connect(`${handle}?wsdl=ogsi`, connection)
    await site.kill()
    await site.startContainer()
    await ogsi.call('requestTerminationBefore', { terminationTime: new Date(Date.now() + 300) })
    await waitFor('it is cleaned up', () => noted().includes('preDestroy 99'))
  })
})
