import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeElement } from '../../../src/xml/write-element.ts'
import { NotificationSink } from '../../support/notification-sink.ts'
import { child, children, deleting, handlesIn, type OgsiClient, setting } from './ogsi-client.ts'
import { OgsiGround } from './ogsi-ground.ts'

// What one caller sends stops neither the container nor the others.

let ground: OgsiGround
let ogsi: OgsiClient
let job: string
beforeAll(async () => {
  ground = await OgsiGround.start({ notification: '{allow: 127.0.0.1, timeout: 1s, at-once: 8}' })
  ogsi = ground.ogsi
  job = await ground.job(600)
})
afterAll(() => ground[Symbol.asyncDispose]())

const adding = (content: string, locator = ''): string =>
  `<o:add><o:serviceLocator><o:handle>https://grid.example.org/services/x</o:handle>${locator}<o:interface>o:GridService</o:interface></o:serviceLocator><o:content>${content}</o:content></o:add>`
const subscribing = (sink: string, names: readonly string[]): string =>
  `<o:subscribe><o:subscriptionExpression><o:subscribeByServiceDataNames>${names.map(name => `<o:name>${name}</o:name>`).join('')}</o:subscribeByServiceDataNames></o:subscriptionExpression><o:sink><o:handle>${sink}</o:handle></o:sink><o:expirationTime>infinity</o:expirationTime></o:subscribe>`

describe('the registry', () => {
  test.each([
    [
      'prefixes',
      `<o:EntryContentType ${Array.from({ length: 200 }, (_, n) => `xmlns:p${n}="urn:${n}"`).join(' ')}><x/></o:EntryContentType>`,
      '',
    ],
    ['depth', `<o:EntryContentType>${'<x>'.repeat(50)}${'</x>'.repeat(50)}</o:EntryContentType>`, ''],
    ['size', `<o:EntryContentType><x>${'y'.repeat(9000)}</x></o:EntryContentType>`, ''],
    [
      'references',
      '<o:EntryContentType/>',
      `<o:reference xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="o:WSDLReferenceType"><definitions xmlns="http://schemas.xmlsoap.org/wsdl/">${'<a/>'.repeat(3000)}</definitions></o:reference>`,
    ],
  ])('keeps nothing that it could not tell others: %s', async (_, content, locator) => {
    const fault = await ogsi.fault(ground.registry, adding(content, locator))
    expect(['contentCreationFailedFault', 'addRefusedFault']).toContain(fault.local)
    expect(await ogsi.query(ground.registry, 'o:entry')).toHaveLength(1)
  })

  test('tells content again as it was said, with its prefixes, whatever it is called', async () => {
    const content =
      '<o:EntryContentType><m xmlns="urn:m" xmlns:q="urn:q" kind="q:name"><content xmlns="">not base64</content></m></o:EntryContentType>'
    const answer = await ogsi.call(ground.registry, adding(content))
    const [handle = ''] = handlesIn(child(answer, 'serviceLocator'))
    const [kept] = children(await ogsi.value(handle, 'o:content'), 'm')
    expect(kept?.prefixes.get('q')).toBe('urn:q')
    expect(kept === undefined ? '' : writeElement(kept)).toContain('not base64')
    await ogsi.call(handle, '<o:destroy/>')
  })
})

describe('service data', () => {
  test('is not set tens of thousands of times with one call', async () => {
    const many = await ogsi.fault(job, setting('<j:note>a</j:note>'.repeat(50_000)))
    expect(many.local).toBe('cardinalityViolationFault')
    const names = Array.from({ length: 5000 }, () => 'j:label')
    await ogsi.call(job, deleting(...names))
    const wrong = await ogsi.fault(job, setting('<j:state>Done</j:state>'.repeat(20_000)))
    expect(wrong.local).toBe('modifiabilityViolationFault')
    expect(writeElement(wrong).length).toBeLessThan(10_000)
  })

  test('is asked for once, however often it is named', async () => {
    const values = await ogsi.query(job, ...Array.from({ length: 2000 }, () => 'o:gridServiceReference'))
    expect(values).toHaveLength(1)
  })
})

test('a resolver looks up a few handles at a time', async () => {
  const handles = (count: number, one: (n: number) => string): string =>
    `<o:findByHandle><o:handleSet>${Array.from({ length: count }, (_, n) => `<o:handle>${one(n)}</o:handle>`).join('')}</o:handleSet></o:findByHandle>`
  expect(
    handlesIn(
      child(
        await ogsi.call(
          ground.resolver,
          handles(20_000, () => job),
        ),
        'locator',
      ),
    ),
  ).toEqual([job])
  const fault = await ogsi.fault(
    ground.resolver,
    handles(20_000, n => `${ground.site.url}/instances/${n}`),
  )
  expect(fault.local).toBe('invalidHandleFault')
})

describe('subscriptions', () => {
  test('name each element once', async () => {
    await using sink = await NotificationSink.start()
    await ogsi.call(
      job,
      subscribing(
        sink.url,
        Array.from({ length: 150 }, () => 'j:note'),
      ),
    )
    await ogsi.call(job, setting('<j:note>one</j:note>'))
    const [message] = await sink.received(1)
    expect(message === undefined ? [] : children(message, 'note')).toHaveLength(1)
  })

  test('to sinks that never answer leave others their turn', async () => {
    const silent = await Promise.all(Array.from({ length: 8 }, () => NotificationSink.start()))
    for (const [index, sink] of silent.entries()) {
      sink.behaviour = index % 2 === 0 ? 'upgrade' : 'hang'
      await ogsi.call(job, subscribing(sink.url, ['j:note']))
    }
    await using good = await NotificationSink.start()
    await ogsi.call(job, setting('<j:note>two</j:note>'))
    await ogsi.call(job, subscribing(good.url, ['j:note']))
    await ogsi.call(job, setting('<j:note>three</j:note>'))
    expect((await good.received(1)).length).toBeGreaterThan(0)
    for (const sink of silent) await sink[Symbol.asyncDispose]()
  })
})
