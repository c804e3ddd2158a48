import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clark, fromClark, qname } from '../../../src/core/qname.ts'
import { GRID, JOB, OGSI, SERVICE_DATA } from '../../../src/wsdl/names.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { closure, EveryService } from './every-service.ts'
import { obeys } from './obeys.ts'
import {
  child,
  children,
  deleting,
  handlesIn,
  type OgsiClient,
  qnameAttribute,
  qnameIn,
  queryFor,
  setting,
  timeIn,
} from './ogsi-client.ts'
import type { OgsiGround } from './ogsi-ground.ts'

// Section 9: what every Grid service does.

let every: EveryService
let ground: OgsiGround
let ogsi: OgsiClient
let job: string

beforeAll(async () => {
  every = await EveryService.start()
  ground = every.ground
  ogsi = every.ogsi
  job = every.job
})
afterAll(() => every[Symbol.asyncDispose]())

const declared = (name: string): string => clark(fromClark(name))

describe('GridService (section 9)', () => {
  obeys('9-a', () =>
    every.all(async handle =>
      expect(await ogsi.names(handle, 'o:interface')).toContain(clark(qname(OGSI, 'GridService'))),
    ),
  )

  obeys('9.1-a', () =>
    every.all(async handle => {
      const names = closure(every.mostDerived(handle), await every.portTypes(handle))
      const shown = await ogsi.names(handle, 'o:interface')
      for (const name of names) expect(shown).toContain(name)
    }),
  )

  obeys('9.1-c', async () => {
    for (const handle of [ground.factory, ground.resolver, ground.registry]) {
      const locator = await ogsi.value(handle, 'o:factoryLocator')
      expect(attributeOf(locator, 'http://www.w3.org/2001/XMLSchema-instance', 'nil')).toBe('true')
    }
  })

  obeys('9.1-d', async () => {
    const handle = await ground.job()
    const factory = async () => handlesIn(await ogsi.value(handle, 'o:factoryLocator'))
    expect(await factory()).toEqual([ground.factory])
    await ground.service.call('waitFor', { seconds: 30 }, handle)
    expect(await factory()).toEqual([ground.factory])
  })

  obeys('9.2.1-b', () =>
    every.all(async handle => {
      const kinds = (await ogsi.query(handle, 'o:findServiceDataExtensibility')).map(one =>
        qnameAttribute(one, 'inputElement'),
      )
      expect(kinds).toContain(clark(qname(OGSI, 'queryByServiceDataNames')))
    }),
  )

  obeys('9.2.1.1-b', async () => {
    const answer = await ogsi.call(job, queryFor(['j:state', 'o:interface']))
    const values = child(child(answer, 'result'), 'serviceDataValues')
    expect(values.namespace).toBe(SERVICE_DATA)
    const names = new Set(childElements(values).map(clark))
    expect([...names]).toEqual([clark(qname(JOB, 'state')), clark(qname(OGSI, 'interface'))])
    expect(childElements(child(child(await ogsi.call(job, queryFor([])), 'result'), 'serviceDataValues'))).toEqual([])
  })

  test('queries by XPath, with the prefixes that are declared where they stand and those that are given', async () => {
    const query = (expression: string, more = ''): string =>
      `<o:findServiceData><o:queryExpression><g:queryByXPath><g:expression>${expression}</g:expression>${more}</g:queryByXPath></o:queryExpression></o:findServiceData>`
    const ask = async (handle: string, expression: string, more = ''): Promise<readonly XmlElement[]> =>
      childElements(child(child(await ogsi.call(handle, query(expression, more)), 'result'), 'serviceDataValues'))
    expect((await ask(job, '//j:status/j:state')).map(textOf)).toEqual(['Done'])
    expect((await ask(job, 'string(//j:owner)')).map(textOf)).toEqual([ground.site.alice.dn])
    const prefix = '<g:namespace><g:prefix>x</g:prefix><g:uri>urn:gridwrap:job</g:uri></g:namespace>'
    expect((await ask(job, 'count(//x:status/x:state[.="Done"])', prefix)).map(textOf)).toEqual(['1'])
    const entries = await ask(ground.registry, "//o:entry[.//g:title[contains(., 'while')]]")
    expect(entries.map(entry => handlesIn(child(entry, 'memberServiceLocator')))).toEqual([[ground.factory]])
    expect((await ogsi.fault(job, query('//'))).local).toBe('extensibilityTypeFault')
    await every.all(async handle => {
      const kinds = await ogsi.query(handle, 'o:findServiceDataExtensibility')
      expect(kinds.map(one => qnameAttribute(one, 'inputElement'))).toContain(clark(qname(GRID, 'queryByXPath')))
    })
  })

  test('names in an attribute, as the first OGSI clients sent them, are taken', async () => {
    const body =
      '<o:findServiceData><o:queryExpression><o:queryByServiceDataNames names="j:state o:interface"/></o:queryExpression></o:findServiceData>'
    const values = child(child(await ogsi.call(job, body), 'result'), 'serviceDataValues')
    expect(new Set(childElements(values).map(one => one.local))).toEqual(new Set(['state', 'interface']))
  })

  obeys('9.2.2-b', () =>
    every.all(async handle => {
      const kinds = (await ogsi.query(handle, 'o:setServiceDataExtensibility')).map(one =>
        qnameAttribute(one, 'inputElement'),
      )
      expect(kinds).toEqual(
        expect.arrayContaining([
          clark(qname(OGSI, 'setByServiceDataNames')),
          clark(qname(OGSI, 'deleteByServiceDataNames')),
        ]),
      )
      for (const body of [setting('<o:interface>o:GridService</o:interface>'), deleting('o:interface')])
        expect((await ogsi.fault(handle, body)).local).not.toBe('extensibilityNotSupportedFault')
    }),
  )

  obeys(['9.2.2.1-b', '9.2.2.2-b'], async () => {
    const handle = await ground.job()
    for (const body of [
      setting('<j:label>night</j:label><j:state>Done</j:state>'),
      setting('<j:state>Done</j:state><j:label>night</j:label>'),
    ]) {
      await ogsi.call(handle, deleting('j:label'))
      const fault = await ogsi.fault(handle, body)
      expect(fault.local).toBe('partialFailureFault')
      expect(children(child(fault, 'failedServiceData'), 'name').map(one => clark(qnameIn(one)))).toEqual([
        clark(qname(JOB, 'state')),
      ])
      const cause = child(fault, 'faultcause')
      expect(attributeOf(cause, 'http://www.w3.org/2001/XMLSchema-instance', 'type')).toContain(
        'ModifiabilityViolationFaultType',
      )
      expect(await every.label(handle)).toEqual(['night'])
    }
    const fault = await ogsi.fault(handle, deleting('j:note', 'j:label'))
    expect(fault.local).toBe('partialFailureFault')
    expect(await every.label(handle)).toEqual([])
  })

  obeys(['9.2.2.1-c', '9.2.2.2-c'], async () => {
    const handle = await ground.job()
    // Nothing that is static or constant is modifiable here, so that it is refused for that first.
    expect((await ogsi.fault(handle, setting('<o:interface>o:Factory</o:interface>'))).local).toBe(
      'modifiabilityViolationFault',
    )
    await ogsi.set(handle, '<j:note>stays</j:note>')
    expect((await ogsi.fault(handle, deleting('j:note'))).local).toBe('mutabilityViolationFault')
    expect(await every.notes(handle)).toEqual(['stays'])
  })

  obeys('9.2.2.1-e', async () => {
    const handle = await ground.job()
    await ogsi.set(handle, '<j:label>one</j:label>')
    await ogsi.set(handle, '<j:label>two</j:label>')
    expect(await every.label(handle)).toEqual(['two'])
  })

  obeys(['9.2.2.1-f', '9.2.2.2-d'], async () => {
    const handle = await ground.job()
    const two = await ogsi.fault(handle, setting('<j:label>one</j:label><j:label>two</j:label>'))
    expect(two.local).toBe('cardinalityViolationFault')
    expect(await every.label(handle)).toEqual([])
    const many = Array.from({ length: 101 }, (_, n) => `<j:note>${n}</j:note>`).join('')
    expect((await ogsi.fault(handle, setting(many))).local).toBe('cardinalityViolationFault')
    expect(await every.notes(handle)).toEqual([])
  })

  obeys(['9.2.2.1-g', '9.2.2.2-e'], async () => {
    const handle = await ground.job()
    for (const body of [setting('<j:label>one</j:label>'), deleting('j:label')]) {
      const values = child(child(await ogsi.call(handle, body), 'result'), 'serviceDataValues')
      expect(values.namespace).toBe(SERVICE_DATA)
      expect(childElements(values)).toEqual([])
    }
    expect(await every.label(handle)).toEqual([])
    expect((await ogsi.fault(handle, setting(`<j:label>${'x'.repeat(201)}</j:label>`))).local).toBe(
      'typeViolationFault',
    )
  })

  for (const [id, which] of [
    ['9.2.3-a', 'After'],
    ['9.2.4-a', 'Before'],
  ] as const)
    obeys(id, async () => {
      const handle = await ground.ended()
      const time = new Date(Date.now() + 3_600_000).toISOString()
      const body = `<o:requestTermination${which}><o:terminationTime>${time}</o:terminationTime></o:requestTermination${which}>`
      const begun = Date.now()
      const stamps: number[] = []
      for (let n = 0; n < 3; n++)
        stamps.push(timeIn(child(await ogsi.call(handle, body), 'currentTerminationTime'), 'timestamp'))
      expect(stamps[0]).toBeGreaterThanOrEqual(begun - 1)
      expect(stamps.at(-1)).toBeLessThanOrEqual(Date.now())
      expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps)
    })

  obeys('9.2.5-a', async () => {
    const handle = await ground.job(60)
    expect(childElements(await ogsi.call(handle, '<o:destroy/>'))).toEqual([])
    expect((await ogsi.fault(handle, queryFor(['j:state']))).local).toBe('serviceHasTerminatedFault')
    expect((await ogsi.fault(ground.factory, '<o:destroy/>')).local).toBe('serviceNotDestroyedFault')
    expect(await ogsi.names(ground.factory, 'o:interface')).toContain(declared(`{${OGSI}}Factory`))
  })
})
