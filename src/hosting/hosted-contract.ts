import { type QName, qname } from '../core/qname.ts'
import {
  gridPortTypes,
  gridSchema,
  jobSchema,
  ogsiPortTypes,
  ogsiSchema,
  serviceDataSchema,
} from '../wsdl/base-contract.ts'
import type { Contract, Operation, PortType, ServiceDataDeclaration } from '../wsdl/contract-model.ts'
import { pascalCase } from '../wsdl/contract-names.ts'
import { operation, portType, sequence, wrapper } from '../wsdl/contract-parts.ts'
import { GRID, OGSI, XSD } from '../wsdl/names.ts'
import type { Component, ElementParticle, RestrictionType, Schema, TypeUse } from '../wsdl/schema-model.ts'
import type { XmlElement } from '../xml/tree.ts'
import type { Field, FieldDescription, Fields, FieldType, HostedData, HostedDefinition } from './definition.ts'

/** The names that the contract of a hosted class is made of. */
export function hostedNames(name: string) {
  const namespace = `urn:gridwrap:code:${name}`
  const own = (local: string): QName => qname(namespace, local)
  const pascal = pascalCase(name)
  return {
    namespace,
    own,
    service: `${pascal}Service`,
    portType: own(`${pascal}PortType`),
    factory: own(`${pascal}FactoryPortType`),
    create: own('create'),
  }
}

const xsd: Readonly<Record<FieldType, QName>> = {
  string: qname(XSD, 'string'),
  integer: qname(XSD, 'long'),
  number: qname(XSD, 'double'),
  boolean: qname(XSD, 'boolean'),
  dateTime: qname(XSD, 'dateTime'),
  bytes: qname(XSD, 'base64Binary'),
}

/**
 * The contract of a hosted class: its portTypes, one that extends them all, and for a factory one that creates; each is a
 * GridService. An answer has one member, `result`.
 */
export function hostedContract(definition: HostedDefinition): Contract {
  const names = hostedNames(definition.name)
  const many = definition.instances === 'many'
  return {
    name: definition.name,
    namespace: names.namespace,
    documentation: [definition.title, definition.description].filter(part => part !== undefined).join(' '),
    schemas: [jobSchema, schemaOf(definition, many), gridSchema, ogsiSchema, serviceDataSchema],
    portTypes: [
      ...ownPortTypes(definition),
      ...(many ? [factoryOf(definition)] : []),
      ...gridPortTypes,
      ...ogsiPortTypes,
    ],
  }
}

function ownPortTypes(definition: HostedDefinition): readonly PortType[] {
  const names = hostedNames(definition.name)
  const own = definition.portTypes.map(one => ({
    ...portType(
      names.own(one.name),
      [qname(OGSI, 'GridService')],
      Object.entries(one.operations).map(([name, { documentation = '' }]) => typed(names.own(name), documentation)),
      [],
      Object.entries(one.serviceData ?? {}).map(([name, value]) => declaration(names.own(name), describeData(value))),
    ),
    documentation: one.documentation,
  }))
  return [...own, portType(names.portType, [...own.map(one => one.name), qname(GRID, 'Queryable')], [])]
}

const typed = (request: QName, documentation: string): Operation =>
  operation(request, documentation, ['BadRequest', 'NotFound', 'Denied', 'Busy', 'CredentialProblem'])

function factoryOf({ name, title }: HostedDefinition): PortType {
  const names = hostedNames(name)
  return portType(
    names.factory,
    [qname(OGSI, 'Factory'), qname(GRID, 'Queryable')],
    [typed(names.create, `Creates one of its own for the caller: ${title}. Answers its handle, which is its address.`)],
    [creates(names)],
  )
}

/** What createService takes, and what it makes (OGSI 1.0 section 12.1). */
function creates({ namespace, portType: made, create }: ReturnType<typeof hostedNames>): XmlElement {
  const prefixes = new Map([
    ['ogsi', OGSI],
    ['c', namespace],
  ])
  const common = { prefixes, streamed: undefined }
  return {
    ...{ ...qname(OGSI, 'createServiceExtensibility'), ...common },
    attributes: [{ ...qname(OGSI, 'inputElement'), value: `c:${create.local}` }],
    children: [{ ...qname(OGSI, 'createsInterface'), ...common, attributes: [], children: [`c:${made.local}`] }],
  }
}

function schemaOf(definition: HostedDefinition, many: boolean): Schema {
  const { namespace, own } = hostedNames(definition.name)
  const operations = definition.portTypes.flatMap(one => Object.entries(one.operations))
  const values = definition.portTypes.flatMap(one => Object.entries(one.serviceData ?? {}))
  const making = new SchemaMaking(own)
  // First: declarations call their types by these names.
  const data = values.map(([name, value]) => making.value(name, describeData(value)))
  const components = [
    ...operations.flatMap(([name, { takes = {}, gives }]) => [
      wrapper(name, sequence(making.members(takes, pascalCase(name)))),
      wrapper(
        `${name}Response`,
        sequence(gives === undefined ? [] : making.members({ result: gives }, pascalCase(name))),
      ),
    ]),
    ...(many
      ? [
          wrapper('create', sequence(making.members(definition.creation ?? {}, 'Create'))),
          wrapper('createResponse', sequence(making.members({ handle: 'string' }, 'Create'))),
        ]
      : []),
    ...data,
  ]
  return {
    ...{ namespace, documentation: undefined, elementsQualified: true, attributesQualified: false },
    imports: [],
    components: [...making.types, ...components],
  }
}

/** Structures and choices get a name of their own, after where they are used. */
class SchemaMaking {
  readonly types: Component[] = []
  readonly #names = new Set<string>()
  readonly #own: (local: string) => QName

  constructor(own: (local: string) => QName) {
    this.#own = own
  }

  members(fields: Fields, within: string): readonly ElementParticle[] {
    return Object.entries(fields).map(([name, given]) => {
      const field = describe(given)
      return {
        ...{ kind: 'element', ref: undefined, name, nillable: false, documentation: field.documentation },
        type: this.#type(field, `${within}${pascalCase(name)}`),
        min: field.optional === true || field.list === true ? 0 : 1,
        max: field.list === true ? Number.POSITIVE_INFINITY : 1,
      }
    })
  }

  /** The element of a service data value. */
  value(name: string, { type, documentation }: DescribedData): Component {
    const use = this.#type(type, `${pascalCase(name)}Data`)
    return { kind: 'element', name, type: use, nillable: false, documentation }
  }

  #type({ type, values, fields }: FieldDescription, name: string): TypeUse {
    if (type !== undefined) return xsd[type]
    const made: Component = {
      kind: 'type',
      name: this.#free(`${name}Type`),
      type: fields === undefined ? choice(values ?? []) : sequence(this.members(fields, name)),
    }
    this.types.push(made)
    return this.#own(made.name)
  }

  /** Two places may come to one name: the second has a number. */
  #free(name: string): string {
    let free = name
    for (let n = 2; this.#names.has(free.toLowerCase()); n++) free = `${name}${n}`
    this.#names.add(free.toLowerCase())
    return free
  }
}

const choice = (values: readonly string[]): RestrictionType => ({
  ...{ kind: 'restriction', base: xsd.string, documentation: undefined },
  facets: { enumeration: values },
})

/** `integer*` → a list of integers. */
export function describe(field: Field): FieldDescription {
  if (typeof field !== 'string') return field
  const type = field.replace(/[?*]$/, '') as FieldType
  return { type, ...(field.endsWith('?') ? { optional: true } : {}), ...(field.endsWith('*') ? { list: true } : {}) }
}

interface DescribedData {
  readonly type: FieldDescription
  readonly modifiable: boolean
  readonly documentation: string | undefined
}

export function describeData(given: HostedData | Field): DescribedData {
  // A field that says no more than its type means the same either way.
  const isData = typeof given === 'object' && 'type' in given && !('list' in given) && !('optional' in given)
  const data: HostedData = isData ? (given as HostedData) : { type: given as Field }
  const type = describe(data.type)
  return { type, modifiable: data.modifiable ?? false, documentation: data.documentation ?? type.documentation }
}

function declaration(name: QName, { type, modifiable, documentation }: DescribedData): ServiceDataDeclaration {
  return {
    ...{ name, documentation, modifiable, nillable: false, mutability: 'mutable' },
    type: type.type === undefined ? qname(name.namespace, `${pascalCase(name.local)}DataType`) : xsd[type.type],
    min: type.optional === true || type.list === true ? 0 : 1,
    max: type.list === true ? Number.POSITIVE_INFINITY : 1,
  }
}
