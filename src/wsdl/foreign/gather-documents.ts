import { attributeOf, childElements, isElement, type XmlElement } from '../../xml/tree.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import { ContractError } from '../contract-error.ts'
import { WSDL, XSD } from '../names.ts'
import { soapEncodings } from './schema-parts.ts'

/** A WSDL with everything that it imports, and the schemas in and behind it. */
export interface WsdlDocuments {
  /** The one that was asked for is the first. */
  readonly definitions: readonly XmlElement[]
  /** Each with the namespace that it is for: an included schema without one takes that of whoever includes it. */
  readonly schemas: readonly { readonly schema: XmlElement; readonly namespace: string }[]
}

/** Reads a document by its address; throws what tells why it cannot be had. */
export type FetchDocument = (url: string) => Promise<string>

const mostDocuments = 64
const mostCharacters = 16 * 1024 * 1024
const limits = { depth: 64, characters: 8 * 1024 * 1024, elements: 200_000 }
/** Of these everybody has them: nothing is fetched for them. */
const known: ReadonlySet<string> = new Set([XSD, 'http://www.w3.org/XML/1998/namespace', ...soapEncodings])

/**
 * Fetches a WSDL, and what it imports and includes, each once, within limits. Throws {@link ContractError} for what is no
 * WSDL, or too much.
 */
export async function gatherDocuments(url: string, fetch: FetchDocument): Promise<WsdlDocuments> {
  const gathering = new Gathering(fetch)
  await gathering.definitions(url)
  return { definitions: gathering.wsdl, schemas: gathering.schemas }
}

class Gathering {
  readonly wsdl: XmlElement[] = []
  readonly schemas: { readonly schema: XmlElement; readonly namespace: string }[] = []
  readonly #fetch: FetchDocument
  readonly #seen = new Set<string>()
  readonly #trees = new Map<string, { readonly root: XmlElement; readonly characters: number }>()
  #characters = 0

  constructor(fetch: FetchDocument) {
    this.#fetch = fetch
  }

  async definitions(url: string): Promise<void> {
    const root = await this.#read(url)
    if (root === undefined) return
    // A wsdl:import may lead to a schema, too.
    if (root.namespace === XSD && root.local === 'schema') return this.#schema(root, url, undefined)
    if (root.namespace !== WSDL || root.local !== 'definitions')
      throw new ContractError(`${url} is no WSDL 1.1 document: its root is ${root.local}`)
    this.wsdl.push(root)
    for (const child of childElements(root)) {
      if (child.namespace !== WSDL) continue
      const location = attributeOf(child, '', 'location')
      if (child.local === 'import' && location !== undefined) await this.definitions(resolve(location, url))
      if (child.local === 'types')
        for (const schema of childElements(child))
          if (schema.namespace === XSD && schema.local === 'schema') await this.#schema(schema, url, undefined)
    }
  }

  async #schema(schema: XmlElement, url: string, including: string | undefined): Promise<void> {
    const namespace = attributeOf(schema, '', 'targetNamespace') ?? including ?? ''
    this.schemas.push({ schema, namespace })
    for (const child of childElements(schema)) {
      if (child.namespace !== XSD || !['import', 'include', 'redefine'].includes(child.local)) continue
      const location = attributeOf(child, '', 'schemaLocation')
      const imported = attributeOf(child, '', 'namespace') ?? ''
      if (location === undefined || (child.local === 'import' && known.has(imported))) continue
      const at = resolve(location, url)
      const chameleon = child.local === 'import' ? '' : namespace
      const root = await this.#read(at, chameleon)
      if (root === undefined) continue
      if (root.namespace !== XSD || root.local !== 'schema') throw new ContractError(`${at} is no XML schema`)
      await this.#schema(root, at, child.local === 'import' ? undefined : namespace)
    }
  }

  /** Undefined: it was read before, for the same namespace. */
  async #read(url: string, namespace = ''): Promise<XmlElement | undefined> {
    const key = `${namespace} ${url}`
    if (this.#seen.has(key)) return undefined
    this.#seen.add(key)
    const known = this.#trees.get(url)
    if (known === undefined && this.#trees.size >= mostDocuments)
      throw new ContractError(`It imports more than ${mostDocuments} documents`)
    if (this.#seen.size > 4 * mostDocuments) throw new ContractError('It includes its documents too often')
    const tree = known ?? (await this.#fetched(url))
    this.#trees.set(url, tree)
    const { root, characters } = tree
    if (namespace === '' || attributeOf(root, '', 'targetNamespace') !== undefined) return root
    // One in another namespace is another document, and as large.
    this.#charge(characters)
    return inNamespace(root, namespace, new Map())
  }

  async #fetched(url: string): Promise<{ readonly root: XmlElement; readonly characters: number }> {
    const text = await this.#fetch(url)
    this.#charge(text.length)
    return { root: parseXml(text, limits), characters: text.length }
  }

  #charge(characters: number): void {
    this.#characters += characters
    if (this.#characters > mostCharacters) throw new ContractError('With what it imports it is too large')
  }
}

/** An included schema without a namespace: its names without a prefix are of whoever includes it (XSD 1.0 part 1, 4.2.1). */
function inNamespace(
  element: XmlElement,
  namespace: string,
  made: Map<ReadonlyMap<string, string>, ReadonlyMap<string, string>>,
): XmlElement {
  const known = made.get(element.prefixes)
  const prefixes = known ?? new Map([['', namespace], ...element.prefixes])
  made.set(element.prefixes, prefixes)
  const children = element.children.map(child => (isElement(child) ? inNamespace(child, namespace, made) : child))
  return { ...element, prefixes, children }
}

function resolve(location: string, base: string): string {
  const url = URL.parse(location, base)
  if (url === null) throw new ContractError(`${location.slice(0, 200)} is no address of a document to import`)
  url.hash = ''
  // What comes over the network says nothing about this machine.
  if (url.protocol === 'file:' && !/^file:/i.test(base))
    throw new ContractError(`${base} imports a file of this machine`)
  return url.href
}
