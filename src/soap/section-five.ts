import { GridwrapError } from '../core/errors.ts'
import { attributeOf, childElements, isElement, type XmlAttribute, type XmlElement } from '../xml/tree.ts'
import { soap11, soap12 } from './namespaces.ts'

/** The encoding of SOAP: SOAP 1.1 section 5, and SOAP 1.2 part 2 section 3. */
export const soapEncoding = {
  '1.1': 'http://schemas.xmlsoap.org/soap/encoding/',
  '1.2': 'http://www.w3.org/2003/05/soap-encoding',
} as const

/** More cannot be meant; a few elements that refer to each other often enough are more than any memory holds. */
const limits = { elements: 1_000_000, depth: 256, copied: 64 * 1024 * 1024 }

/**
 * A message in the encoding of SOAP as if it were literal: what is referred to (`href` and `id`, SOAP 1.1 section 5.2.1;
 * `enc:ref` and `enc:id`) stands where it is meant, the Body holds the call alone, and members of arrays, whose names say
 * nothing (section 5.4.2), are called `item`. Throws `malformed-request` for references to nothing or in a circle, and
 * `too-large` when what they stand for is.
 */
export function inlineReferences(envelope: XmlElement): XmlElement {
  const inliner = new Inliner(envelope)
  const children = envelope.children.map(child =>
    isElement(child) && child.local === 'Body' && child.namespace === envelope.namespace ? inliner.body(child) : child,
  )
  return { ...envelope, children }
}

class Inliner {
  readonly #targets = new Map<string, XmlElement>()
  readonly #open = new Set<XmlElement>()
  #elements = 0
  /** Characters of what is referred to, as often as it is. */
  #copied = 0

  constructor(root: XmlElement) {
    const waiting = [root]
    for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
      const id = idOf(element)
      if (id !== undefined) this.#targets.set(id, element)
      for (const child of element.children) if (isElement(child)) waiting.push(child)
    }
  }

  body(body: XmlElement): XmlElement {
    const all = childElements(body)
    const root = (one: XmlElement): string | undefined => attributeOf(one, soapEncoding['1.1'], 'root')
    const call =
      all.find(one => root(one) === '1') ??
      all.find(one => root(one) !== '0' && idOf(one) === undefined) ??
      all.find(one => root(one) !== '0') ??
      all[0]
    return { ...body, children: call === undefined ? [] : [this.#inlined(call, 0, false)] }
  }

  #inlined(element: XmlElement, depth: number, copy: boolean): XmlElement {
    this.#elements += 1
    const reference = attributeOf(element, '', 'href') ?? attributeOf(element, soapEncoding['1.2'], 'ref')
    const target = reference === undefined ? element : this.#targets.get(reference.replace(/^#/, ''))
    if (target === undefined) throw malformed(`nothing has the id ${JSON.stringify(String(reference).slice(0, 80))}`)
    if (this.#open.has(target)) throw malformed(`what has the id ${idOf(target) ?? ''} holds itself`)
    const copies = copy || target !== element
    if (copies) for (const child of target.children) if (!isElement(child)) this.#copied += child.length
    if (this.#elements > limits.elements || depth > limits.depth || this.#copied > limits.copied)
      throw new GridwrapError('too-large', 'The message refers to itself so often that it is too large.')
    this.#open.add(target)
    const array = target.attributes.some(isOfArrays)
    const children = target.children.map(child => {
      if (!isElement(child)) return child
      const inside = this.#inlined(child, depth + 1, copies)
      return array ? { ...inside, namespace: '', local: 'item' } : inside
    })
    this.#open.delete(target)
    const attributes = target.attributes.filter(one => !isOfEncoding(one))
    // Values that are QNames mean what they mean where they stand.
    return { ...target, namespace: element.namespace, local: element.local, attributes, children }
  }
}

const idOf = (element: XmlElement): string | undefined =>
  attributeOf(element, '', 'id') ?? attributeOf(element, soapEncoding['1.2'], 'id')

const isOfArrays = ({ namespace, local }: XmlAttribute): boolean =>
  (namespace === soapEncoding['1.1'] && local === 'arrayType') ||
  (namespace === soapEncoding['1.2'] && (local === 'itemType' || local === 'arraySize'))

const isOfEncoding = ({ namespace, local }: XmlAttribute): boolean =>
  [soap11, soap12, ...Object.values(soapEncoding)].includes(namespace) ||
  (namespace === '' && (local === 'href' || local === 'id'))

const malformed = (why: string): GridwrapError =>
  new GridwrapError('malformed-request', `The message is not encoded as SOAP has it: ${why}.`, {
    hint: 'The server does not follow SOAP 1.1 section 5; its administrator may know more.',
  })
