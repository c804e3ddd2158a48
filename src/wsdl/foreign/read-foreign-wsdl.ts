import { clark, type QName, qname } from '../../core/qname.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'
import { ContractError } from '../contract-error.ts'
import type { Contract, FaultUse, Operation, PortType } from '../contract-model.ts'
import { WSDL_SOAP11, WSDL_SOAP12 } from '../names.ts'
import { mostOperations } from '../port-type-reader.ts'
import type { ComplexType, ElementDeclaration, ElementParticle, Schema } from '../schema-model.ts'
import { readSchema } from '../schema-reader.ts'
import { collapsedText } from '../source-element.ts'
import { type AdaptedSchemas, adaptSchemas } from './adapt-schemas.ts'
import { type Binding, type Bound, type IsBody, readBinding, type Wire, wsdlParts } from './bindings.ts'
import type { DescribedPort, DescribedService } from './described-service.ts'
import type { WsdlDocuments } from './gather-documents.ts'
import { nameIn, nameOf } from './schema-parts.ts'

/** An address where a portType is answered. */
export interface ForeignPort extends DescribedPort {
  readonly service: string
  readonly port: string
  readonly wires: ReadonlyMap<string, Wire>
}

export interface ForeignWsdl extends DescribedService {
  readonly ports: readonly ForeignPort[]
}

interface MessagePart {
  readonly name: string
  readonly element: QName | undefined
  readonly type: { readonly at: XmlElement; readonly text: string } | undefined
}

/** A WSDL of whoever wrote it: SOAP 1.1 and 1.2, document and rpc, literal and encoded. Throws ContractError. */
export function readForeignWsdl({ definitions, schemas }: WsdlDocuments): ForeignWsdl {
  const [root] = definitions
  if (root === undefined) throw new Error('there is no WSDL')
  const { schemas: adapted, arrays, typeOf } = adaptSchemas(schemas)
  const reading = new Reading(definitions)
  const portTypes = reading.portTypes()
  const own = adapted.map(readSchema)
  const contract: Contract = {
    name: attributeOf(root, '', 'name') ?? 'service',
    namespace: attributeOf(root, '', 'targetNamespace') ?? '',
    documentation: documentationOf(root),
    schemas: withWrappers(own, reading.wrappers, typeOf),
    portTypes,
  }
  return { contract, ports: reading.ports(), omitted: reading.omitted, arrays }
}

/** Only the addresses, and how they are spoken to. */
export const readPorts = ({ definitions }: WsdlDocuments): readonly ForeignPort[] => new Reading(definitions).ports()

class Reading {
  readonly wrappers = new Map<string, { readonly name: QName; readonly parts: readonly MessagePart[] }>()
  readonly omitted: { readonly operation: string; readonly why: string }[] = []
  readonly #definitions: readonly XmlElement[]
  readonly #messages = new Map<string, readonly MessagePart[]>()
  /** By its name, and by that of its portType: the first that a port has, else the first. */
  readonly #bindings = new Map<string, Binding>()
  readonly #bindingOf = new Map<string, Binding>()

  constructor(definitions: readonly XmlElement[]) {
    this.#definitions = definitions
    for (const { element, namespace } of this.#all('message'))
      this.#messages.set(clark(qname(namespace, nameOf(element))), wsdlParts(element, 'part').map(messagePart))
    for (const { element, namespace } of this.#all('binding'))
      for (const binding of readBinding(element, namespace)) this.#bindings.set(clark(binding.name), binding)
    const used = this.#all('service').flatMap(({ element }) => wsdlParts(element, 'port').map(port => this.#at(port)))
    for (const binding of [...used, ...this.#bindings.values()]) {
      if (binding === undefined) continue
      const portType = clark(binding.portType)
      if (!this.#bindingOf.has(portType)) this.#bindingOf.set(portType, binding)
    }
  }

  #at(port: XmlElement): Binding | undefined {
    const name = nameIn(port, attributeOf(port, '', 'binding') ?? '')
    return name && this.#bindings.get(clark(name))
  }

  /** The portTypes that have a SOAP binding, their operations as the binding says them. */
  portTypes(): readonly PortType[] {
    return this.#all('portType').flatMap(({ element, namespace }) => {
      const name = qname(namespace, nameOf(element))
      const binding = this.#bindingOf.get(clark(name))
      if (binding === undefined) return []
      const seen = new Set<string>()
      const all = wsdlParts(element, 'operation')
      if (all.length > mostOperations)
        throw new ContractError(`${clark(name)} has more than ${mostOperations} operations`)
      const operations = all.flatMap(one => this.#operation(one, binding, seen))
      return [
        {
          ...{ name, extends: [], documentation: documentationOf(element), operations },
          ...{ serviceData: [], staticValues: [] },
        },
      ]
    })
  }

  ports(): readonly ForeignPort[] {
    return this.#all('service').flatMap(({ element }) =>
      wsdlParts(element, 'port').flatMap((port): ForeignPort[] => {
        const binding = this.#at(port)
        const address = childElements(port).find(
          one => one.local === 'address' && (one.namespace === WSDL_SOAP11 || one.namespace === WSDL_SOAP12),
        )
        if (binding === undefined || address === undefined) return []
        const { portType, soap } = binding
        const wires = new Map(
          [...binding.operations].map(([operation, { style, encoded }]) => [operation, { style, encoded }]),
        )
        const location = attributeOf(address, '', 'location')?.trim() ?? ''
        return [{ service: nameOf(element), port: nameOf(port), address: location, portType, soap, wires }]
      }),
    )
  }

  #operation(element: XmlElement, { operations }: Binding, seen: Set<string>): readonly Operation[] {
    const name = nameOf(element)
    const input = wsdlParts(element, 'input')[0]
    // Operations of one name are told apart by the names of their messages (WSDL 1.1 section 2.5).
    const bound = operations.get(`${name} ${(input && attributeOf(input, '', 'name')) ?? ''}`) ?? operations.get(name)
    const omit = (why: string): readonly Operation[] => {
      if (!this.omitted.some(one => one.operation === name)) this.omitted.push({ operation: name, why })
      return []
    }
    if (seen.has(name)) {
      this.omitted.push({ operation: name, why: 'another operation has the same name, and is the one that is called' })
      return []
    }
    seen.add(name)
    if (bound === undefined) return omit('its binding does not speak of it')
    if (input === undefined) return omit('the service would have to call us')
    const request = this.#message(input, bound, bound.input, name)
    if (request === undefined) return omit('its request is neither one element nor rpc')
    const output = wsdlParts(element, 'output')[0]
    const isEmpty = output === undefined || (bound.style === 'document' && this.#isEmpty(output))
    const answer = isEmpty ? undefined : this.#message(output, bound, bound.output, `${name}Response`)
    if (!isEmpty && answer === undefined) return omit('its answer is neither one element nor rpc')
    return [
      {
        ...{ name, documentation: documentationOf(element), input: request, output: answer },
        faults: wsdlParts(element, 'fault').flatMap(one => this.#fault(one)),
        soapAction: bound.action,
      },
    ]
  }

  #isEmpty(use: XmlElement): boolean {
    const name = nameIn(use, attributeOf(use, '', 'message') ?? '')
    return name !== undefined && this.#messages.get(clark(name))?.length === 0
  }

  #message(use: XmlElement, { style, namespace }: Bound, isBody: IsBody, wrapper: string): QName | undefined {
    const name = nameIn(use, attributeOf(use, '', 'message') ?? '')
    const all = name && this.#messages.get(clark(name))
    if (all === undefined) return undefined
    // gSOAP names parts that no message has.
    const said = all.filter(part => isBody(part.name))
    const body = said.length === 0 ? all : said
    if (style === 'document') return body.find(({ element }) => element !== undefined)?.element
    const wrapped = qname(namespace, wrapper)
    const key = clark(wrapped)
    if (!this.wrappers.has(key)) this.wrappers.set(key, { name: wrapped, parts: body })
    return wrapped
  }

  #fault(use: XmlElement): readonly FaultUse[] {
    const name = nameIn(use, attributeOf(use, '', 'message') ?? '')
    const element = name && this.#messages.get(clark(name))?.[0]?.element
    return element === undefined ? [] : [{ name: nameOf(use), element }]
  }

  #all(local: string): readonly { readonly element: XmlElement; readonly namespace: string }[] {
    return this.#definitions.flatMap(root => {
      const namespace = attributeOf(root, '', 'targetNamespace') ?? ''
      return wsdlParts(root, local).map(element => ({ element, namespace }))
    })
  }
}

/** The wrapper of rpc messages is an element like any other (SOAP 1.1 section 7.1); its members have no namespace. */
function withWrappers(
  schemas: readonly Schema[],
  wrappers: Reading['wrappers'],
  typeOf: AdaptedSchemas['typeOf'],
): readonly Schema[] {
  const all = new Map(schemas.map(schema => [schema.namespace, schema]))
  const isThere = ({ namespace, local }: QName): boolean =>
    all.get(namespace)?.components.some(one => one.kind === 'element' && one.name === local) === true
  for (const { name, parts } of wrappers.values()) {
    const schema = all.get(name.namespace) ?? {
      ...{ namespace: name.namespace, documentation: undefined, imports: [], components: [] },
      ...{ elementsQualified: true, attributesQualified: false },
    }
    const others = schema.components.filter(one => one.kind !== 'element' || one.name !== name.local)
    all.set(name.namespace, {
      ...schema,
      components: [
        ...others,
        wrapperElement(
          name.local,
          parts.map(part => particleOf(part, isThere, typeOf)),
        ),
      ],
    })
  }
  return [...all.values()]
}

const wrapperElement = (name: string, particles: readonly ElementParticle[]): ElementDeclaration => ({
  ...{ kind: 'element', name, nillable: false, documentation: undefined },
  type: {
    ...{ kind: 'complex', abstract: false, base: undefined, simpleContent: false, attributes: [] },
    content: { kind: 'sequence', min: 1, particles },
    documentation: undefined,
  } satisfies ComplexType,
})

function particleOf(
  { name, element, type }: MessagePart,
  isThere: (name: QName) => boolean,
  typeOf: AdaptedSchemas['typeOf'],
): ElementParticle {
  // A part of an element that no schema has (gSOAP writes such) is anything.
  const ref = element !== undefined && isThere(element) ? element : undefined
  return {
    ...{ kind: 'element', qualified: false, ref, name: ref?.local ?? name },
    type: ref !== undefined ? undefined : type === undefined ? anyType : typeOf(type.at, type.text),
    // What a part is, its type says; whether it may be missing, nobody.
    ...{ min: 0, max: 1, nillable: true, documentation: undefined },
  }
}

const anyType = qname('http://www.w3.org/2001/XMLSchema', 'anyType')
function messagePart(part: XmlElement): MessagePart {
  const element = attributeOf(part, '', 'element')
  const type = attributeOf(part, '', 'type')
  return {
    name: nameOf(part),
    element: element === undefined ? undefined : nameIn(part, element),
    type: type === undefined ? undefined : { at: part, text: type },
  }
}

const documentationOf = (element: XmlElement): string | undefined =>
  collapsedText(wsdlParts(element, 'documentation')[0])
