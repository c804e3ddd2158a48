import { fromClark, type QName } from '../core/qname.ts'
import { isNcName, xmlNamespace, xmlnsNamespace } from './xml-characters.ts'
import { escapeAttribute, escapeText } from './xml-escape.ts'

declare const markup: unique symbol
/** Text that is well-formed XML content: markup, or escaped character data. Only this folder makes it. */
export type XmlMarkup = string & { readonly [markup]: true }

/** Attribute values by local name, or by `{namespace}local`. Those that are undefined are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>

export type XmlContent = XmlMarkup | readonly XmlMarkup[]

const asMarkup = (text: string): XmlMarkup => text as XmlMarkup

/** Character data as markup. Characters that XML does not allow become U+FFFD (see `escapeText`). */
export const xmlText = (text: string): XmlMarkup => asMarkup(escapeText(text))

export const noMarkup = asMarkup('')

/** The declaration that stands before a document that is sent as UTF-8. */
export const xmlDeclaration = asMarkup('<?xml version="1.0" encoding="UTF-8"?>')

/**
 * Writes one document from the inside out: `element` as often as needed, then `root` once, which declares every prefix
 * that was used. Names are checked, as they may come from a description; a wrong one is a mistake of ours (Error).
 */
export class XmlWriter {
  readonly #prefixes = new Map<string, string>()
  /** Names as written, by namespace and local name. */
  readonly #names = new Map<string, Map<string, string>>()
  #made = 0
  #usesNoNamespace = false

  /**
   * `prefixes`: prefix → namespace, all of them declared on the root. The empty prefix is the default namespace, and
   * rules out elements in no namespace.
   */
  constructor(prefixes: Readonly<Record<string, string>> = {}) {
    for (const [prefix, namespace] of Object.entries(prefixes)) {
      if (prefix !== '' && (!isNcName(prefix) || /^xml/i.test(prefix))) throw new Error(`${prefix} cannot be a prefix`)
      if (namespace === '' || namespace === xmlNamespace || namespace === xmlnsNamespace)
        throw new Error(`No prefix can be bound to ${JSON.stringify(namespace)}`)
      this.#prefixes.set(prefix, namespace)
    }
  }

  /** An element with its attributes and content, its prefixes not yet declared. */
  element(name: QName, attributes?: XmlAttributes, content: XmlContent = noMarkup): XmlMarkup {
    return this.#element(name, this.#attributes(attributes), content)
  }

  /** An element that holds only text: what most elements are. */
  textElement(name: QName, text: string): XmlMarkup {
    return this.#element(name, '', xmlText(text))
  }

  /** The outermost element, with the declarations of all prefixes: complete in itself, it can stand in any document. */
  root(name: QName, attributes?: XmlAttributes, content: XmlContent = noMarkup): XmlMarkup {
    const written = this.#attributes(attributes)
    this.elementName(name)
    let declarations = ''
    for (const [prefix, namespace] of this.#prefixes)
      declarations += ` xmlns${prefix === '' ? '' : ':'}${prefix}="${escapeAttribute(namespace)}"`
    // It may be put where a default namespace is in scope.
    if (this.#usesNoNamespace) declarations += ' xmlns=""'
    return this.#element(name, declarations + written, content)
  }

  /** A QName as an attribute value or text, with a prefix that the root will declare. */
  qnameValue(name: QName): string {
    return this.elementName(name)
  }

  /** The name of an element as it is written, for those who put together text themselves. */
  elementName(name: QName): string {
    const known = this.#names.get(name.namespace)?.get(name.local)
    if (known !== undefined) return known
    checkLocal(name.local)
    if (name.namespace === '' && this.#prefixes.has(''))
      throw new Error(`${name.local} is in no namespace, and the writer declares a default namespace`)
    if (name.namespace === '') this.#usesNoNamespace = true
    const prefix = name.namespace === '' ? '' : this.#prefix(name.namespace, true)
    const written = prefix === '' ? name.local : `${prefix}:${name.local}`
    const names = this.#names.get(name.namespace)
    if (names === undefined) this.#names.set(name.namespace, new Map([[name.local, written]]))
    else names.set(name.local, written)
    return written
  }

  #element(name: QName, attributes: string, content: XmlContent): XmlMarkup {
    const written = this.elementName(name)
    const inner = typeof content === 'string' ? content : content.join('')
    return asMarkup(inner === '' ? `<${written}${attributes}/>` : `<${written}${attributes}>${inner}</${written}>`)
  }

  #attributes(attributes: XmlAttributes | undefined): string {
    let written = ''
    if (attributes === undefined) return written
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined) continue
      const { namespace, local } = fromClark(key)
      checkLocal(local)
      if (namespace === '' && local === 'xmlns') throw new Error('xmlns is declared by the writer, not as an attribute')
      const prefix = namespace === '' ? '' : `${this.#prefix(namespace, false)}:`
      written += ` ${prefix}${local}="${escapeAttribute(String(value))}"`
    }
    return written
  }

  #prefix(namespace: string, orDefault: boolean): string {
    if (namespace === xmlNamespace) return 'xml'
    for (const [prefix, bound] of this.#prefixes) if (bound === namespace && (orDefault || prefix !== '')) return prefix
    if (namespace === xmlnsNamespace) throw new Error(`No name can be in ${xmlnsNamespace}`)
    let prefix: string
    do prefix = `ns${++this.#made}`
    while (this.#prefixes.has(prefix))
    this.#prefixes.set(prefix, namespace)
    return prefix
  }
}

function checkLocal(local: string): void {
  if (!isNcName(local)) throw new Error(`${JSON.stringify(local)} cannot be the name of an element or attribute`)
}
