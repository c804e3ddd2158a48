import { attributeOf, isElement, type XmlElement } from '../../xml/tree.ts'
import { made, rewritten } from './rewritten.ts'

export const occurrence = ['minOccurs', 'maxOccurs']

/** The names of the members of a type while it is made. */
export class Members {
  readonly all: Set<string>
  /** Those that it has in several places: they are told apart by nothing, so they come together. */
  readonly twice = new Set<string>()

  constructor(inherited: Iterable<string>) {
    this.all = new Set(inherited)
  }

  /** Whether a member of this name is the first one of its type. */
  claim(name: string): boolean {
    if (!this.all.has(name)) {
      this.all.add(name)
      return true
    }
    this.twice.add(name)
    return false
  }
}

/** One a type, for everything that is not known by name. */
export function wildcard(like: XmlElement, names: Members): readonly XmlElement[] {
  if (names.all.has('any')) return []
  names.all.add('any')
  return [made(like, 'any', { minOccurs: '0', maxOccurs: 'unbounded' })]
}

/** Content in which some members occur in several places: those as often as they like, whatever else there is. */
export function widened(particle: XmlElement, names: ReadonlySet<string>): XmlElement {
  if (particle.local === 'sequence' || particle.local === 'choice') {
    const children = particle.children.map(one => (isElement(one) ? widened(one, names) : one))
    const inside = { ...particle, local: 'sequence', children }
    return rewritten(inside, ['minOccurs'], children, { minOccurs: '0' })
  }
  const name = attributeOf(particle, '', 'name') ?? attributeOf(particle, '', 'ref')?.replace(/^.*:/, '')
  const many = name !== undefined && names.has(name) ? { maxOccurs: 'unbounded' } : {}
  if (particle.local !== 'element') return particle
  const keep = ['name', 'ref', 'type', 'nillable', 'form', ...occurrence]
  return rewritten(particle, keep, particle.children, { minOccurs: '0', ...many })
}

/** What an element says of how often it occurs; numbers that nobody counts to are no bound. */
export function occursOf(group: XmlElement): { readonly minOccurs?: string; readonly maxOccurs?: string } {
  const minOccurs = attributeOf(group, '', 'minOccurs')?.trim()
  const said = attributeOf(group, '', 'maxOccurs')?.trim()
  const maxOccurs = said !== undefined && said.length > 9 ? 'unbounded' : said
  return { ...(minOccurs === undefined ? {} : { minOccurs }), ...(maxOccurs === undefined ? {} : { maxOccurs }) }
}

/** What is inside of a repeated group is repeated itself. */
export const withOccurs = (group: XmlElement): XmlElement =>
  rewritten(group, ['ref', 'minOccurs', 'maxOccurs'], group.children, { minOccurs: '0', maxOccurs: 'unbounded' })

/** The members of an array of arrays of … */
export function itemsOf(like: XmlElement, type: string, brackets: number): XmlElement {
  const forms = { name: 'item', form: 'unqualified', nillable: 'true', minOccurs: '0', maxOccurs: 'unbounded' }
  if (brackets <= 1) return made(like, 'element', { ...forms, type })
  const inner = made(like, 'sequence', {}, [itemsOf(like, type, brackets - 1)])
  return made(like, 'element', forms, [made(like, 'complexType', {}, [inner])])
}
