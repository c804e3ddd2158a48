import { clark, type QName, qname } from '../../core/qname.ts'
import { attributeOf, type XmlElement } from '../../xml/tree.ts'
import { ContractError } from '../contract-error.ts'
import { WSDL } from '../names.ts'
import { SimpleTypes } from './adapt-simple-types.ts'
import { itemsOf, Members, occurrence, occursOf, widened, wildcard, withOccurs } from './members.ts'
import { builtin, made, rewritten } from './rewritten.ts'
import { documentation, nameIn, nameOf, part, parts, soapEncodings } from './schema-parts.ts'

export interface GatheredSchema {
  readonly schema: XmlElement
  readonly namespace: string
}

export interface AdaptedSchemas {
  /** One a namespace, in the closed subset. */
  readonly schemas: readonly XmlElement[]
  /** Types that are arrays of SOAP's encoding (SOAP 1.1 section 5.4.2): their members are called `item`. */
  readonly arrays: ReadonlySet<string>
  /** A type by the name that an element says, as far as it is known. */
  readonly typeOf: (element: XmlElement, text: string) => QName
}

/**
 * Schemas that others wrote, as schemas of the closed subset that takes every message that theirs take: what the subset
 * cannot say is said more widely (facets are dropped, groups written out, what is not known is anything).
 */
export function adaptSchemas(gathered: readonly GatheredSchema[]): AdaptedSchemas {
  const adapter = new Adapter(gathered)
  const byNamespace = new Map<string, Map<string, XmlElement>>()
  for (const { schema, namespace } of gathered) {
    const components = byNamespace.get(namespace) ?? new Map<string, XmlElement>()
    byNamespace.set(namespace, components)
    for (const component of adapter.components(schema, namespace)) {
      const key = `${kindOf(component)} ${nameOf(component)}`
      if (!components.has(key)) components.set(key, component)
    }
  }
  const told = { arrays: adapter.arrays, typeOf: (at: XmlElement, text: string) => adapter.simple.typeOf(at, text) }
  const [first] = gathered
  if (first === undefined) return { schemas: [], ...told }
  const schemas = [...byNamespace].map(([namespace, components]) => {
    const own = gathered.find(one => one.namespace === namespace)?.schema ?? first.schema
    const attributeFormDefault = attributeOf(own, '', 'attributeFormDefault') ?? 'unqualified'
    const forms = { targetNamespace: namespace, elementFormDefault: 'qualified', attributeFormDefault }
    return made(first.schema, 'schema', forms, [...components.values()])
  })
  return { schemas, ...told }
}

/** More than services have; a few groups that hold each other often enough would be more than any memory holds. */
const most = { components: 10_000, particles: 100_000 }

/** How local names are meant in the schema at hand. */
interface Forms {
  readonly namespace: string
  readonly elements: string
}

class Adapter {
  /** Types that are arrays of SOAP's encoding (SOAP 1.1 section 5.4.2): their members are called `item`. */
  readonly arrays = new Set<string>()
  readonly #types = new Map<string, { readonly type: XmlElement; readonly forms: Forms }>()
  readonly simple = new SimpleTypes(this.#types)
  readonly #elements = new Set<string>()
  readonly #attributes = new Set<string>()
  readonly #groups = new Map<string, { readonly group: XmlElement; readonly forms: Forms }>()
  /** Groups that stand in themselves are left out there. */
  readonly #open = new Set<string>()
  readonly #members = new Map<string, ReadonlySet<string>>()
  #particles = 0

  constructor(gathered: readonly GatheredSchema[]) {
    for (const { schema, namespace } of gathered)
      for (const one of parts(schema)) {
        const name = clark(qname(namespace, nameOf(one)))
        if (this.#types.size + this.#elements.size > most.components)
          throw new ContractError(`It has more than ${most.components} types and elements`)
        if (kindOf(one) === 'type') this.#types.set(name, { type: one, forms: formsOf(schema, namespace) })
        else if (one.local === 'element') this.#elements.add(name)
        else if (one.local === 'attribute') this.#attributes.add(name)
        else if (one.local === 'group' || one.local === 'attributeGroup')
          this.#groups.set(`${one.local} ${name}`, { group: one, forms: formsOf(schema, namespace) })
      }
  }

  components(schema: XmlElement, namespace: string): readonly XmlElement[] {
    const forms = formsOf(schema, namespace)
    return parts(schema).flatMap((one): readonly XmlElement[] => {
      switch (one.local) {
        case 'element':
          return [this.#typed(one, ['name', 'type', 'nillable'], forms)]
        case 'complexType':
          return [this.#complexType(one, forms)]
        case 'simpleType':
          return [this.simple.simpleType(one)]
        case 'attribute':
          return [made(one, 'attribute', { name: nameOf(one), type: this.simple.simpleTypeOf(one) })]
        default:
          return []
      }
    })
  }

  /** An element with its type: named, inside, or anything. */
  #typed(element: XmlElement, keep: readonly string[], forms: Forms): XmlElement {
    const inside = part(element, 'complexType', 'simpleType')
    const named = attributeOf(element, '', 'type')
    const type = named === undefined ? undefined : this.simple.typeName(element, named)
    const children = [
      ...documentation(element),
      ...(named !== undefined || inside === undefined
        ? []
        : [inside.local === 'complexType' ? this.#complexType(inside, forms) : this.simple.simpleType(inside)]),
    ]
    return rewritten(element, keep, children, type === undefined ? {} : { type })
  }

  #complexType(type: XmlElement, forms: Forms): XmlElement {
    const derived = part(type, 'complexContent', 'simpleContent')
    const change = derived && part(derived, 'extension', 'restriction')
    // A complexContent that derives from nothing, gSOAP writes.
    if (derived === undefined || change === undefined) return this.#withContent(type, derived ?? type, forms, undefined)
    const base = attributeOf(change, '', 'base')
    const name = base === undefined ? undefined : nameIn(change, base)
    if (change.local === 'restriction' && name !== undefined && soapEncodings.has(name.namespace))
      return this.#array(type, change, forms)
    if (derived.local === 'simpleContent') {
      const extension = rewritten(change, ['base'], this.#attributesIn(change, new Members(['value'])), {
        base: this.simple.baseOf(change),
      })
      return rewritten(
        type,
        ['name', 'abstract'],
        [...documentation(type), rewritten(derived, [], [{ ...extension, local: 'extension' }])],
      )
    }
    // A restriction says all of its content again.
    const known = change.local === 'extension' && name !== undefined && this.#types.has(clark(name))
    return this.#withContent(type, change, forms, known ? base : undefined)
  }

  #withContent(type: XmlElement, body: XmlElement, forms: Forms, base: string | undefined): XmlElement {
    const inherited = base === undefined ? undefined : nameIn(body, base)
    const names = new Members(inherited === undefined ? [] : this.#membersOf(clark(inherited)))
    const group = part(body, 'sequence', 'choice', 'all', 'group')
    const first = group === undefined ? [] : this.#group(group, forms, names, 0)
    const content = names.twice.size === 0 ? first : first.map(one => widened(one, names.twice))
    const inside = [...content, ...this.#attributesIn(body, names)]
    const children =
      base === undefined
        ? inside
        : [made(type, 'complexContent', {}, [rewritten({ ...body, local: 'extension' }, ['base'], inside, { base })])]
    return rewritten(type, ['name', 'abstract'], [...documentation(type), ...children])
  }

  /** The members that a type has, with those it inherits. */
  #membersOf(type: string): ReadonlySet<string> {
    const known = this.#members.get(type)
    if (known !== undefined) return known
    const found = this.#types.get(type)
    // Before its own are known: a type that is derived from itself is refused by whoever uses it.
    this.#members.set(type, new Set())
    if (found === undefined) return new Set()
    const derived = part(found.type, 'complexContent')
    const change = derived && part(derived, 'extension')
    const base = change && attributeOf(change, '', 'base')
    const inherited = change && base !== undefined ? nameIn(change, base) : undefined
    const names = new Members(inherited === undefined ? [] : this.#membersOf(clark(inherited)))
    const body = change ?? (derived && part(derived, 'restriction')) ?? found.type
    const group = part(body, 'sequence', 'choice', 'all', 'group')
    if (group !== undefined) this.#group(group, found.forms, names, 0)
    this.#attributesIn(body, names)
    this.#members.set(type, names.all)
    return names.all
  }

  #spend(): void {
    if (++this.#particles > most.particles)
      throw new ContractError(`Its types have more than ${most.particles} members, groups written out`)
  }

  /** An array of SOAP's encoding: of what its wsdl:arrayType says, or the element inside. */
  #array(type: XmlElement, restriction: XmlElement, forms: Forms): XmlElement {
    const name = attributeOf(type, '', 'name')
    if (name !== undefined) this.arrays.add(clark(qname(forms.namespace, name)))
    const attribute = parts(restriction).find(one => one.local === 'attribute')
    const said = attribute && attributeOf(attribute, WSDL, 'arrayType')
    const sequence = part(restriction, 'sequence', 'all')
    const element = sequence && part(sequence, 'element')
    const at = said !== undefined && attribute !== undefined ? attribute : (element ?? type)
    const text = said ?? (element === undefined ? undefined : attributeOf(element, '', 'type'))
    const brackets = (said ?? '').match(/\[[^\]]*\]/g)?.length ?? 1
    const item = text === undefined ? builtin('anyType') : this.simple.typeName(at, text.replace(/\[.*$/s, ''))
    const items = itemsOf(at, item, Math.min(brackets, 8))
    return rewritten(type, ['name'], [...documentation(type), made(type, 'sequence', {}, [items])])
  }

  /** A group of the subset; nothing for one that cannot be found. `names` are the members of the type so far. */
  #group(group: XmlElement, forms: Forms, names: Members, depth: number): readonly XmlElement[] {
    this.#spend()
    if (group.local === 'group') {
      const name = nameIn(group, attributeOf(group, '', 'ref') ?? '')
      const key = `group ${name === undefined ? '' : clark(name)}`
      const found = this.#groups.get(key)
      const inside = found && part(found.group, 'sequence', 'choice', 'all')
      if (found === undefined || inside === undefined || depth > 64 || this.#open.has(key)) return []
      this.#open.add(key)
      const occurs = rewritten(inside, ['minOccurs', 'maxOccurs'], inside.children, occursOf(group))
      const written = this.#group(occurs, found.forms, names, depth + 1)
      this.#open.delete(key)
      return written
    }
    const { minOccurs = '1', maxOccurs = '1' } = occursOf(group)
    const repeated = maxOccurs !== '1' && maxOccurs !== '0'
    const particles = parts(group).flatMap(one => this.#particle(one, forms, names, repeated, depth))
    const min = minOccurs === '0' || repeated ? { minOccurs: '0' } : {}
    return [made(group, group.local === 'choice' && !repeated ? 'choice' : 'sequence', min, particles)]
  }

  #particle(one: XmlElement, forms: Forms, names: Members, repeated: boolean, depth: number): readonly XmlElement[] {
    const many = repeated ? { minOccurs: '0', maxOccurs: 'unbounded' } : {}
    switch (one.local) {
      case 'sequence':
      case 'choice':
      case 'all':
      case 'group': {
        const inner = repeated ? rewritten(one, ['ref'], one.children, {}) : one
        const marked = repeated ? withOccurs(inner) : inner
        return this.#group(marked, forms, names, depth + 1)
      }
      case 'any':
        return wildcard(one, names)
      case 'element':
        this.#spend()
        return this.#localElement(one, forms, names, many)
      default:
        return []
    }
  }

  #localElement(
    one: XmlElement,
    forms: Forms,
    names: Members,
    many: Readonly<Record<string, string>>,
  ): readonly XmlElement[] {
    const ref = attributeOf(one, '', 'ref')
    if (ref !== undefined) {
      const name = nameIn(one, ref)
      if (name !== undefined && this.#elements.has(clark(name)))
        return names.claim(name.local)
          ? [rewritten(one, ['ref', ...occurrence], [], { ...occursOf(one), ...many })]
          : []
      // Another schema's, which is not here: anything of it is taken.
      return wildcard(one, names)
    }
    if (!names.claim(nameOf(one))) return []
    const form = attributeOf(one, '', 'form') ?? forms.elements
    const element = this.#typed(one, local, forms)
    return [rewritten(element, local, element.children, { ...occursOf(one), ...many, form })]
  }

  #attributesIn(body: XmlElement, names: Members, depth = 0): readonly XmlElement[] {
    return parts(body).flatMap((one): readonly XmlElement[] => {
      if (one.local === 'attributeGroup') {
        const name = nameIn(one, attributeOf(one, '', 'ref') ?? '')
        const found = name && this.#groups.get(`attributeGroup ${clark(name)}`)
        if (found === undefined || depth > 20) return []
        this.#spend()
        return this.#attributesIn(found.group, names, depth + 1)
      }
      if (one.local !== 'attribute' || attributeOf(one, '', 'use') === 'prohibited') return []
      const use = attributeOf(one, '', 'use') === 'required' ? { use: 'required' } : {}
      const ref = attributeOf(one, '', 'ref')
      if (ref !== undefined) {
        const name = nameIn(one, ref)
        if (name === undefined || !this.#attributes.has(clark(name)) || !names.claim(name.local)) return []
        return [rewritten(one, ['ref', 'use'], [], use)]
      }
      if (!names.claim(nameOf(one))) return []
      return [made(one, 'attribute', { name: nameOf(one), type: this.simple.simpleTypeOf(one), ...use })]
    })
  }
}

const kindOf = ({ local }: XmlElement): string => (local === 'simpleType' || local === 'complexType' ? 'type' : local)

const local = ['name', 'type', 'nillable', 'form', ...occurrence]

const formsOf = (schema: XmlElement, namespace: string): Forms => ({
  namespace,
  elements: attributeOf(schema, '', 'elementFormDefault') ?? 'unqualified',
})
