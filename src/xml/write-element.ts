import { PrefixScope } from './prefix-scope.ts'
import type { XmlAttribute, XmlElement } from './tree.ts'
import { isNcName, xmlNamespace } from './xml-characters.ts'
import { escapeAttribute, escapeText } from './xml-escape.ts'
import type { XmlMarkup } from './xml-writer.ts'

/**
 * A tree as text: the same names, attributes and text, and the same prefixes in scope, so that QNames in values keep
 * their meaning. Complete in itself, it can stand in any document. Throws an Error for an element whose text was
 * streamed elsewhere (it is gone) and for names that no document can hold. Recursive: the reader bounds the depth.
 */
export const writeElement = (element: XmlElement): XmlMarkup => write(element, undefined, undefined) as XmlMarkup

function write(element: XmlElement, parent: XmlElement | undefined, outer: Declarations | undefined): string {
  if (element.streamed !== undefined) throw new Error(`The text of ${element.local} was streamed and cannot be written`)
  const here = new ElementScope(outer)
  if (element.prefixes !== parent?.prefixes) here.declareAll(element.prefixes, parent?.prefixes)
  const name = here.elementName(element)
  let attributes = ''
  for (const attribute of element.attributes)
    attributes += ` ${here.attributeName(attribute)}="${escapeAttribute(attribute.value)}"`
  const tag = `<${name}${here.text}${attributes}`
  if (element.children.length === 0) return `${tag}/>`
  const declarations = here.declarations
  let content = ''
  for (const child of element.children)
    content += typeof child === 'string' ? escapeText(child) : write(child, element, declarations)
  return `${tag}>${content}</${name}>`
}

/** The declarations that one written element carries, and those around it. */
class Declarations {
  readonly outer: Declarations | undefined
  readonly own = new Map<string, string>()
  /** Some prefixes of a namespace, as an inner element may hide one; not the empty one, which attributes cannot use. */
  readonly byNamespace = new Map<string, string[]>()

  constructor(outer: Declarations | undefined) {
    this.outer = outer
  }

  add(prefix: string, namespace: string): void {
    this.own.set(prefix, namespace)
    if (prefix === '') return
    const prefixes = this.byNamespace.get(namespace)
    if (prefixes === undefined) this.byNamespace.set(namespace, [checked(prefix)])
    else if (prefixes.length < 8) prefixes.push(checked(prefix))
  }

  resolve(prefix: string): string | undefined {
    for (let scope: Declarations | undefined = this; scope !== undefined; scope = scope.outer) {
      const namespace = scope.own.get(prefix)
      if (namespace !== undefined) return namespace
    }
    return undefined
  }

  prefixOf(namespace: string): string | undefined {
    for (let scope: Declarations | undefined = this; scope !== undefined; scope = scope.outer) {
      const visible = scope.byNamespace.get(namespace)?.find(prefix => this.resolve(prefix) === namespace)
      if (visible !== undefined) return visible
    }
    return undefined
  }
}

class ElementScope {
  text = ''
  #declarations: Declarations | undefined
  readonly #outer: Declarations | undefined

  constructor(outer: Declarations | undefined) {
    this.#outer = outer
  }

  get declarations(): Declarations | undefined {
    return this.#declarations ?? this.#outer
  }

  /** Declares what is in scope at an element and was not at its parent. */
  declareAll(prefixes: ReadonlyMap<string, string>, outer: ReadonlyMap<string, string> | undefined): void {
    const fresh = prefixes instanceof PrefixScope && prefixes.parent === outer ? prefixes.own : prefixes
    for (const [prefix, namespace] of fresh)
      if (prefix !== 'xml' && this.declarations?.resolve(prefix) !== namespace) this.#declare(prefix, namespace)
    const inherited = this.declarations?.resolve('') ?? ''
    if (inherited !== '' && !prefixes.has('')) this.#declare('', '')
  }

  elementName({ namespace, local }: XmlElement): string {
    checked(local)
    // The default namespace around the outermost element is not known, hence not empty.
    if (this.declarations?.resolve('') === namespace) return local
    if (namespace === '') {
      this.#declare('', '')
      return local
    }
    return `${this.#prefix(namespace)}:${local}`
  }

  attributeName({ namespace, local }: XmlAttribute): string {
    checked(local)
    return namespace === '' ? local : `${this.#prefix(namespace)}:${local}`
  }

  #prefix(namespace: string): string {
    if (namespace === xmlNamespace) return 'xml'
    const known = this.declarations?.prefixOf(namespace)
    if (known !== undefined) return known
    let count = 1
    while (this.declarations?.resolve(`ns${count}`) !== undefined) count++
    this.#declare(`ns${count}`, namespace)
    return `ns${count}`
  }

  #declare(prefix: string, namespace: string): void {
    if (prefix !== '' && namespace === '') return
    if (this.#declarations?.own.has(prefix) === true) throw new Error('A tree has a name in no namespace that it hides')
    this.#declarations ??= new Declarations(this.#outer)
    this.#declarations.add(prefix, namespace)
    this.text += ` xmlns${prefix === '' ? '' : ':'}${prefix}="${escapeAttribute(namespace)}"`
  }
}

function checked(name: string): string {
  if (!isNcName(name)) throw new Error(`${JSON.stringify(name)} cannot be a name in XML`)
  return name
}
