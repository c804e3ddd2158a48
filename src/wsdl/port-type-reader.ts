import { clark, type QName, qname } from '../core/qname.ts'
import { childElements, type XmlElement } from '../xml/tree.ts'
import type { FaultUse, Operation, PortType, ServiceDataDeclaration } from './contract-model.ts'
import { GWSDL, OGSI, SERVICE_DATA, WSDL } from './names.ts'
import {
  booleanAttribute,
  childrenIn,
  collapsedText,
  occurrence,
  optional,
  refuse,
  required,
  requiredName,
  requiredQName,
  resolveName,
} from './source-element.ts'

/** Of one portType. */
export const mostOperations = 1_000

/** A wsdl:message whose only part is an element; any other kind is refused where it is used. */
export type Messages = ReadonlyMap<string, XmlElement>

export function readMessages(definitions: XmlElement, namespace: string): Messages {
  const messages = new Map<string, XmlElement>()
  for (const message of childrenIn(definitions, WSDL).filter(child => child.local === 'message'))
    messages.set(clark(qname(namespace, requiredName(message))), message)
  return messages
}

/** The portTypes of a WSDL 1.1 or GWSDL document, without the SOAP actions that bindings give them. */
export function readPortTypes(definitions: XmlElement, namespace: string, messages: Messages): PortType[] {
  const portTypes = childElements(definitions).filter(
    child => child.local === 'portType' && (child.namespace === WSDL || child.namespace === GWSDL),
  )
  return portTypes.map(element => {
    const parents = element.namespace === GWSDL ? optional(element, 'extends')?.trim().split(/\s+/) : undefined
    const operations = childrenIn(element, WSDL).filter(child => child.local === 'operation')
    if (operations.length > mostOperations) refuse(element, `it has more than ${mostOperations} operations`)
    return {
      name: qname(namespace, requiredName(element)),
      extends: parents?.map(parent => resolveName(element, parent)) ?? [],
      documentation: wsdlDocumentation(element),
      operations: operations.map(operation => readOperation(operation, messages)),
      serviceData: childrenIn(element, SERVICE_DATA)
        .filter(child => child.local === 'serviceData')
        .map(child => readServiceData(child, namespace)),
      staticValues: childrenIn(element, SERVICE_DATA)
        .filter(child => child.local === 'staticServiceDataValues')
        .flatMap(childElements),
    }
  })
}

export const wsdlDocumentation = (element: XmlElement): string | undefined =>
  collapsedText(childrenIn(element, WSDL).find(child => child.local === 'documentation'))

function readOperation(element: XmlElement, messages: Messages): Operation {
  const parts = childrenIn(element, WSDL)
  const input = parts.find(part => part.local === 'input')
  const output = parts.find(part => part.local === 'output')
  if (input === undefined) refuse(element, 'an operation without input (notification) is not taken')
  const name = requiredName(element)
  const inputElement = elementOf(input, messages)
  return {
    name,
    documentation: wsdlDocumentation(element),
    input: inputElement,
    output: output === undefined ? undefined : elementOf(output, messages),
    faults: parts
      .filter(part => part.local === 'fault')
      .map((fault): FaultUse => ({ name: requiredName(fault), element: elementOf(fault, messages) })),
    soapAction: defaultSoapAction(inputElement.namespace, name),
  }
}

/** OGSI's own clients send `namespace#operation` (GT3's bindings); ours are `namespace/operation`. */
export const defaultSoapAction = (namespace: string, operation: string): string =>
  `${namespace}${namespace === OGSI ? '#' : '/'}${operation}`

function elementOf(use: XmlElement, messages: Messages): QName {
  const name = requiredQName(use, 'message')
  const message = messages.get(clark(name))
  if (message === undefined) refuse(use, `there is no message ${clark(name)}`)
  const [part, ...more] = childrenIn(message, WSDL).filter(child => child.local === 'part')
  if (part === undefined || more.length > 0)
    refuse(message, 'it must have exactly one part (document/literal, wrapped)')
  if (optional(part, 'type') !== undefined)
    refuse(message, 'its part has a type: the rpc style is not taken, only document/literal with an element')
  return requiredQName(part, 'element')
}

const mutabilities = ['static', 'constant', 'extendable', 'mutable'] as const

function readServiceData(element: XmlElement, namespace: string): ServiceDataDeclaration {
  const text = optional(element, 'mutability') ?? 'extendable'
  const mutability = mutabilities.find(one => one === text)
  if (mutability === undefined) refuse(element, `mutability is ${text}, and must be one of ${mutabilities.join(', ')}`)
  return {
    name: qname(namespace, required(element, 'name')),
    type: requiredQName(element, 'type'),
    ...occurrence(element),
    mutability,
    modifiable: booleanAttribute(element, 'modifiable'),
    nillable: booleanAttribute(element, 'nillable'),
    documentation: wsdlDocumentation(element),
  }
}
