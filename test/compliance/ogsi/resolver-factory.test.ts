import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clark, qname } from '../../../src/core/qname.ts'
import { applicationNamespace, OGSI } from '../../../src/wsdl/names.ts'
import { textOf } from '../../../src/xml/tree.ts'
import { writeElement } from '../../../src/xml/write-element.ts'
import { obeys } from './obeys.ts'
import { child, children, handlesIn, type OgsiClient, qnameIn, queryFor, timeIn } from './ogsi-client.ts'
import { OgsiGround } from './ogsi-ground.ts'

// Sections 10 and 12: handle resolver and factory.

let ground: OgsiGround
let ogsi: OgsiClient
beforeAll(async () => {
  ground = await OgsiGround.start()
  ogsi = ground.ogsi
})
afterAll(() => ground[Symbol.asyncDispose]())

const find = (handles: readonly string[], excluded = ''): string =>
  `<o:findByHandle><o:handleSet>${handles.map(one => `<o:handle>${one}</o:handle>`).join('')}</o:handleSet>${excluded}</o:findByHandle>`

describe('the handle resolver (section 10)', () => {
  obeys('10.2.1-a', async () => {
    const job = await ground.job()
    const excluded = `<o:gsrExclusionSet><o:handle>${job}</o:handle></o:gsrExclusionSet>`
    const locator = child(await ogsi.call(ground.resolver, find([job], excluded)), 'locator')
    expect(children(locator, 'reference')).toHaveLength(1)
  })

  obeys('10.2.1-b', async () => {
    const job = await ground.job()
    const locator = child(await ogsi.call(ground.resolver, find([job, job])), 'locator')
    expect(handlesIn(locator)).toEqual([job])
    // What an alias of the container makes of it is told as well (gridwrap.yaml: aliases).
    expect(children(locator, 'reference')).toHaveLength(1)
  })

  test('finds services, the registry, its entries, and itself', async () => {
    for (const handle of [ground.factory, ground.registry, ground.resolver, `${ground.registry}/services/waiting`])
      expect(handlesIn(child(await ogsi.call(ground.resolver, find([handle])), 'locator'))).toEqual([handle])
  })

  test('has no reference besides the one that the caller does not want', async () => {
    const job = await ground.job()
    const reference = child(child(await ogsi.call(ground.resolver, find([job])), 'locator'), 'reference')
    const excluded = `<o:gsrExclusionSet>${writeElement(reference)}</o:gsrExclusionSet>`
    const fault = await ogsi.fault(ground.resolver, find([job], excluded))
    expect(fault.local).toBe('noAdditionalReferencesAvailableFault')
  })

  test('tells what never was from what has ended, and what is not seen never was', async () => {
    const never = `${ground.site.url}/instances/${'a'.repeat(26)}`
    expect((await ogsi.fault(ground.resolver, find([never]))).local).toBe('noSuchServiceStartedFault')
    const job = await ground.job()
    const mallory = await ground.site.user('Mallory')
    using connection = ground.site.connect(mallory)
    const { OgsiClient: Client } = await import('./ogsi-client.ts')
    expect((await new Client(connection).fault(ground.resolver, find([job]))).local).toBe('noSuchServiceStartedFault')
    await ogsi.call(job, '<o:destroy/>')
    expect((await ogsi.fault(ground.resolver, find([job]))).local).toBe('serviceHasTerminatedFault')
    expect((await new Client(connection).fault(ground.resolver, find([job]))).local).toBe('noSuchServiceStartedFault')
  })

  test('names the resolver of another container, and refuses what is no handle', async () => {
    const other = `https://grid.example.org:9443/instances/${'a'.repeat(26)}`
    const redirection = await ogsi.fault(ground.resolver, find([other]))
    expect(redirection.local).toBe('redirectionFault')
    expect(handlesIn(child(redirection, 'locator'))).toEqual(['https://grid.example.org:9443/resolver'])
    for (const handle of ['urn:uuid:1', 'http://localhost/instances/x', 'https://example.org/', `${ground.registry}?x`])
      expect((await ogsi.fault(ground.resolver, find([handle]))).local, handle).toBe('invalidHandleFault')
    expect((await ogsi.fault(ground.resolver, find([]))).local).toBe('invalidHandleFault')
    const two = find([ground.factory, ground.registry])
    expect((await ogsi.fault(ground.resolver, two)).local).toBe('invalidHandleFault')
    expect((await ogsi.query(ground.resolver, 'o:handleResolverScheme')).map(textOf)).toEqual(['https'])
  })
})

describe('the factory (section 12)', () => {
  obeys('12.2.1-b', async () => {
    const begun = Date.now()
    const answer = await ogsi.call(ground.factory, '<o:createService/>')
    const window = child(answer, 'currentTerminationTime')
    expect(timeIn(window, 'timestamp')).toBeGreaterThanOrEqual(begun - 1)
    expect(timeIn(window, 'timestamp')).toBeLessThanOrEqual(Date.now())
    const [handle = ''] = handlesIn(child(answer, 'locator'))
    expect(await ogsi.names(handle, 'o:interface')).toContain(clark(qname(OGSI, 'NotificationSource')))
  })

  test('says what it takes, and what it makes of it', async () => {
    const value = await ogsi.value(ground.factory, 'o:createServiceExtensibility')
    const namespace = applicationNamespace('waiting')
    expect(clark(qnameIn(child(value, 'createsInterface')))).toBe(clark(qname(namespace, 'WaitingJobPortType')))
    const window = '<o:terminationTime o:before="2001-01-01T00:00:00Z" o:after="2002-01-01T00:00:00Z"/>'
    const fault = await ogsi.fault(ground.factory, `<o:createService>${window}</o:createService>`)
    expect(fault.local).toBe('extensibilityTypeFault')
  })

  test('makes nothing for who is not let in', async () => {
    expect((await ogsi.query(ground.factory, 'o:interface')).length).toBeGreaterThan(1)
    const stranger = await ground.site.user('Stranger', { listed: false })
    using connection = ground.site.connect(stranger)
    const { OgsiClient: Client } = await import('./ogsi-client.ts')
    await expect(new Client(connection).call(ground.resolver, queryFor(['o:interface']))).rejects.toThrow()
  })
})
