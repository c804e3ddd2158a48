/** An attribute. `xmlns` declarations are not attributes here: they are in {@link XmlElement.prefixes}. */
export interface XmlAttribute {
  readonly namespace: string
  readonly local: string
  readonly value: string
}

/** What stands in the place of character data that was streamed elsewhere while it was read (see `TextSink`). */
export interface StreamedText {
  readonly streamed: unknown
}

/** An element of a namespace-well-formed document. Comments and processing instructions are not kept. */
export interface XmlElement {
  readonly namespace: string
  readonly local: string
  readonly attributes: readonly XmlAttribute[]
  /** Child elements and character data, in order. Adjacent character data is one string. */
  readonly children: readonly (XmlElement | string)[]
  /** The prefixes in scope, for values that are QNames. The empty prefix is the default namespace. */
  readonly prefixes: ReadonlyMap<string, string>
  /** Set when the element's text was handed to a sink; then `children` is empty. */
  readonly streamed: StreamedText | undefined
}

export const isElement = (node: XmlElement | string): node is XmlElement => typeof node !== 'string'

export const childElements = (element: XmlElement): XmlElement[] => element.children.filter(isElement)

/** The character data directly inside an element, child elements left out. */
export const textOf = (element: XmlElement): string => {
  const [first] = element.children
  if (element.children.length === 1 && typeof first === 'string') return first
  return element.children.filter(node => typeof node === 'string').join('')
}

export const attributeOf = (element: XmlElement, namespace: string, local: string): string | undefined =>
  element.attributes.find(attribute => attribute.local === local && attribute.namespace === namespace)?.value
