import { GridwrapError, toFault } from '../../core/errors.ts'
import { clark, type QName, sameName } from '../../core/qname.ts'
import type { Contract, ServiceDataDeclaration } from '../../wsdl/contract-model.ts'
import { decodeElement } from '../../wsdl/decoder.ts'
import type { XmlElement } from '../../xml/tree.ts'
import { findElement, type ServiceDataElement } from './elements.ts'

/** What is to become of one service data element: new values, or none at all. */
export interface Update {
  readonly name: QName
  readonly element: ServiceDataElement
  readonly change: 'set' | 'delete'
  readonly given: readonly XmlElement[]
}

/** setByServiceDataNames (OGSI 1.0 section 9.2.2.1): the values stand under the names of their elements. */
export function updatesIn(given: readonly XmlElement[], elements: readonly ServiceDataElement[]): readonly Update[] {
  const updates = new Map<string, Update & { readonly given: XmlElement[] }>()
  for (const value of given) {
    const element = elementNamed(elements, value)
    const { name } = element.declaration
    const update = updates.get(clark(name)) ?? { name, element, change: 'set', given: [] }
    update.given.push(value)
    updates.set(clark(name), update)
  }
  return [...updates.values()]
}

/** deleteByServiceDataNames (OGSI 1.0 section 9.2.2.2): each once, however often it is named. */
export const deletionsOf = (names: readonly QName[], elements: readonly ServiceDataElement[]): readonly Update[] =>
  [...new Set(names.map(name => elementNamed(elements, name)))].map(element => ({
    ...{ name: element.declaration.name, element, given: [] },
    change: 'delete',
  }))

function elementNamed(elements: readonly ServiceDataElement[], { namespace, local }: QName): ServiceDataElement {
  const element = findElement(elements, { namespace, local })
  if (element !== undefined) return element
  const modifiable = elements.filter(one => one.change !== undefined).map(one => clark(one.declaration.name))
  throw new GridwrapError(
    'extensibility-type',
    `There is no service data element ${clark({ namespace, local })} here.`,
    {
      hint: `Those that can be changed: ${modifiable.join(', ') || 'none'}.`,
    },
  )
}

/**
 * Carries updates out one after the other, as many as can be. Each one either holds whole or not at all. Of one alone the
 * fault says what is wrong; of several a partial failure names those that did not hold, with a cause each.
 */
export async function carryOut(updates: readonly Update[], contract: Contract, by: string): Promise<void> {
  const failed: { readonly name: QName; readonly fault: GridwrapError }[] = []
  for (const update of updates)
    try {
      await carryOutOne(update, contract, by)
    } catch (error) {
      const fault = toFault(error)
      // What should not happen is told, and written down, as such.
      if (fault.code === 'internal') throw error
      failed.push({ name: update.name, fault })
    }
  const [first] = failed
  if (first === undefined) return
  if (updates.length === 1) throw first.fault
  const causes = failed.map(one => one.fault)
  throw new GridwrapError(
    'partial-failure',
    `Of ${updates.length} service data elements ${failed.length} were not changed: ${failed.map(one => one.name.local).join(', ')}.`,
    {
      hint: causes
        .map(one => one.message)
        .join(' ')
        .slice(0, 1000),
      detail: { causes, ogsi: { failedServiceData: { name: failed.map(one => one.name) } } },
    },
  )
}

async function carryOutOne({ element, change, given }: Update, contract: Contract, by: string): Promise<void> {
  const { declaration } = element
  const { name, mutability, modifiable, min, max } = declaration
  if (!modifiable || element.change === undefined)
    throw new GridwrapError('modifiability-violation', `${name.local} cannot be changed by a client.`, {
      hint: 'Operations change what an instance does; requestTerminationBefore, requestTerminationAfter and extend its lifetime.',
    })
  if (mutability === 'static' || mutability === 'constant' || (mutability === 'extendable' && change === 'delete'))
    throw new GridwrapError(
      'mutability-violation',
      `${name.local} is ${mutability}: ${mutability === 'extendable' ? 'values can be added to it, and not taken away' : 'its values stay what they are'}.`,
    )
  if (given.length > max) throw cardinality(declaration, given.length)
  const values = given.map(one => decodeValue(one, declaration, contract))
  const before = mutability === 'extendable' ? (await element.values()).length : 0
  const count = before + values.length
  if (count < min || count > max) throw cardinality(declaration, count)
  await element.change(values, by)
}

const cardinality = ({ name, min, max }: ServiceDataDeclaration, count: number): GridwrapError =>
  new GridwrapError(
    'cardinality-violation',
    `${name.local} would have ${count} value${count === 1 ? '' : 's'}, and takes ${max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`}.`,
  )

function decodeValue(given: XmlElement, { name }: ServiceDataDeclaration, contract: Contract): unknown {
  // Without a namespace it is taken for the element of this name, as in queries.
  const element = sameName(given, name) ? given : { ...given, ...name }
  const { value, problems } = decodeElement<unknown>(contract, element)
  const [problem] = problems
  if (problem === undefined) return value
  throw new GridwrapError('type-violation', `${name.local}: ${problem.rule}.`, { detail: { problem: problems } })
}
