import type { Application, SessionOperation } from '../application/model.ts'
import { qname } from '../core/qname.ts'
import type { Operation } from './contract-model.ts'
import { contractNames, pascalCase } from './contract-names.ts'
import { operation, sequence, wrapper } from './contract-parts.ts'
import { element, inputElement, inputType, outputElement } from './input-elements.ts'
import type { Component } from './schema-model.ts'

/** The types and elements of the typed calls of a session. */
export const sessionComponents = (application: Application): Component[] =>
  (application.operations ?? []).flatMap(one => componentsOf(application.name, one))

function componentsOf(name: string, { name: called, application }: SessionOperation): Component[] {
  const { namespace } = contractNames(name)
  const own = (local: string) => qname(namespace, local)
  // Inputs of two calls may share their name, and not their bounds; nor is any of these called as what a job itself has.
  const typeName = (input: string) => own(`${pascalCase(called)}${pascalCase(input)}Given`)
  const results = own(`${pascalCase(called)}Returned`)
  const types: Component[] = application.inputs.flatMap(input => {
    const type = inputType(input)
    return type === undefined ? [] : [{ kind: 'type', name: typeName(input.name).local, type }]
  })
  return [
    ...types,
    wrapper(called, sequence(application.inputs.map(input => inputElement(input, typeName(input.name))))),
    { kind: 'type', name: results.local, type: sequence(application.outputs.map(outputElement)) },
    wrapper(`${called}Response`, sequence([element('results', results)])),
  ]
}

/** The typed calls of a session. */
export const sessionOperations = (application: Application): Operation[] =>
  (application.operations ?? []).map(({ name, application: { title, description } }) =>
    operation(
      qname(contractNames(application.name).namespace, name),
      [title, description].filter(part => part !== undefined && part !== '').join('. '),
      ['InvalidInput', 'JobFailed', 'NotReady', 'NotFound', 'Denied', 'Busy'],
    ),
  )
