import type { QName } from '../core/qname.ts'
import type { StreamedText, XmlElement } from '../xml/tree.ts'

/**
 * What XML values are in JavaScript. Complex types are objects without prototype, keyed by local name; repeated elements
 * are arrays; what is absent has no key. Beside the elements: `any` for wildcard content, `value` for the text of simple
 * content, `@type` for the name of a derived type.
 *
 * string, anyURI, duration, date …: string · boolean · int and shorter, double: number · long, integer …: bigint ·
 * decimal: string · dateTime: Date · QName: {namespace, local} · base64Binary: Uint8Array, or `{streamed}` when the
 * reader of the XML handed its text to a sink · anyType: the element · nil of a nillable element: null.
 */
export type DecodedValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | QName
  | StreamedText
  | XmlElement
  | DecodedObject
  | readonly DecodedValue[]

export interface DecodedObject {
  readonly [member: string]: DecodedValue
}
