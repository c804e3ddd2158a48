import { clark } from '../core/qname.ts'
import { ContractError } from './contract-error.ts'
import type { Contract } from './contract-model.ts'
import { type Compiled, libraryOf, type Shape } from './type-library.ts'

/**
 * That everything a contract refers to exists and is within the subset, so that no call finds out later. Throws
 * {@link ContractError}.
 */
export function requireResolved(contract: Contract): void {
  const library = libraryOf(contract)
  const visited = new Set<Shape>()
  const visit = (type: Compiled): void => {
    if (type.kind !== 'complex' || visited.has(type.shape)) return
    visited.add(type.shape)
    for (const slot of type.shape.slots.values()) visit(slot.type())
    for (const shape of type.shape.derived().values()) visit({ kind: 'complex', shape })
  }
  for (const element of library.elements()) visit(element.type())
  for (const { name, operations } of contract.portTypes)
    for (const operation of operations)
      for (const element of [
        operation.input,
        ...(operation.output === undefined ? [] : [operation.output]),
        ...operation.faults.map(fault => fault.element),
      ])
        if (library.element(element) === undefined)
          throw new ContractError(
            `The operation ${operation.name} of ${name.local} needs the element ${clark(element)}, which is not defined`,
          )
}
