import type { QName } from '../core/qname.ts'
import type { XmlAttribute, XmlElement } from '../xml/tree.ts'

/** One service data element of a service: its name, and its values as they are now, made when they are asked for. */
export interface ServiceDataElement {
  readonly name: QName
  readonly values: () => Promise<readonly XmlElement[]> | readonly XmlElement[]
}

const xsi = 'http://www.w3.org/2001/XMLSchema-instance'
const noPrefixes: ReadonlyMap<string, string> = new Map()

/** An element made by us. `prefixes` are needed only where its text or attributes hold QNames. */
export const element = (
  { namespace, local }: QName,
  children: readonly (XmlElement | string)[] = [],
  attributes: readonly XmlAttribute[] = [],
  prefixes: ReadonlyMap<string, string> = noPrefixes,
): XmlElement => ({ namespace, local, attributes, children, prefixes, streamed: undefined })

export const textElement = (name: QName, text: string): XmlElement => element(name, [text])

/** An element whose text is a QName. */
export const qnameElement = (name: QName, value: QName): XmlElement =>
  value.namespace === ''
    ? element(name, [value.local])
    : element(name, [`v:${value.local}`], [], new Map([['v', value.namespace]]))

/** An attribute of the element's own schema: OGSI's attributes are qualified. */
export const attribute = (namespace: string, local: string, value: string): XmlAttribute => ({
  namespace,
  local,
  value,
})

/** xsi:nil, for a nillable service data element without a value. */
export const nilElement = (name: QName): XmlElement => element(name, [], [attribute(xsi, 'nil', 'true')])
