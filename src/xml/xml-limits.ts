/** How large a document may be. All lengths are in UTF-16 units. */
export interface XmlLimits {
  /** Nested elements; the root is at depth 1. */
  readonly depth: number
  /** Characters of the document, markup included, without those handed to a sink (which bounds its own). */
  readonly characters: number
  readonly elements: number
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number
  /** A name with its prefix; also a reference between `&` and `;`. */
  readonly name: number
  readonly attributeValue: number
  /** One tag, comment or processing instruction. */
  readonly token: number
}

export const defaultXmlLimits: XmlLimits = {
  depth: 64,
  characters: 8 * 1024 * 1024,
  elements: 100_000,
  attributes: 256,
  name: 1024,
  attributeValue: 64 * 1024,
  token: 128 * 1024,
}
