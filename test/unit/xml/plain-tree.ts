import { isElement, type XmlElement } from '../../../src/xml/tree.ts'

/** A tree without its prefixes, to be compared with one read by something else. */
export interface PlainElement {
  readonly name: string
  readonly attributes: readonly string[]
  readonly children: readonly (PlainElement | string)[]
}

export const plainTree = (element: XmlElement): PlainElement => ({
  name: `{${element.namespace}}${element.local}`,
  attributes: element.attributes.map(({ namespace, local, value }) => `{${namespace}}${local}=${value}`).sort(),
  children: element.children.map(child => (isElement(child) ? plainTree(child) : child)),
})
