import { clark, type QName, sameName } from '../core/qname.ts'
import type { Contract, Operation, PortType, ServiceDataDeclaration } from './contract-model.ts'

/** A portType and all it extends, parents first, each once. Throws an Error when one does not exist. */
export function lineageOf(contract: Contract, name: QName): PortType[] {
  const found = new Map<string, PortType>()
  const open = new Set<string>()
  const visit = (one: QName): void => {
    const key = clark(one)
    if (found.has(key) || open.has(key)) return
    const portType = contract.portTypes.find(candidate => sameName(candidate.name, one))
    if (portType === undefined) throw new Error(`the contract ${contract.name} has no portType ${key}`)
    open.add(key)
    portType.extends.forEach(visit)
    found.set(key, portType)
  }
  visit(name)
  return [...found.values()]
}

/** All operations of a portType, inherited ones first (OGSI 1.0 section 5.2). */
export const operationsOf = (contract: Contract, portType: QName): Operation[] =>
  lineageOf(contract, portType).flatMap(one => one.operations)

/** All service data declarations of a portType, inherited ones first. */
export const serviceDataOf = (contract: Contract, portType: QName): ServiceDataDeclaration[] =>
  lineageOf(contract, portType).flatMap(one => one.serviceData)

/** The operation of a portType that a request element names; undefined when there is none. */
export const operationFor = (contract: Contract, portType: QName, request: QName): Operation | undefined =>
  operationsOf(contract, portType).find(operation => sameName(operation.input, request))
