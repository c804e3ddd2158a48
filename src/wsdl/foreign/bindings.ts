import { type QName, qname } from '../../core/qname.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'
import { WSDL, WSDL_SOAP11, WSDL_SOAP12 } from '../names.ts'
import { nameIn, nameOf } from './schema-parts.ts'

/** How an operation is said on the wire, besides what its messages hold. */
export interface Wire {
  readonly style: 'document' | 'rpc'
  readonly encoded: boolean
}

/** Whether a part of a message is in the Body. */
export type IsBody = (part: string) => boolean

/** An operation, as a binding has it. */
export interface Bound extends Wire {
  readonly action: string
  /** Of rpc wrappers. */
  readonly namespace: string
  /** Which parts of the messages are in the Body; others are headers. */
  readonly input: IsBody
  readonly output: IsBody
}

export interface Binding {
  readonly name: QName
  readonly portType: QName
  readonly soap: '1.1' | '1.2'
  readonly operations: ReadonlyMap<string, Bound>
}

/** A binding for SOAP; nothing for any other. */
export function readBinding(element: XmlElement, namespace: string): readonly Binding[] {
  const soap = childElements(element).find(
    one => one.local === 'binding' && (one.namespace === WSDL_SOAP11 || one.namespace === WSDL_SOAP12),
  )
  const portType = nameIn(element, attributeOf(element, '', 'type') ?? '')
  if (soap === undefined || portType === undefined) return []
  const style = attributeOf(soap, '', 'style') ?? 'document'
  const operations = new Map<string, Bound>()
  for (const one of wsdlParts(element, 'operation')) {
    const own = childElements(one).find(child => child.local === 'operation' && child.namespace === soap.namespace)
    const input = wsdlParts(one, 'input')[0]
    const extensions = soapExtensions(input, soap.namespace)
    const body = extensions.find(child => child.local === 'body')
    const bound: Bound = {
      style: ((own && attributeOf(own, '', 'style')) ?? style) === 'rpc' ? 'rpc' : 'document',
      encoded: (body && attributeOf(body, '', 'use')) === 'encoded',
      action: (own && attributeOf(own, '', 'soapAction')) ?? '',
      namespace: (body && attributeOf(body, '', 'namespace')) ?? '',
      input: bodyParts(extensions),
      output: bodyParts(soapExtensions(wsdlParts(one, 'output')[0], soap.namespace)),
    }
    if (!operations.has(nameOf(one))) operations.set(nameOf(one), bound)
    const message = input && attributeOf(input, '', 'name')
    if (message !== undefined) operations.set(`${nameOf(one)} ${message}`, bound)
  }
  return [
    {
      ...{ name: qname(namespace, nameOf(element)), portType, operations },
      soap: soap.namespace === WSDL_SOAP11 ? '1.1' : '1.2',
    },
  ]
}

/** What a binding says of a message, also where it travels with attachments (WSDL 1.1 section 5.6). */
function soapExtensions(use: XmlElement | undefined, soap: string): readonly XmlElement[] {
  if (use === undefined) return []
  const inside = (element: XmlElement, depth: number): readonly XmlElement[] =>
    childElements(element).flatMap(one =>
      one.namespace === soap ? [one] : depth < 3 && /\/mime\/$/.test(one.namespace) ? inside(one, depth + 1) : [],
    )
  return inside(use, 0)
}

/** WSDL 1.1 section 3.5 (`parts`) and 3.7 (headers). */
function bodyParts(extensions: readonly XmlElement[]): IsBody {
  const body = extensions.find(one => one.local === 'body')
  const said = body && attributeOf(body, '', 'parts')?.trim()
  const names = said === undefined || said === '' ? undefined : new Set(said.split(/\s+/))
  const headers = new Set(extensions.filter(one => one.local === 'header').map(one => attributeOf(one, '', 'part')))
  return part => names?.has(part) ?? !headers.has(part)
}

export const wsdlParts = (element: XmlElement, local: string): readonly XmlElement[] =>
  childElements(element).filter(one => one.namespace === WSDL && one.local === local)
