import { clark, type QName, qname } from '../../core/qname.ts'
import { attributeOf, isElement, type XmlAttribute, type XmlElement } from '../../xml/tree.ts'
import { writeElement } from '../../xml/write-element.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import type { Contract } from '../contract-model.ts'
import { XSD, XSI } from '../names.ts'
import { type Compiled, libraryOf, type Slot } from '../type-library.ts'

/** What the encoding of SOAP is called in the version at hand, and where encodingStyle belongs. */
export interface EncodingTerms {
  readonly encoding: string
  readonly envelope: string
}

const limits = { depth: 256, characters: 256 * 1024 * 1024 }

/**
 * A literal request in the encoding of SOAP: with the types of its values, and the types and sizes of its arrays, which
 * old services go by (SOAP 1.1 section 5.1, 5.4.2; SOAP 1.2 part 2 section 3.1.4). `arrays` as {@link adaptSchemas} tells.
 */
export function encodedRequest(
  contract: Contract,
  name: QName,
  markup: string,
  arrays: ReadonlySet<string>,
  terms: EncodingTerms,
): string {
  const root = parseXml(markup, limits)
  const slot = libraryOf(contract).element(name)
  if (slot === undefined) throw new Error(`the contract has no element ${clark(name)}`)
  const typing = new Typing(contract, root, arrays, terms)
  return writeElement(typing.root(root, slot))
}

class Typing {
  readonly #prefixOf = new Map<string, string>()
  readonly #shared: ReadonlyMap<string, string>
  readonly #arrays: ReadonlySet<string>
  readonly #terms: EncodingTerms

  constructor(contract: Contract, root: XmlElement, arrays: ReadonlySet<string>, terms: EncodingTerms) {
    this.#arrays = arrays
    this.#terms = terms
    const shared = new Map(root.prefixes)
    for (const [prefix, namespace] of [['xsd', XSD] as const, ['xsi', XSI] as const, ['enc', terms.encoding] as const])
      shared.set(prefix, namespace)
    contract.schemas.forEach(({ namespace }, index) => {
      if (namespace !== '') shared.set(`s${index}`, namespace)
    })
    for (const [prefix, namespace] of shared) if (prefix !== '') this.#prefixOf.set(namespace, prefix)
    this.#shared = shared
  }

  root(element: XmlElement, slot: Slot): XmlElement {
    const style = { namespace: this.#terms.envelope, local: 'encodingStyle', value: this.#terms.encoding }
    const inside = this.#inside(element, slot.type())
    return { ...inside, attributes: [...inside.attributes, style] }
  }

  #typed(element: XmlElement, { type, typeName }: Slot): XmlElement {
    const inside = this.#inside(element, type())
    if (typeName === undefined || attributeOf(element, XSI, 'nil') !== undefined) return inside
    // What a derived type is, the message says already.
    if (attributeOf(element, XSI, 'type') !== undefined) return inside
    const { attributes } = inside
    if (!this.#arrays.has(clark(typeName)))
      return type().kind === 'any' ? inside : { ...inside, attributes: [...attributes, this.#type(typeName)] }
    return { ...inside, attributes: [...attributes, ...this.#array(inside, type())] }
  }

  #inside(element: XmlElement, type: Compiled): XmlElement {
    const prefixes = new Map([...element.prefixes, ...this.#shared])
    if (type.kind !== 'complex') return { ...element, prefixes }
    const children = element.children.map(child => {
      const slot = isElement(child) ? type.shape.slots.get(child.local) : undefined
      return isElement(child) && slot !== undefined ? this.#typed(child, slot) : child
    })
    return { ...element, prefixes, children }
  }

  #array(element: XmlElement, type: Compiled): readonly XmlAttribute[] {
    const item = type.kind === 'complex' ? type.shape.slots.get('item')?.typeName : undefined
    const size = element.children.length
    const of = this.#name(item ?? qname(XSD, 'anyType'))
    const { encoding } = this.#terms
    const isFirst = encoding.startsWith('http://schemas.xmlsoap.org/')
    return isFirst
      ? [this.#type(qname(encoding, 'Array')), { namespace: encoding, local: 'arrayType', value: `${of}[${size}]` }]
      : [
          { namespace: encoding, local: 'itemType', value: of },
          { namespace: encoding, local: 'arraySize', value: String(size) },
        ]
  }

  #type(name: QName): XmlAttribute {
    return { namespace: XSI, local: 'type', value: this.#name(name) }
  }

  #name({ namespace, local }: QName): string {
    const prefix = this.#prefixOf.get(namespace)
    return prefix === undefined ? local : `${prefix}:${local}`
  }
}
