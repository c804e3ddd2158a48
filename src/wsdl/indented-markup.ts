import { type QName, qname } from '../core/qname.ts'
import { type XmlAttributes, type XmlMarkup, XmlWriter, xmlDeclaration, xmlText } from '../xml/xml-writer.ts'
import { XSD } from './names.ts'

/** An element that is yet to be written, so that the writer can indent it. */
export interface Markup {
  readonly name: QName
  readonly attributes: XmlAttributes
  readonly content: string | readonly Markup[]
}

export const markup = (name: QName, attributes: XmlAttributes = {}, content: Markup['content'] = []): Markup => ({
  name,
  attributes,
  content,
})

export const xs = (local: string, attributes: XmlAttributes = {}, content: Markup['content'] = []): Markup =>
  markup(qname(XSD, local), attributes, content)

/** A whole document, two blanks a level: contracts are read by people, and compared line by line. */
export function writeDocument(root: Markup, prefixes: Readonly<Record<string, string>>): string {
  const writer = new XmlWriter(prefixes)
  const content = typeof root.content === 'string' ? xmlText(root.content) : written(writer, root.content, 1)
  return `${xmlDeclaration}\n${writer.root(root.name, root.attributes, content)}\n`
}

function written(writer: XmlWriter, children: readonly Markup[], depth: number): XmlMarkup[] {
  if (children.length === 0) return []
  const indent = xmlText(`\n${'  '.repeat(depth)}`)
  const out: XmlMarkup[] = []
  for (const { name, attributes, content } of children) {
    const inner = typeof content === 'string' ? xmlText(content) : written(writer, content, depth + 1)
    out.push(indent, writer.element(name, attributes, inner))
  }
  out.push(xmlText(`\n${'  '.repeat(depth - 1)}`))
  return out
}

/** Writes a QName as `prefix:local`; the prefixes are those of the document. */
export type WriteName = (name: QName) => string

export function nameWriter(prefixes: Readonly<Record<string, string>>): WriteName {
  const byNamespace = new Map(Object.entries(prefixes).map(([prefix, namespace]) => [namespace, prefix]))
  return name => {
    const prefix = byNamespace.get(name.namespace)
    if (prefix === undefined) throw new Error(`the document declares no prefix for ${name.namespace}`)
    return prefix === '' ? name.local : `${prefix}:${name.local}`
  }
}
