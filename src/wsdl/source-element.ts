import { type QName, resolveQName } from '../core/qname.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { ContractError } from './contract-error.ts'

/** How messages name an element: `xs:element "gapopen"`. */
export function describe(element: XmlElement): string {
  const prefix = [...element.prefixes].find(([, namespace]) => namespace === element.namespace)?.[0] ?? ''
  const name = attributeOf(element, '', 'name') ?? attributeOf(element, '', 'ref')
  const tag = prefix === '' ? element.local : `${prefix}:${element.local}`
  return name === undefined ? tag : `${tag} ${JSON.stringify(name.slice(0, 80))}`
}

export function refuse(element: XmlElement, sentence: string): never {
  throw new ContractError(`${describe(element)}: ${sentence}`)
}

export function required(element: XmlElement, attribute: string): string {
  return attributeOf(element, '', attribute) ?? refuse(element, `it has no attribute ${attribute}`)
}

export const optional = (element: XmlElement, attribute: string): string | undefined =>
  attributeOf(element, '', attribute)

/** An NCName; names become file, class and variable names of stubs, so nothing else passes. */
export function requiredName(element: XmlElement): string {
  const name = required(element, 'name').trim()
  if (!/^[\p{L}_][\p{L}\p{N}\p{M}._-]{0,255}$/u.test(name))
    refuse(element, 'its name is not a name of at most 256 characters')
  return name
}

/** A QName in an attribute or text, by the prefixes in scope (Namespaces in XML 1.0, section 4). */
export function resolveName(element: XmlElement, text: string): QName {
  const trimmed = text.trim()
  const name = resolveQName(trimmed, element.prefixes)
  if (name === undefined) refuse(element, `the prefix of ${JSON.stringify(trimmed.slice(0, 80))} is not declared`)
  const { local } = name
  if (local === '' || local.includes(':')) refuse(element, `${JSON.stringify(trimmed.slice(0, 80))} is not a name`)
  return name
}

export const requiredQName = (element: XmlElement, attribute: string): QName =>
  resolveName(element, required(element, attribute))

export function booleanAttribute(element: XmlElement, attribute: string): boolean {
  const text = optional(element, attribute)?.trim() ?? 'false'
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0'
    ? false
    : refuse(element, `${attribute} is ${JSON.stringify(text.slice(0, 80))}, and must be true or false`)
}

/** minOccurs and maxOccurs (XSD 1.0 part 1, section 3.9.2); unbounded is Infinity. */
export function occurrence(element: XmlElement): { readonly min: number; readonly max: number } {
  const count = (attribute: string): number => {
    const text = optional(element, attribute)?.trim() ?? '1'
    if (text === 'unbounded' && attribute === 'maxOccurs') return Number.POSITIVE_INFINITY
    return /^\d{1,9}$/.test(text)
      ? Number(text)
      : refuse(element, `${attribute} is ${JSON.stringify(text.slice(0, 80))}`)
  }
  const min = count('minOccurs')
  const max = count('maxOccurs')
  return min <= max ? { min, max } : refuse(element, 'minOccurs is larger than maxOccurs')
}

/** Refuses attributes of no namespace that are not listed: what is not understood would be silently wrong. */
export function onlyAttributes(element: XmlElement, names: readonly string[]): void {
  for (const { namespace, local } of element.attributes)
    if (namespace === '' && !names.includes(local)) refuse(element, `the attribute ${local} is not taken`)
}

/** Children in a namespace; foreign ones are extensions and are passed over. */
export const childrenIn = (element: XmlElement, namespace: string): XmlElement[] =>
  childElements(element).filter(child => child.namespace === namespace)

/** Text with runs of white space as one blank; undefined when nothing is left. */
export function collapsedText(element: XmlElement | undefined): string | undefined {
  const text =
    element === undefined
      ? ''
      : textOf(element)
          .replace(/[ \t\r\n]+/g, ' ')
          .trim()
  return text === '' ? undefined : text.slice(0, 10_000)
}
