import { clark, type QName, qname } from '../../core/qname.ts'
import { attributeOf, type XmlElement } from '../../xml/tree.ts'
import { builtinCodec, isAnyType } from '../builtin-types.ts'
import { XSD } from '../names.ts'
import { builtin, made, rewritten } from './rewritten.ts'
import { documentation, nameIn, part, parts, soapEncodings } from './schema-parts.ts'

/** Simple types, and types by their names, as the closed subset has them. */
export class SimpleTypes {
  /** Every type that is described, by its name in Clark's notation. */
  readonly #types: ReadonlyMap<string, { readonly type: XmlElement }>

  constructor(types: ReadonlyMap<string, { readonly type: XmlElement }>) {
    this.#types = types
  }

  /** A type by its name, as far as it is known. */
  typeOf(element: XmlElement, text: string): QName {
    const name = nameIn(element, text)
    if (name === undefined) return anyType
    if (this.#types.has(clark(name))) return name
    if (name.namespace !== XSD && !soapEncodings.has(name.namespace)) return anyType
    const own = qname(XSD, name.local)
    if (isAnyType(own) || builtinCodec(own) !== undefined) return own
    return name.local === 'Array' || name.local === 'Struct' ? anyType : qname(XSD, 'string')
  }

  /** The same, as an attribute of a rewritten element says it. */
  typeName(element: XmlElement, text: string): string {
    const name = this.typeOf(element, text)
    return this.#types.has(clark(name)) ? text : builtin(name.local)
  }

  /** The built-in type behind a simple one; undefined for lists and unions. */
  #primitive(element: XmlElement, text: string): string | undefined {
    let at = element
    let name: string | undefined = text
    for (let steps = 0; name !== undefined && steps < 64; steps++) {
      const found = nameIn(at, name)
      const type: XmlElement | undefined = found && this.#types.get(clark(found))?.type
      if (type === undefined) return this.typeOf(at, name).local
      const restriction = part(type, 'restriction')
      if (restriction === undefined) return undefined
      at = restriction
      name = attributeOf(restriction, '', 'base')
    }
    return undefined
  }

  /** The type of an attribute: named, or inside of it; text where it is neither. */
  simpleTypeOf(element: XmlElement): string {
    const named = attributeOf(element, '', 'type')
    if (named !== undefined) return this.#simple(element, named)
    const inside = part(element, 'simpleType')
    const restriction = inside && part(inside, 'restriction')
    return restriction === undefined ? builtin('string') : this.baseOf(restriction)
  }

  /** The base of a derivation with simple content. */
  baseOf(derivation: XmlElement): string {
    const named = attributeOf(derivation, '', 'base')
    return named === undefined ? builtin('string') : this.#simple(derivation, named)
  }

  #simple(element: XmlElement, named: string): string {
    const type = this.typeName(element, named)
    return type === builtin('anyType') ? builtin('string') : type
  }

  simpleType(type: XmlElement): XmlElement {
    const restriction = part(type, 'restriction')
    const union = part(type, 'union')
    const members = union && attributeOf(union, '', 'memberTypes')
    const inside =
      restriction !== undefined
        ? this.#restriction(restriction)
        : union !== undefined && members !== undefined && part(union, 'simpleType') === undefined
          ? rewritten(union, ['memberTypes'], [], {
              memberTypes: members
                .trim()
                .split(/\s+/)
                .map(one => this.typeName(union, one))
                .join(' '),
            })
          : made(type, 'restriction', { base: builtin('string') })
    return rewritten(type, ['name'], [...documentation(type), inside])
  }

  #restriction(restriction: XmlElement): XmlElement {
    const said = attributeOf(restriction, '', 'base')
    const base = this.baseOf(restriction)
    const primitive = said === undefined ? undefined : this.#primitive(restriction, said)
    const kept = parts(restriction).filter(one => keeps(one, primitive))
    return rewritten(restriction, ['base'], kept.map(facet), { base })
  }
}

const anyType = qname(XSD, 'anyType')
const texts: ReadonlySet<string | undefined> = new Set(['string', 'normalizedString', 'token', 'anyURI'])

/** Whether a facet is one that the subset knows for such a type; others bind the service only. */
function keeps(one: XmlElement, primitive: string | undefined): boolean {
  const codec = primitive === undefined ? undefined : builtinCodec(qname(XSD, primitive))
  switch (one.local) {
    case 'enumeration':
      return codec?.primitive !== 'qname'
    case 'minInclusive':
    case 'maxInclusive':
      return codec?.order !== undefined
    case 'minLength':
    case 'maxLength':
      return texts.has(primitive) && /^\s*\d{1,9}\s*$/.test(attributeOf(one, '', 'value') ?? '')
    default:
      return false
  }
}
const facet = (one: XmlElement): XmlElement => rewritten(one, ['value'], [])
