import { z } from 'zod'
import type { Contract } from '../wsdl/contract-model.ts'
import type { FieldDescription, HostedDefinition } from './definition.ts'
import { hostedContract, hostedNames } from './hosted-contract.ts'

/** A class that is offered, checked, with its contract. */
export interface HostedService extends HostedDefinition {
  readonly instances: 'one' | 'many'
  readonly idleSeconds: number
  readonly contract: Contract
}

/** What is wrong with a definition, for whoever wrote it. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
}

/** Names that are a method of every object in some language that stubs are made for, or an operation that is there already. */
const taken: ReadonlySet<string> = new Set(
  [
    ...[
      'wait',
      'notify',
      'notifyAll',
      'getClass',
      'hashCode',
      'equals',
      'toString',
      'clone',
      'finalize',
      'constructor',
    ],
    ...['create', 'destroy', 'createService', 'findServiceData', 'setServiceData'],
    ...['requestTerminationAfter', 'requestTerminationBefore', 'subscribe'],
    ...['preCreate', 'postCreate', 'activate', 'deactivate', 'preDestroy'],
  ].map(name => name.toLowerCase()),
)

const serviceName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be of small letters, digits and hyphens')
const portTypeName = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must begin with a capital, and be of letters and digits')
const memberName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be of letters, digits and underscores')
const operationName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, 'must begin with a small letter, and be of letters and digits')
  .refine(name => !taken.has(name.toLowerCase()), 'is the name of something that every service or object has')

const type = z.enum(['string', 'integer', 'number', 'boolean', 'dateTime', 'bytes'])
const text = z
  .string()
  .regex(
    /^(?:string|integer|number|boolean|dateTime|bytes)[?*]?$/,
    'is no type: string, integer, number, boolean, dateTime or bytes, with ? or * behind it',
  )
const description: z.ZodType<FieldDescription> = z
  .strictObject({
    type: type.optional(),
    values: z.array(z.string()).min(1).optional(),
    fields: z.lazy(() => fields).optional(),
    optional: z.boolean().optional(),
    list: z.boolean().optional(),
    documentation: z.string().optional(),
  })
  .refine(
    one => [one.type, one.values, one.fields].filter(part => part !== undefined).length === 1,
    'needs one of type, values and fields',
  ) as z.ZodType<FieldDescription>
const field = z.union([text, description])
const fields = z.record(memberName, field).refine(distinct, 'has names that differ in capitals only')

const operation = z.strictObject({
  documentation: z.string().optional(),
  takes: fields.optional(),
  gives: field.optional(),
  reads: z.boolean().optional(),
  repeatable: z.boolean().optional(),
})
const data = z.union([
  field,
  z.strictObject({ type: field, modifiable: z.boolean().optional(), documentation: z.string().optional() }),
])
const portType = z.strictObject({
  name: portTypeName,
  documentation: z.string().optional(),
  operations: z.record(operationName, operation),
  serviceData: z.record(memberName, data).optional(),
})
const definition = z.strictObject({
  name: serviceName,
  title: z.string().min(1),
  description: z.string().optional(),
  version: z.string().optional(),
  instances: z.enum(['one', 'many']).optional(),
  creation: fields.optional(),
  portTypes: z.array(portType).min(1),
  service: z.custom<HostedDefinition['service']>(one => typeof one === 'function', 'must be a class'),
  idleSeconds: z.number().positive().max(86_400).optional(),
})

/**
 * Checks a definition, and makes its contract: the default export of a module that `hosted:` of a configuration names.
 * Throws {@link DefinitionError} with everything that is wrong.
 */
export function registerService(given: HostedDefinition): HostedService {
  const checked = definition.safeParse(given)
  if (!checked.success) throw new DefinitionError(checked.error.issues.map(sentence).join('\n'))
  const problems = problemsOf(given)
  if (problems.length > 0) throw new DefinitionError(problems.join('\n'))
  return Object.freeze({
    ...given,
    instances: given.instances ?? 'one',
    idleSeconds: given.idleSeconds ?? 300,
    contract: hostedContract(given),
  })
}

/** What zod found, with its place. */
function sentence(issue: z.core.$ZodIssue): string {
  const { path } = issue
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined
  return `${path.map(String).join('.') || 'the definition'}: ${message ?? issue.message}`
}

function distinct(record: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(record)
  return new Set(names.map(name => name.toLowerCase())).size === names.length
}

function problemsOf({ name: own, portTypes, service, instances, creation }: HostedDefinition): readonly string[] {
  const names = hostedNames(own)
  const made = [names.portType.local, names.factory.local, names.service].map(name => name.toLowerCase())
  const operations = portTypes.flatMap(one => Object.keys(one.operations))
  const values = portTypes.flatMap(one => Object.keys(one.serviceData ?? {}))
  const methods = service.prototype as Readonly<Record<string, unknown>>
  return [
    ...repeated(portTypes.map(one => one.name)).map(name => `portTypes: ${name} is there twice`),
    ...repeated(operations).map(name => `portTypes: the operation ${name} is there twice`),
    ...repeated(values).map(name => `portTypes: the service data ${name} is there twice`),
    ...operations
      .filter(name => typeof methods[name] !== 'function')
      .map(name => `service: the class has no method ${name}`),
    ...portTypes
      .filter(({ name }) => made.includes(name.toLowerCase()))
      .map(({ name }) => `portTypes: ${name} is what the service is called by itself`),
    ...(creation !== undefined && instances !== 'many' ? ['creation: only factories are asked (instances: many)'] : []),
  ]
}

/** Stub generators tell names apart without their case. */
const repeated = (names: readonly string[]): readonly string[] =>
  names.filter((name, index) => names.findIndex(one => one.toLowerCase() === name.toLowerCase()) < index)
