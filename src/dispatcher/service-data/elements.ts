import { wallClock } from '../../core/clock.ts'
import { clark, type QName, qname, sameName } from '../../core/qname.ts'
import { type Locator, locatorOf } from '../../ogsi/locator.ts'
import { baseContract } from '../../wsdl/base-contract.ts'
import type { Contract, ServiceDataDeclaration } from '../../wsdl/contract-model.ts'
import { lineageOf, serviceDataOf } from '../../wsdl/contract-operations.ts'
import { OGSI, serviceDataValues } from '../../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../../wsdl/serializer.ts'
import { writeOgsiWsdl } from '../../wsdl/wsdl-writer.ts'
import { writeElement } from '../../xml/write-element.ts'
import { withoutDeclaration } from '../../xml/xml-declaration.ts'
import { extendedDateTime, terminationTime } from '../termination-time.ts'
import type { Change, GridService, Values } from './grid-service.ts'

/** One service data element of a service: how it is declared, and its values as they are now, as markup. */
export interface ServiceDataElement {
  readonly declaration: ServiceDataDeclaration
  readonly values: () => Promise<readonly string[]>
  readonly change: Change | undefined
}

interface Declared {
  readonly declaration: ServiceDataDeclaration
  /** sd:staticServiceDataValues of all portTypes, each portType once (OGSI 1.0 section 6.4.1). */
  readonly fixed: readonly string[]
}

/** The service data of a Grid service: what its portTypes declare (OGSI 1.0 section 6.4). */
export function elementsOf(service: GridService): readonly ServiceDataElement[] {
  const { contract, portType, values, changes } = service
  const declared = declaredBy(contract, portType)
  const common = commonValues(service, declared)
  return declared.map(({ declaration, fixed }) => {
    const key = clark(declaration.name)
    const given = values.get(key) ?? common.get(key)
    const encode = async (): Promise<readonly string[]> =>
      given === undefined ? [] : (await given()).map(value => encodeElement(contract, declaration.name, value))
    return {
      declaration,
      values: declaration.mutability === 'static' ? async () => fixed : encode,
      change: changes.get(key),
    }
  })
}

const known = new WeakMap<Contract, Map<string, readonly Declared[]>>()

function declaredBy(contract: Contract, portType: QName): readonly Declared[] {
  const ofContract = known.get(contract) ?? new Map<string, readonly Declared[]>()
  known.set(contract, ofContract)
  const key = clark(portType)
  const made = ofContract.get(key)
  if (made !== undefined) return made
  const statics = lineageOf(contract, portType).flatMap(one => one.staticValues)
  const declared = serviceDataOf(contract, portType).map(declaration => ({
    declaration,
    fixed: statics.filter(one => sameName(one, declaration.name)).map(one => writeElement(one)),
  }))
  ofContract.set(key, declared)
  return declared
}

const ogsi = (local: string): string => clark(qname(OGSI, local))

/** What OGSI itself declares for every Grid service (OGSI 1.0 section 9.1). */
function commonValues(service: GridService, declared: readonly Declared[]): ReadonlyMap<string, Values> {
  const { contract, portType, handle, factory, lifetime } = service
  return new Map<string, Values>([
    [ogsi('interface'), () => lineageOf(contract, portType).map(one => one.name)],
    [ogsi('serviceDataName'), () => declared.map(one => one.declaration.name)],
    [ogsi('factoryLocator'), () => [factory === undefined ? null : locatorOf(factory)]],
    [ogsi('gridServiceHandle'), () => [handle]],
    [ogsi('gridServiceReference'), () => [referenceOf(service)]],
    [ogsi('terminationTime'), () => [terminationTime(lifetime)]],
  ])
}

/** A reference in the form of WSDL with one service (OGSI 1.0 section 7.5.1.1). It is good as long as the service is. */
export function referenceOf({ contract, portType, handle, lifetime }: GridService): object {
  const now = wallClock()
  const definitions = writeOgsiWsdl(contract, { portType, address: handle, soap: '1.1' })
  return {
    '@type': qname(OGSI, 'WSDLReferenceType'),
    goodFrom: extendedDateTime(now),
    goodUntil: extendedDateTime(Math.max(lifetime.before, now)),
    any: new EncodedContent(withoutDeclaration(definitions)),
  }
}

/** Where a Grid service is, with what is needed to call it. */
export const locatorFor = (service: GridService): Locator => ({
  handle: [service.handle],
  reference: [referenceOf(service)],
  interface: lineageOf(service.contract, service.portType).map(one => one.name),
})

/** sd:serviceDataValues with these values, each markup that is complete in itself (OGSI 1.0 section 6.3). */
export const serviceDataMarkup = (values: readonly string[]): string =>
  encodeElement(baseContract, serviceDataValues, { any: values.map(markup => new EncodedContent(markup)) })

/** Finds one element by name: what clients ask for without a namespace is OGSI's own, or else any of that name. */
export const findElement = (elements: readonly ServiceDataElement[], name: QName): ServiceDataElement | undefined =>
  elements.find(({ declaration }) => sameName(declaration.name, name)) ??
  (name.namespace === '' ? elements.find(({ declaration }) => declaration.name.local === name.local) : undefined)
