import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clark, qname } from '../../../src/core/qname.ts'
import { GRID, OGSI } from '../../../src/wsdl/names.ts'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { writeElement } from '../../../src/xml/write-element.ts'
import { obeys } from './obeys.ts'
import { child, children, handlesIn, OgsiClient, qnameAttribute, qnameIn, queryFor, timeIn } from './ogsi-client.ts'
import { OgsiGround } from './ogsi-ground.ts'

// Section 13: the registry is a group, of what the container offers and of what others register.

let ground: OgsiGround
let ogsi: OgsiClient
beforeAll(async () => {
  ground = await OgsiGround.start()
  ogsi = ground.ogsi
})
afterAll(() => ground[Symbol.asyncDispose]())

const other = 'https://grid.example.org/services/blast'
const locator = (handle: string, interfaces: readonly string[] = ['o:GridService', 'o:Factory']): string =>
  `<o:serviceLocator><o:handle>${handle}</o:handle>${interfaces.map(one => `<o:interface>${one}</o:interface>`).join('')}</o:serviceLocator>`
const info = (name: string): string => `<g:service><g:name>${name}</g:name><g:address>${other}</g:address></g:service>`
const adding = (member: string, content: string, window = ''): string =>
  `<o:add>${member}<o:content>${content}</o:content>${window}</o:add>`
const add = async (handle: string, content = info('blast'), window = ''): Promise<string> => {
  const answer = await ogsi.call(ground.registry, adding(locator(handle), content, window))
  return handlesIn(child(answer, 'serviceLocator'))[0] ?? ''
}
const entries = (client = ogsi): Promise<readonly XmlElement[]> => client.query(ground.registry, 'o:entry')
const entryOf = async (handle: string): Promise<XmlElement | undefined> =>
  (await entries()).find(one => handlesIn(child(one, 'serviceGroupEntryLocator')).includes(handle))
const removing = (locators: readonly string[]): string =>
  `<o:remove><o:matchExpression><o:matchByLocatorEquivalence>${locators.join('')}</o:matchByLocatorEquivalence></o:matchExpression></o:remove>`
/** The member of an entry, as a locator to match with. */
const memberOf = (entry: XmlElement): string =>
  writeElement({ ...child(entry, 'memberServiceLocator'), local: 'locator' })

describe('the registry (section 13)', () => {
  obeys('13.1-a', async () => {
    const [first, second] = [await add(other), await add(other)]
    expect(first).not.toBe(second)
    const handles = (await entries()).flatMap(one => handlesIn(child(one, 'serviceGroupEntryLocator')))
    expect(new Set(handles).size).toBe(handles.length)
    expect(handles).toEqual(expect.arrayContaining([first, second, `${ground.registry}/services/waiting`]))
  })

  obeys(['13.1-b', '13.1.1-a', '13.1.1-b', '13.1.1-d'], async () => {
    const rules = await ogsi.query(ground.registry, 'o:membershipContentRule')
    const interfaces = rules.map(rule => clark(qnameIn(child(rule, 'memberInterface'))))
    const wanted = rules.flatMap(rule => children(rule, 'content')).map(one => clark(qnameIn(one)))
    expect(interfaces).toEqual([clark(qname(OGSI, 'GridService'))])
    await add(other, '<o:EntryContentType><x:y xmlns:x="urn:x">z</x:y></o:EntryContentType>')
    for (const entry of await entries()) {
      const [handle = ''] = handlesIn(child(entry, 'serviceGroupEntryLocator'))
      const [ofEntry] = await ogsi.query(handle, 'o:content')
      for (const content of [child(entry, 'content'), ofEntry as XmlElement])
        for (const name of wanted) expect(childElements(content).map(clark)).toContain(name)
    }
    for (const none of [[], ['o:NotificationSink'], ['g:service']]) {
      const fault = await ogsi.fault(ground.registry, adding(locator(other, none), info('x')))
      expect(fault.local).toBe('unsupportedMemberInterfaceFault')
    }
  })

  obeys('13.1.1-c', async () => {
    // There is one rule; an entry that does not fulfil it is not made.
    const nothing = '<o:serviceLocator><o:interface>o:GridService</o:interface></o:serviceLocator>'
    const before = (await entries()).length
    const fault = await ogsi.fault(ground.registry, adding(nothing, '<o:EntryContentType/>'))
    expect(fault.local).toBe('contentCreationFailedFault')
    expect(await entries()).toHaveLength(before)
  })

  obeys('13.2.1-a', async () => {
    const handle = await add(other)
    for (let n = 0; n < 2; n++) expect(handlesIn(await ogsi.value(handle, 'o:memberServiceLocator'))).toEqual([other])
  })

  obeys('13.3.1-b', async () => {
    const kinds = await ogsi.query(ground.registry, 'o:removeExtensibility')
    expect(kinds.map(one => qnameAttribute(one, 'inputElement'))).toEqual([
      clark(qname(OGSI, 'matchByLocatorEquivalence')),
    ])
    const [goes, stays] = [
      await add('https://grid.example.org/services/goes'),
      await add('https://grid.example.org/services/stays'),
    ]
    const entry = await entryOf(goes)
    await ogsi.call(ground.registry, removing([memberOf(entry as XmlElement)]))
    expect(await entryOf(goes)).toBeUndefined()
    expect(await entryOf(stays)).toBeDefined()
    expect((await ogsi.fault(goes, queryFor(['o:content']))).local).toBe('serviceHasTerminatedFault')
    expect((await ogsi.fault(ground.registry, removing([memberOf(entry as XmlElement)]))).local).toBe(
      'matchFailedFault',
    )
  })

  obeys('13.3.2.1-c', async () => {
    const begun = Date.now()
    const before = new Date(begun + 3_600_000).toISOString()
    const answer = await ogsi.call(
      ground.registry,
      adding(locator(other), info('blast'), `<o:terminationTime o:before="${before}"/>`),
    )
    const window = child(answer, 'currentTerminationTime')
    expect(timeIn(window, 'timestamp')).toBeGreaterThanOrEqual(begun - 1)
    expect(timeIn(window, 'before')).toBe(Date.parse(before))
  })

  test('an entry lasts as long as its lifetime, and is destroyed by who made it', async () => {
    const past = await add(other, info('gone'), '<o:terminationTime o:before="2001-01-01T00:00:00Z"/>')
    expect(await entryOf(past)).toBeUndefined()
    expect((await ogsi.fault(past, queryFor(['o:content']))).local).toBe('serviceHasTerminatedFault')
    const mine = await add(other)
    const bob = await ground.site.user('Bob')
    using connection = ground.site.connect(bob)
    const stranger = new OgsiClient(connection)
    expect(textOf(child(child(await stranger.value(mine, 'o:content'), 'service'), 'name'))).toBe('blast')
    expect((await stranger.fault(mine, '<o:destroy/>')).local).toBe('fault')
    const entry = (await entryOf(mine)) as XmlElement
    expect((await stranger.fault(ground.registry, removing([memberOf(entry)]))).local).toBe('removeFailedFault')
    expect(await entryOf(mine)).toBeDefined()
    await ogsi.call(mine, '<o:destroy/>')
    expect(await entryOf(mine)).toBeUndefined()
  })

  test('what the container offers is in it as long as it is offered, and cannot be taken out', async () => {
    const offered = (await entryOf(`${ground.registry}/services/waiting`)) as XmlElement
    expect(handlesIn(child(offered, 'memberServiceLocator'))).toEqual([ground.factory])
    expect(textOf(child(child(child(offered, 'content'), 'service'), 'title'))).toBe('Runs for a while')
    expect((await ogsi.fault(ground.registry, removing([memberOf(offered)]))).local).toBe('removeFailedFault')
  })

  test('survives a restart', async () => {
    const handle = await add(other, info('lasting'))
    await ground.site.stop()
    await ground.site.startContainer()
    expect(await entryOf(handle)).toBeDefined()
    expect(clark(qname(GRID, 'service'))).toBe(
      clark(childElements(await ogsi.value(handle, 'o:content'))[0] as XmlElement),
    )
  })

  test('takes no content that it cannot read', async () => {
    for (const [content, fault] of [
      ['<x:y xmlns:x="urn:x"/>', 'extensibilityNotSupportedFault'],
      ['<g:service><g:name>x</g:name></g:service>', 'extensibilityTypeFault'],
      [
        `<o:EntryContentType><x:y xmlns:x="urn:x">${'z'.repeat(70_000)}</x:y></o:EntryContentType>`,
        'contentCreationFailedFault',
      ],
    ] as const)
      expect((await ogsi.fault(ground.registry, adding(locator(other), content))).local).toBe(fault)
  })
})
