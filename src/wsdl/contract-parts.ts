import { type QName, qname } from '../core/qname.ts'
import type { XmlElement } from '../xml/tree.ts'
import type { Operation, PortType, ServiceDataDeclaration } from './contract-model.ts'
import { JOB, responseOf } from './names.ts'
import { defaultSoapAction } from './port-type-reader.ts'
import type { ComplexType, Component, ElementParticle } from './schema-model.ts'

/** A structure whose members come in this order. */
export const sequence = (particles: readonly ElementParticle[]): ComplexType => ({
  kind: 'complex',
  abstract: false,
  base: undefined,
  simpleContent: false,
  content: { kind: 'sequence', min: 1, particles },
  attributes: [],
  documentation: undefined,
})

/** The element of a request or an answer. */
export const wrapper = (name: string, type: ComplexType): Component => ({
  kind: 'element',
  name,
  type,
  nillable: false,
  documentation: undefined,
})

export const portType = (
  name: QName,
  parents: readonly QName[],
  operations: readonly Operation[],
  staticValues: readonly XmlElement[] = [],
  serviceData: readonly ServiceDataDeclaration[] = [],
): PortType => ({
  name,
  extends: parents,
  documentation: undefined,
  operations,
  serviceData,
  staticValues,
})

/** An operation whose request element has its name. The faults are of urn:gridwrap:job. */
export const operation = (request: QName, documentation: string, faults: readonly string[]): Operation => ({
  name: request.local,
  documentation,
  input: request,
  output: responseOf(request),
  faults: faults.map(name => ({ name, element: qname(JOB, name) })),
  soapAction: defaultSoapAction(request.namespace, request.local),
})
