import { afterAll, beforeAll, describe, expect } from 'vitest'
import { clark, fromClark, qname } from '../../../src/core/qname.ts'
import { OGSI, WSDL } from '../../../src/wsdl/names.ts'
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

// Sections 6 and 7: service data, time, names, lifetimes, faults.

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

describe('service data (section 6)', () => {
  obeys(['6.2-a', '9.1-b'], () =>
    every.all(async handle => {
      const portTypes = await every.portTypes(handle)
      const names = await ogsi.names(handle, 'o:serviceDataName')
      for (const name of closure(every.mostDerived(handle), portTypes)) {
        const { namespace } = fromClark(name)
        for (const one of children(portTypes.get(name) as XmlElement, 'serviceData'))
          expect(names).toContain(clark(qname(namespace, attributeOf(one, '', 'name') ?? '')))
      }
    }),
  )

  obeys('6.2.3-a', async () => {
    const [first, second] = [await ground.job(), await ground.job()]
    const statics = ['o:findServiceDataExtensibility', 'o:setServiceDataExtensibility', 'o:subscribeExtensibility']
    const values = async (handle: string) =>
      (await ogsi.query(handle, ...statics)).map(one => `${one.local} ${qnameAttribute(one, 'inputElement')}`)
    const seen = await values(first)
    expect(seen.length).toBeGreaterThanOrEqual(4)
    await ogsi.fault(first, deleting('o:findServiceDataExtensibility'))
    expect(await values(first)).toEqual(seen)
    expect(await values(second)).toEqual(seen)
  })

  obeys('6.2.3-b', async () => {
    const handle = await ground.job(30)
    const read = async () => [await ogsi.names(handle, 'o:interface'), textOf(await ogsi.value(handle, 'j:owner'))]
    const before = await read()
    await ogsi.fault(handle, setting('<j:owner>/CN=Mallory</j:owner>'))
    await ground.service.call('cancel', {}, handle)
    await ground.service.call('waitFor', { seconds: 30 }, handle)
    expect(await read()).toEqual(before)
  })

  obeys(['6.2.3-c', '6.2.3-d', '9.2.2.1-d'], async () => {
    const handle = await ground.job()
    await ogsi.set(handle, '<j:note>first</j:note>')
    await ogsi.set(handle, '<j:note>second</j:note><j:note>third</j:note>')
    expect((await ogsi.fault(handle, deleting('j:note'))).local).toBe('mutabilityViolationFault')
    await ground.service.call('waitFor', { seconds: 30 }, handle)
    expect(await every.notes(handle)).toEqual(['first', 'second', 'third'])
    expect((await ogsi.query(handle, 'o:gridServiceHandle')).map(textOf)).toEqual([handle])
  })

  obeys('6.3-a', () =>
    every.all(async handle => {
      const names = await ogsi.names(handle, 'o:serviceDataName')
      // The root is looked at by the client; here that all values belong to elements that there are.
      for (const value of await ogsi.everything(handle)) expect(names).toContain(clark(value))
    }),
  )
})

describe('time (section 7)', () => {
  obeys('7.2-a', async () => {
    const handle = await ground.job()
    const far =
      '<o:requestTerminationAfter><o:terminationTime>9999-12-31T23:59:59Z</o:terminationTime></o:requestTerminationAfter>'
    const window = child(await ogsi.call(handle, far), 'currentTerminationTime')
    // The site's longest time binds, whatever the caller's clock says.
    expect(timeIn(window, 'before')).toBeLessThan(Date.parse('9999-01-01T00:00:00Z'))
    const past =
      '<o:requestTerminationAfter><o:terminationTime>1970-01-01T00:00:00Z</o:terminationTime></o:requestTerminationAfter>'
    await ogsi.call(handle, past)
    expect((await ogsi.value(handle, 'j:state')).local).toBe('state')
  })

  obeys(['7.3-a', '7.3-b'], () =>
    every.all(async handle => {
      const look = (element: XmlElement): void => {
        const from = attributeOf(element, OGSI, 'goodFrom')
        for (const until of ['goodUntil', 'availableUntil'])
          if (from !== undefined && attributeOf(element, OGSI, until) !== undefined)
            expect(timeIn(element, until)).toBeGreaterThanOrEqual(timeIn(element, 'goodFrom'))
        childElements(element).forEach(look)
      }
      const values = await ogsi.everything(handle)
      values.forEach(look)
      expect(values.some(one => attributeOf(one, OGSI, 'goodFrom') !== undefined)).toBe(true)
    }),
  )
})

describe('names (section 7.5)', () => {
  obeys('7.5.1-a', async () => {
    const handle = await ground.ended()
    await ogsi.call(handle, '<o:destroy/>')
    expect((await ogsi.fault(handle, queryFor(['o:interface']))).local).toBe('serviceHasTerminatedFault')
  })

  obeys(['7.5.1.1-a', '9.1-e'], () =>
    every.all(async handle => {
      const reference = await ogsi.value(handle, 'o:gridServiceReference')
      const type = attributeOf(reference, 'http://www.w3.org/2001/XMLSchema-instance', 'type') ?? ''
      expect(clark(qnameIn(reference, type))).toBe(clark(qname(OGSI, 'WSDLReferenceType')))
      const definitions = child(reference, 'definitions')
      expect(definitions.namespace).toBe(WSDL)
      const all = children(definitions, 'service')
      expect(all).toHaveLength(1)
      const [port] = children(all[0] as XmlElement, 'port')
      expect(attributeOf(child(port as XmlElement, 'address'), '', 'location')).toBe(handle)
    }),
  )

  obeys(['7.5.2-a', '7.5.2-d', '7.5.2-e', '7.5.2-f'], () =>
    every.all(async handle => {
      const handles = (await ogsi.query(handle, 'o:gridServiceHandle')).map(textOf)
      expect(handles).toEqual([handle])
      for (const one of handles) expect(new URL(one).protocol).toBe('https:')
    }),
  )

  obeys(['7.5.2-b', '7.5.2-c'], async () => {
    const gone = await ground.ended()
    await ogsi.call(gone, '<o:destroy/>')
    const others = await Promise.all(Array.from({ length: 20 }, () => ground.job()))
    expect(new Set([gone, ...others]).size).toBe(21)
    expect((await ogsi.fault(gone, queryFor(['o:gridServiceHandle']))).local).toBe('serviceHasTerminatedFault')
  })

  obeys('7.5.3-a', async () => {
    const locator = child(
      await ogsi.call(
        ground.resolver,
        `<o:findByHandle><o:handleSet><o:handle>${job}</o:handle></o:handleSet></o:findByHandle>`,
      ),
      'locator',
    )
    expect(handlesIn(locator)).toEqual([job])
    const interfaces = await ogsi.names(job, 'o:interface')
    for (const one of children(locator, 'interface')) expect(interfaces).toContain(clark(qnameIn(one)))
    const [reference] = children(locator, 'reference')
    const port = child(child(child(reference as XmlElement, 'definitions'), 'service'), 'port')
    expect(attributeOf(child(port, 'address'), '', 'location')).toBe(job)
  })
})

describe('lifetime (section 7.6)', () => {
  obeys('7.6-a', async () => {
    const handle = await ground.job(60)
    const past =
      '<o:requestTerminationBefore><o:terminationTime>2001-01-01T00:00:00Z</o:terminationTime></o:requestTerminationBefore>'
    await ogsi.call(handle, past)
    expect((await ogsi.fault(handle, queryFor(['j:state']))).local).toBe('serviceHasTerminatedFault')
  })

  obeys('7.6-b', () =>
    every.all(async handle => {
      const window = await ogsi.value(handle, 'o:terminationTime')
      expect(timeIn(window, 'after')).toBeLessThanOrEqual(timeIn(window, 'before'))
      expect(timeIn(window, 'timestamp')).toBeLessThanOrEqual(Date.now())
    }),
  )
})

describe('faults (section 7.7)', () => {
  /** Faults of every kind that can be had from a service without changing it. */
  const provoked = async (): Promise<readonly { readonly fault: XmlElement; readonly from: string }[]> => {
    const calls: readonly (readonly [string, string])[] = [
      [job, queryFor(['o:nothing'])],
      [job, '<o:findServiceData><o:queryExpression><o:other/></o:queryExpression></o:findServiceData>'],
      [job, setting('<j:state>Done</j:state>')],
      [job, setting('<j:note/>')],
      [job, deleting('j:note')],
      [job, '<o:subscribe/>'],
      [ground.factory, '<o:destroy/>'],
      [ground.factory, '<o:createService><o:creationParameters><o:other/></o:creationParameters></o:createService>'],
      [ground.resolver, '<o:findByHandle><o:handleSet/></o:findByHandle>'],
      [ground.registry, '<o:remove><o:matchExpression><o:other/></o:matchExpression></o:remove>'],
    ]
    return Promise.all(calls.map(async ([from, body]) => ({ from, fault: await ogsi.fault(from, body) })))
  }

  obeys(['7.7-a', '7.7-b', '7.7-c', '7.7-d'], async () => {
    const begun = Date.now()
    for (const { fault, from } of await provoked()) {
      expect(fault.namespace).toBe(OGSI)
      expect(handlesIn(child(fault, 'originator'))).toEqual([from])
      const [when, ...more] = children(fault, 'timestamp').map(textOf)
      expect(more).toEqual([])
      expect(Math.abs(Date.parse(when ?? '') - begun)).toBeLessThan(60_000)
      expect(textOf(child(fault, 'description')).length).toBeGreaterThan(10)
      for (const code of children(fault, 'faultcode'))
        expect(attributeOf(code, OGSI, 'faultscheme')).toMatch(/^[a-z]+:/)
    }
  })
})
