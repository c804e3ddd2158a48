import type { QName } from '../core/qname.ts'
import type { XmlElement } from '../xml/tree.ts'
import type { Schema } from './schema-model.ts'

/** What a service promises: types, elements, portTypes. Made once, immutable; compiled decoders are kept per contract. */
export interface Contract {
  /** Of an application its name; part of every WSDL name. */
  readonly name: string
  readonly namespace: string
  readonly documentation: string | undefined
  readonly schemas: readonly Schema[]
  readonly portTypes: readonly PortType[]
}

export interface PortType {
  readonly name: QName
  /** GWSDL inheritance; {@link operationsOf} flattens it. */
  readonly extends: readonly QName[]
  readonly documentation: string | undefined
  readonly operations: readonly Operation[]
  readonly serviceData: readonly ServiceDataDeclaration[]
  /** sd:staticServiceDataValues: elements as they are written. */
  readonly staticValues: readonly XmlElement[]
}

export interface Operation {
  readonly name: string
  readonly documentation: string | undefined
  readonly input: QName
  /** Undefined for a one-way operation. */
  readonly output: QName | undefined
  readonly faults: readonly FaultUse[]
  readonly soapAction: string
}

/** A declared fault: its WSDL name and the element in the detail. */
export interface FaultUse {
  readonly name: string
  readonly element: QName
}

/** One service data element of a portType (OGSI 1.0 section 6.2). Its element has the portType's namespace. */
export interface ServiceDataDeclaration {
  readonly name: QName
  readonly type: QName
  readonly min: number
  readonly max: number
  readonly mutability: 'static' | 'constant' | 'extendable' | 'mutable'
  readonly modifiable: boolean
  readonly nillable: boolean
  readonly documentation: string | undefined
}
