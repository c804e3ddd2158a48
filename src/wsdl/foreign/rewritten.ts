import { attributeOf, type XmlAttribute, type XmlElement } from '../../xml/tree.ts'
import { XSD } from '../names.ts'

/** The prefix under which rewritten elements name built-in types. */
const prefix = '_xs'

/** An element with some of its attributes, others beside them, and other children. QNames in it keep their meaning. */
export function rewritten(
  element: XmlElement,
  keep: readonly string[],
  children: readonly (XmlElement | string)[],
  more: Readonly<Record<string, string>> = {},
): XmlElement {
  const kept = keep.flatMap((local): XmlAttribute[] => {
    const value = more[local] ?? attributeOf(element, '', local)
    return value === undefined ? [] : [{ namespace: '', local, value }]
  })
  return { ...element, attributes: kept, children, prefixes: new Map([...element.prefixes, [prefix, XSD]]) }
}

/** An element of XML Schema that stands in for another. */
export const made = (
  like: XmlElement,
  local: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly XmlElement[] = [],
): XmlElement => ({
  ...rewritten({ ...like, namespace: XSD, local }, Object.keys(attributes), children, attributes),
  streamed: undefined,
})

/** The name of a built-in type, as an attribute of a rewritten element says it. */
export const builtin = (local: string): string => `${prefix}:${local}`
