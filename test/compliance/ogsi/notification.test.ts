import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clark, qname } from '../../../src/core/qname.ts'
import { OGSI, SERVICE_DATA } from '../../../src/wsdl/names.ts'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { NotificationSink } from '../../support/notification-sink.ts'
import { messageProblem } from './message-validation.ts'
import { obeys } from './obeys.ts'
import { child, children, handlesIn, OgsiClient, qnameAttribute, queryFor, timeIn } from './ogsi-client.ts'
import { OgsiGround } from './ogsi-ground.ts'

// Section 11: subscriptions, and the messages that come of them.

let ground: OgsiGround
let ogsi: OgsiClient
beforeAll(async () => {
  ground = await OgsiGround.start({ notification: '{allow: 127.0.0.1, timeout: 2s}' })
  ogsi = ground.ogsi
})
afterAll(() => ground[Symbol.asyncDispose]())

const subscribing = (sink: string, names: readonly string[], intervals = '', until = 'infinity'): string =>
  `<o:subscribe><o:subscriptionExpression><o:subscribeByServiceDataNames${intervals}>${names
    .map(name => `<o:name>${name}</o:name>`)
    .join(
      '',
    )}</o:subscribeByServiceDataNames></o:subscriptionExpression><o:sink><o:handle>${sink}</o:handle></o:sink><o:expirationTime>${until}</o:expirationTime></o:subscribe>`
const subscribe = async (...asked: [string, ...Parameters<typeof subscribing>]): Promise<string> => {
  const [source, ...rest] = asked
  const answer = await ogsi.call(source, subscribing(...rest))
  return handlesIn(child(answer, 'subscriptionInstanceLocator'))[0] ?? ''
}
const texts = (message: XmlElement, local: string): readonly string[] => children(message, local).map(textOf)
const eventsIn = (messages: readonly XmlElement[]): readonly string[] =>
  messages.flatMap(one => children(one, 'event')).map(one => textOf(child(one, 'sequence')))
const stateIn = async (subscription: string): Promise<string> =>
  textOf(child(await ogsi.value(subscription, 'g:delivery'), 'state'))

describe('subscriptions (section 11)', () => {
  obeys(['11.1.2.1-b', '11.2-a'], async () => {
    const sink = 'http://127.0.0.1:9/'
    const job = await ground.job(30)
    const handle = await subscribe(job, sink, ['j:state'])
    expect(await ogsi.names(handle, 'o:interface')).toContain(clark(qname(OGSI, 'NotificationSubscription')))
    expect(handlesIn(await ogsi.value(handle, 'o:sinkLocator'))).toEqual([sink])
    const [expression] = childElements(await ogsi.value(handle, 'o:subscriptionExpression'))
    expect(clark(expression as XmlElement)).toBe(clark(qname(OGSI, 'subscribeByServiceDataNames')))
    expect(texts(expression as XmlElement, 'name')).toEqual(['j:state'])
    expect(handlesIn(await ogsi.value(handle, 'o:factoryLocator'))).toEqual([job])
  })

  obeys('11.1.2.1-c', async () => {
    const begun = Date.now()
    const until = new Date(begun + 60_000).toISOString()
    const answer = await ogsi.call(await ground.job(30), subscribing('http://127.0.0.1:9/', ['j:state'], '', until))
    const window = child(answer, 'currentTerminationTime')
    expect(timeIn(window, 'timestamp')).toBeGreaterThanOrEqual(begun - 1)
    expect(timeIn(window, 'timestamp')).toBeLessThanOrEqual(Date.now())
    expect(timeIn(window, 'before')).toBe(Date.parse(until))
  })

  obeys('11.1.2.1-d', async () => {
    for (const source of [await ground.job(), ground.registry]) {
      const kinds = await ogsi.query(source, 'o:subscribeExtensibility')
      expect(kinds.map(one => qnameAttribute(one, 'inputElement'))).toEqual([
        clark(qname(OGSI, 'subscribeByServiceDataNames')),
      ])
      expect((await ogsi.names(source, 'o:notifiableServiceDataName')).length).toBeGreaterThan(0)
    }
  })

  obeys('11.1.2.1.1-a', async () => {
    await using sink = await NotificationSink.start()
    const job = await ground.ended()
    await subscribe(job, sink.url, ['j:state'], ' o:maxInterval="PT10S"')
    const messages = await sink.received(2)
    expect(messages.map(message => texts(message, 'state'))).toEqual([['Done'], ['Done']])
    expect((sink.times[1] ?? 0) - (sink.times[0] ?? 0)).toBeGreaterThan(9000)
  })

  obeys(['11.1.2.1.1-b', '11-a'], async () => {
    await using sink = await NotificationSink.start()
    const job = await ground.job(30)
    await subscribe(job, sink.url, ['j:label', 'j:owner', 'j:note'])
    await ogsi.set(job, '<j:label>night</j:label>')
    await ogsi.set(job, '<j:note>well</j:note>')
    const messages = await sink.until(all => all.some(one => texts(one, 'note').length > 0))
    for (const message of messages) {
      expect(clark(message)).toBe(clark(qname(SERVICE_DATA, 'serviceDataValues')))
      expect(messageProblem(message)).toBeUndefined()
      expect(texts(message, 'label')).toEqual(['night'])
      expect(texts(message, 'owner')).toEqual([ground.site.alice.dn])
    }
  })
})

describe('messages', () => {
  test('tell of every event, in order, to the end of the instance', async () => {
    await using sink = await NotificationSink.start()
    const job = await ground.job(600)
    const handle = await subscribe(job, sink.url, ['j:event', 'j:state'])
    for (let n = 0; n < 30; n++) await ogsi.set(job, `<j:note>${n}</j:note>`)
    await ground.service.call('cancel', {}, job)
    await ground.service.call('waitFor', { seconds: 30 }, job)
    await ogsi.call(job, '<o:destroy/>')
    const messages = await sink.until(all =>
      all.flatMap(one => children(one, 'event')).some(one => textOf(child(one, 'kind')) === 'destroyed'),
    )
    const sequence = eventsIn(messages).map(Number)
    expect(sequence).toEqual([...new Set(sequence)].toSorted((a, b) => a - b))
    const kinds = messages.flatMap(one => children(one, 'event')).map(one => textOf(child(one, 'kind')))
    expect(kinds.filter(kind => kind === 'changed')).toHaveLength(30)
    expect(texts(messages.at(-1) as XmlElement, 'state')).toEqual(['Canceled'])
    // With its source the subscription ends.
    await expect
      .poll(async () => (await ogsi.fault(handle, queryFor(['g:delivery']))).local)
      .toBe('serviceHasTerminatedFault')
  })

  test('do not come more often than minInterval says, and lose nothing', async () => {
    await using sink = await NotificationSink.start()
    const job = await ground.job(600)
    await subscribe(job, sink.url, ['j:event'], ' o:minInterval="PT1S"')
    for (let n = 0; n < 10; n++) await ogsi.set(job, `<j:note>${n}</j:note>`)
    const messages = await sink.until(
      all =>
        all.flatMap(one => children(one, 'event')).filter(one => textOf(child(one, 'kind')) === 'changed').length ===
        10,
    )
    expect(messages.length).toBeLessThan(10)
    for (let n = 1; n < sink.times.length; n++)
      expect((sink.times[n] ?? 0) - (sink.times[n - 1] ?? 0)).toBeGreaterThan(900)
  })

  test('wait for a sink that hangs, refuses or redirects, and others do not wait with them', async () => {
    await using good = await NotificationSink.start()
    await using bad = await NotificationSink.start()
    const job = await ground.job(600)
    const failing = await subscribe(job, bad.url, ['j:event'])
    await subscribe(job, good.url, ['j:event'])
    for (const behaviour of ['hang', 'refuse', 'redirect', 'break', 'upgrade'] as const) {
      bad.behaviour = behaviour
      const asked = bad.asked
      await ogsi.set(job, `<j:note>${behaviour}</j:note>`)
      await good.until(all => eventsIn(all).length > 0 && all.length > 0)
      await expect.poll(() => bad.asked, { timeout: 30_000 }).toBeGreaterThan(asked)
    }
    await expect.poll(() => stateIn(failing), { timeout: 10_000 }).toBe('failing')
    bad.behaviour = 'take'
    const notes = (all: readonly XmlElement[]) =>
      all.flatMap(one => children(one, 'event')).filter(one => textOf(child(one, 'kind')) === 'changed').length
    expect(notes(await bad.until(all => notes(all) === 5))).toBe(5)
    await expect.poll(() => stateIn(failing), { timeout: 10_000 }).toBe('current')
    const sequence = eventsIn(bad.messages).map(Number)
    expect(sequence).toEqual(sequence.toSorted((a, b) => a - b))
  })

  test('of the registry tell what comes and goes', async () => {
    await using sink = await NotificationSink.start()
    await subscribe(ground.registry, sink.url, ['o:entry'])
    const member =
      '<o:serviceLocator><o:handle>https://grid.example.org/services/x</o:handle><o:interface>o:GridService</o:interface></o:serviceLocator>'
    const added = await ogsi.call(
      ground.registry,
      `<o:add>${member}<o:content><o:EntryContentType/></o:content></o:add>`,
    )
    const [entry = ''] = handlesIn(child(added, 'serviceLocator'))
    const [first] = await sink.received(1)
    expect(children(first as XmlElement, 'entry')).toHaveLength(2)
    await ogsi.call(entry, '<o:destroy/>')
    const second = (await sink.until(all => all.slice(1).some(one => children(one, 'entry').length === 1))).at(-1)
    expect(messageProblem(second as XmlElement)).toBeUndefined()
  })

  test('end with the subscription', async () => {
    await using sink = await NotificationSink.start()
    const job = await ground.job(600)
    const handle = await subscribe(job, sink.url, ['j:note'])
    await ogsi.set(job, '<j:note>one</j:note>')
    await sink.received(1)
    await ogsi.call(handle, '<o:destroy/>')
    expect((await ogsi.fault(handle, queryFor(['g:delivery']))).local).toBe('serviceHasTerminatedFault')
    await using other = await NotificationSink.start()
    await subscribe(job, other.url, ['j:note'])
    await ogsi.set(job, '<j:note>two</j:note>')
    await other.received(1)
    expect(sink.messages).toHaveLength(1)
  })
})

describe('who is told', () => {
  test('nobody of what they may not see, and nobody of a subscription that is not theirs', async () => {
    await using sink = await NotificationSink.start()
    const bob = await ground.site.user('Bob')
    using connection = ground.site.connect(bob)
    const stranger = new OgsiClient(connection)
    const job = await ground.job(600)
    expect((await stranger.fault(job, subscribing(sink.url, ['j:state']))).local).toBe('fault')
    await ground.service.call('share', { with: bob.dn, right: 'read' }, job)
    const answer = await stranger.call(job, subscribing(sink.url, ['j:sharing', 'j:note']))
    const [theirs = ''] = handlesIn(child(answer, 'subscriptionInstanceLocator'))
    await ogsi.set(job, '<j:note>for both</j:note>')
    const [first] = await sink.received(1)
    // What only the owner sees is not in it.
    expect(children(first as XmlElement, 'sharing')).toEqual([])
    const mine = await subscribe(job, 'http://127.0.0.1:9/', ['j:state'])
    expect((await stranger.fault(mine, queryFor(['g:delivery']))).local).toBe('fault')
    await ground.service.call('unshare', { with: bob.dn }, job)
    await ogsi.set(job, '<j:note>for the owner alone</j:note>')
    await expect
      .poll(async () => (await stranger.fault(theirs, queryFor(['g:delivery']))).local, { timeout: 10_000 })
      .toBe('serviceHasTerminatedFault')
    expect(sink.messages.flatMap(message => texts(message, 'note'))).not.toContain('for the owner alone')
  })

  test('no address that the site does not allow', async () => {
    const job = await ground.job(600)
    // A name that leads inside; or nowhere, which is told in the same words.
    const handle = await subscribe(job, `http://${hostname()}/`, ['j:note'])
    await ogsi.set(job, '<j:note>x</j:note>')
    await expect.poll(() => stateIn(handle), { timeout: 10_000 }).toBe('failing')
    const problem = textOf(child(await ogsi.value(handle, 'g:delivery'), 'problem'))
    expect(problem).toContain('notification: allow')
    for (const [sink, names, fault] of [
      ['gsiftp://x/', ['j:state'], 'extensibilityTypeFault'],
      ['http://10.1.2.3/', ['j:state'], 'extensibilityTypeFault'],
      ['https://[::1]:8443/', ['j:state'], 'extensibilityTypeFault'],
      ['urn:x', ['j:state'], 'extensibilityTypeFault'],
      ['http://x/', ['j:nothing'], 'targetInvalidFault'],
      ['http://x/', ['o:gridServiceReference'], 'targetInvalidFault'],
      ['http://x/', [], 'extensibilityTypeFault'],
    ] as const)
      expect((await ogsi.fault(job, subscribing(sink, names))).local).toBe(fault)
    const intervals = ' o:minInterval="PT1M" o:maxInterval="PT1S"'
    expect((await ogsi.fault(job, subscribing('http://x/', ['j:state'], intervals))).local).toBe(
      'extensibilityTypeFault',
    )
  })
})
