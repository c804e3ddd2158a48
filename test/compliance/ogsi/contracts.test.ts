import { describe, expect } from 'vitest'
import { clark, type QName, qname } from '../../../src/core/qname.ts'
import { baseContract, gridContract } from '../../../src/wsdl/base-contract.ts'
import type { PortType } from '../../../src/wsdl/contract-model.ts'
import { lineageOf, operationsOf, serviceDataOf } from '../../../src/wsdl/contract-operations.ts'
import { OGSI } from '../../../src/wsdl/names.ts'
import { libraryOf } from '../../../src/wsdl/type-library.ts'
import { attributeOf, textOf } from '../../../src/xml/tree.ts'
import { obeys } from './obeys.ts'

// What the sentences for designers demand of the contracts that ship: wsdl/*.gwsdl.

const contracts = [baseContract, gridContract]
const portTypes = contracts.flatMap(({ portTypes }) => portTypes)
const everywhere = (check: (portType: PortType, contract: (typeof contracts)[number]) => void): void => {
  for (const contract of contracts) for (const portType of contract.portTypes) check(portType, contract)
}
const declared = (contract: (typeof contracts)[number], { name }: PortType) => serviceDataOf(contract, name)

describe('the contracts that ship', () => {
  obeys('5-a', () => everywhere(({ name }, contract) => expect(lineageOf(contract, name).at(-1)?.name).toEqual(name)))

  obeys('5-b', () =>
    everywhere(({ name }, contract) => {
      const byName = new Map<string, object>()
      for (const operation of operationsOf(contract, name)) {
        const key = `${operation.input.namespace} ${operation.name}`
        expect(byName.get(key) ?? operation).toBe(operation)
        byName.set(key, operation)
      }
    }),
  )

  obeys('6.2.1-a', () => {
    for (const contract of contracts) {
      const elements = new Set(
        contract.schemas.flatMap(({ namespace, components }) =>
          components.filter(one => one.kind === 'element').map(one => clark(qname(namespace, one.name))),
        ),
      )
      const names = contract.portTypes.flatMap(one => one.serviceData.map(({ name }) => clark(name)))
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(elements).not.toContain(name)
    }
  })

  obeys('6.3.1-a', () =>
    everywhere((portType, contract) => {
      const all = declared(contract, portType)
      for (const value of portType.staticValues)
        expect(all.find(({ name }) => clark(name) === clark(value))?.mutability).toBe('static')
    }),
  )

  obeys('6.4.1-a', () =>
    everywhere((portType, contract) => {
      const statics = lineageOf(contract, portType.name).flatMap(one => one.staticValues)
      for (const { name, min, max } of declared(contract, portType).filter(one => one.mutability === 'static')) {
        // OGSI's Factory alone is abstract: what it takes is for the application to say.
        if (portType.name.local === 'Factory') continue
        const count = statics.filter(value => clark(value) === clark(name)).length
        expect(count, name.local).toBeGreaterThanOrEqual(min)
        expect(count, name.local).toBeLessThanOrEqual(max)
      }
    }),
  )

  obeys('7.7-e', () => {
    // Those that OGSI names for an operation are the ones that its contract lists.
    const faults = (operation: string): readonly string[] =>
      portTypes
        .flatMap(one => one.operations)
        .find(one => one.input.namespace === OGSI && one.name === operation)
        ?.faults.map(({ element }) => element.local) ?? []
    expect(faults('findByHandle')).toContain('serviceHasTerminatedFault')
    expect(faults('setServiceData')).toContain('partialFailureFault')
    expect(faults('add')).toContain('addRefusedFault')
    expect(faults('remove')).toContain('matchFailedFault')
  })

  obeys('7.7-f', () => {
    const slips = new Map([
      ['CadinalityViolationFault', 'cardinalityViolationFault'],
      ['ModifabilityViolationFault', 'modifiabilityViolationFault'],
    ])
    for (const { name, element } of portTypes.flatMap(one => one.operations).flatMap(one => one.faults)) {
      if (element.namespace !== OGSI) continue
      // The standard's own file writes them with a capital, and two of them wrongly; clients know them so.
      expect(slips.get(name) ?? `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`).toBe(element.local)
    }
  })

  obeys('7.7-g', () => {
    for (const { name, output, faults, input } of portTypes.flatMap(one => one.operations))
      if (input.namespace === OGSI && output !== undefined)
        expect(
          faults.map(({ element }) => element.local),
          name,
        ).toContain('fault')
  })

  obeys('7.8-a', () => {
    for (const contract of contracts)
      for (const value of contract.portTypes.flatMap(one => one.staticValues)) {
        const text = attributeOf(value, OGSI, 'inputElement') ?? ''
        const [prefix = '', local = ''] = text.split(':')
        const name: QName = qname(value.prefixes.get(prefix) ?? '', local)
        // OGSI itself names a type for the content of an entry.
        if (local !== 'EntryContentType') expect(libraryOf(contract).element(name), text).toBeDefined()
      }
  })

  obeys('12-a', () => {
    expect(lineageOf(baseContract, qname(OGSI, 'Factory')).map(one => one.name.local)).toContain('GridService')
  })

  obeys('13.3.1-c', () => {
    const registration = portTypes.find(({ name }) => name.local === 'ServiceGroupRegistration')
    const values = registration?.staticValues.filter(({ local }) => local === 'removeExtensibility') ?? []
    expect(values.map(value => attributeOf(value, OGSI, 'inputElement'))).toEqual(['ogsi:matchByLocatorEquivalence'])
    expect(values.map(textOf)).toEqual([''])
  })
})
