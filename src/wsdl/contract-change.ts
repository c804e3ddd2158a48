import { clark, sameName } from '../core/qname.ts'
import type { Contract, Operation } from './contract-model.ts'
import { operationsOf } from './contract-operations.ts'
import { SchemaDefinitions } from './schema-definitions.ts'
import { TypeChanges } from './type-change.ts'

/**
 * What callers of a service would stumble over if it went from one contract to the other: a line each, with the operations
 * it touches in parentheses; none when every call that was good stays good and every answer is one that was possible
 * before. What is new and optional breaks nobody, and neither does the order of inputs, which are taken in any.
 */
export function breakingChanges(before: Contract, after: Contract): string[] {
  const changes = new Map<string, Set<string>>()
  const note = (change: string, operation: string): void => {
    changes.set(change, (changes.get(change) ?? new Set()).add(operation))
  }
  const old = new SchemaDefinitions(before)
  const definitions = new SchemaDefinitions(after)
  const compared = new Set<string>()
  for (const { name } of before.portTypes) {
    const offered = after.portTypes.some(one => sameName(one.name, name)) ? operationsOf(after, name) : []
    for (const operation of operationsOf(before, name)) {
      const now = offered.find(one => one.name === operation.name && sameName(one.input, operation.input))
      const key = `${clark(operation.input)}${now === undefined ? ` ${clark(name)}` : ''}`
      // A portType inherits most of its operations, so most are met more than once.
      if (compared.has(key)) continue
      compared.add(key)
      if (now === undefined) note(`the operation ${operation.name} is gone from ${name.local}`, '')
      else for (const change of messageChanges(old, definitions, operation, now)) note(change, operation.name)
    }
  }
  return [...changes].map(([change, operations]) => {
    const names = [...operations].filter(name => name !== '').join(', ')
    return names === '' ? change : `${change} (${names})`
  })
}

function messageChanges(before: SchemaDefinitions, after: SchemaDefinitions, was: Operation, is: Operation): string[] {
  const requests = new TypeChanges(before, after, 'input').ofElements(was.input, is.input)
  if (was.output === undefined && is.output === undefined) return requests
  if (was.output === undefined || is.output === undefined || !sameName(was.output, is.output))
    return [...requests, 'the answer is another message']
  return [...requests, ...new TypeChanges(before, after, 'output').ofElements(was.output, is.output)]
}
