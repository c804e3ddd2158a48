import { clark, type QName, qname } from '../core/qname.ts'
import type { XmlElement } from '../xml/tree.ts'
import { parseXml } from '../xml/xml-reader.ts'
import { requireResolved } from './contract-check.ts'
import { ContractError } from './contract-error.ts'
import type { Contract, Operation } from './contract-model.ts'
import { SOAP_HTTP, WSDL, WSDL_SOAP11, WSDL_SOAP12, XSD } from './names.ts'
import { readMessages, readPortTypes, wsdlDocumentation } from './port-type-reader.ts'
import { readSchema } from './schema-reader.ts'
import { childrenIn, optional, refuse, required, requiredName, requiredQName } from './source-element.ts'

/** One wsdl:port: an address, and the portType that is answered there. */
export interface ServicePort {
  readonly service: string
  readonly port: string
  readonly address: string
  readonly binding: QName
  readonly portType: QName
  readonly soap: '1.1' | '1.2'
}

export interface WsdlReading {
  readonly contract: Contract
  readonly services: readonly ServicePort[]
}

const limits = { depth: 48, characters: 4 * 1024 * 1024, elements: 50_000 }

/**
 * Reads a WSDL 1.1 document of the kind that gridwrap publishes: schemas inline, document/literal, wrapped, SOAP 1.1 or
 * 1.2. Anything else is refused by name. Throws {@link ContractError}, and XmlError for what is not XML.
 */
export function readWsdl(text: string): WsdlReading {
  const definitions = parseXml(text, limits)
  if (definitions.namespace !== WSDL || definitions.local !== 'definitions')
    throw new ContractError(`This is no WSDL 1.1 document: its root is ${clark(definitions)}`)
  const namespace = required(definitions, 'targetNamespace')
  const parts = (local: string): XmlElement[] => childrenIn(definitions, WSDL).filter(child => child.local === local)
  const [foreign] = parts('import')
  if (foreign !== undefined) refuse(foreign, 'another file is not fetched: everything must be in this one')
  const bindings = new Map<string, Binding>()
  for (const element of parts('binding')) {
    const binding = readBinding(element, namespace)
    if (binding !== undefined) bindings.set(clark(binding.name), binding)
  }
  const contract: Contract = {
    name: optional(definitions, 'name') ?? 'service',
    namespace,
    documentation: wsdlDocumentation(definitions),
    schemas: parts('types').flatMap(types => childrenIn(types, XSD).map(readSchema)),
    portTypes: readPortTypes(definitions, namespace, readMessages(definitions, namespace)).map(portType => ({
      ...portType,
      operations: withActions(portType.name, portType.operations, bindings),
    })),
  }
  requireResolved(contract)
  return { contract, services: parts('service').flatMap(service => readPorts(service, bindings, contract)) }
}

interface Binding {
  readonly name: QName
  readonly portType: QName
  readonly soap: '1.1' | '1.2'
  readonly actions: ReadonlyMap<string, string>
}

/** Undefined for a binding that is not SOAP's: its ports are passed over. */
function readBinding(element: XmlElement, namespace: string): Binding | undefined {
  const soap11 = childrenIn(element, WSDL_SOAP11).find(child => child.local === 'binding')
  const soap12 = childrenIn(element, WSDL_SOAP12).find(child => child.local === 'binding')
  const soap = soap11 ?? soap12
  if (soap === undefined) return undefined
  const transport = optional(soap, 'transport')
  if (transport !== SOAP_HTTP)
    refuse(element, `the transport ${JSON.stringify(transport ?? '')} is not taken, only SOAP over HTTP`)
  const style = optional(soap, 'style') ?? 'document'
  const actions = new Map<string, string>()
  for (const operation of childrenIn(element, WSDL).filter(child => child.local === 'operation'))
    actions.set(requiredName(operation), readBindingOperation(operation, soap.namespace, style))
  return {
    name: qname(namespace, requiredName(element)),
    portType: requiredQName(element, 'type'),
    soap: soap11 === undefined ? '1.2' : '1.1',
    actions,
  }
}

function readBindingOperation(element: XmlElement, soap: string, bindingStyle: string): string {
  const operation = childrenIn(element, soap).find(child => child.local === 'operation')
  const style = (operation && optional(operation, 'style')) ?? bindingStyle
  if (style !== 'document') refuse(element, `the style ${style} is not taken, only document`)
  for (const part of childrenIn(element, WSDL)) {
    for (const extension of childrenIn(part, soap)) {
      if (extension.local !== 'body' && extension.local !== 'fault')
        refuse(element, `soap:${extension.local} is not taken`)
      if ((optional(extension, 'use') ?? 'literal') !== 'literal')
        refuse(element, 'use="encoded" is not taken, only literal')
    }
  }
  return (operation && optional(operation, 'soapAction')) ?? ''
}

const withActions = (
  portType: QName,
  operations: readonly Operation[],
  bindings: ReadonlyMap<string, Binding>,
): Operation[] => {
  const binding = [...bindings.values()].find(one => clark(one.portType) === clark(portType))
  return operations.map(operation => ({
    ...operation,
    soapAction: binding?.actions.get(operation.name) ?? operation.soapAction,
  }))
}

function readPorts(service: XmlElement, bindings: ReadonlyMap<string, Binding>, contract: Contract): ServicePort[] {
  const ports: ServicePort[] = []
  for (const port of childrenIn(service, WSDL).filter(child => child.local === 'port')) {
    const name = requiredQName(port, 'binding')
    const binding = bindings.get(clark(name))
    if (binding === undefined) continue
    const soap = binding.soap === '1.1' ? WSDL_SOAP11 : WSDL_SOAP12
    const address = childrenIn(port, soap).find(child => child.local === 'address')
    if (address === undefined) refuse(port, 'it has no soap:address')
    if (!contract.portTypes.some(one => clark(one.name) === clark(binding.portType)))
      refuse(port, `there is no portType ${clark(binding.portType)}`)
    ports.push({
      service: requiredName(service),
      port: requiredName(port),
      address: required(address, 'location').trim(),
      binding: name,
      portType: binding.portType,
      soap: binding.soap,
    })
  }
  return ports
}
