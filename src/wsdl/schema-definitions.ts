import { clark, type QName, qname } from '../core/qname.ts'
import { isAnyType } from './builtin-types.ts'
import { ContractError } from './contract-error.ts'
import type { Contract } from './contract-model.ts'
import { JOB, XSD } from './names.ts'
import { type ComplexType, type Facets, isNamed, type Particle, type Type, type TypeUse } from './schema-model.ts'

/** A type with its names followed to the end: of a restriction the built-in base and all facets. */
export type Resolved =
  | { readonly kind: 'simple'; readonly base: QName; readonly facets: Facets }
  | { readonly kind: 'union'; readonly members: readonly QName[] }
  | { readonly kind: 'complex'; readonly type: ComplexType; readonly name: QName | undefined }
  | { readonly kind: 'any' }

/** An element or attribute of a complex type. What stands in a choice may be missing, like what is optional. */
export interface Member {
  readonly name: string
  readonly attribute: boolean
  readonly type: TypeUse
  readonly min: number
  readonly max: number
  readonly nillable: boolean
}

export interface Members {
  readonly list: readonly Member[]
  /** Whether other elements may stand among them. */
  readonly open: boolean
}

const anyType = qname(XSD, 'anyType')

/** The named types and elements of a contract as they are written, for those who compare contracts. */
export class SchemaDefinitions {
  readonly #types = new Map<string, Type>()
  readonly #elements = new Map<string, TypeUse>()
  readonly #attributes = new Map<string, QName>()

  constructor({ schemas }: Contract) {
    for (const { namespace, components } of schemas)
      for (const component of components) {
        const key = clark(qname(namespace, component.name))
        if (component.kind === 'type') this.#types.set(key, component.type)
        else if (component.kind === 'attribute') this.#attributes.set(key, component.type)
        else this.#elements.set(key, component.type)
      }
  }

  /** Throws {@link ContractError} when there is no such element. */
  elementType(name: QName): TypeUse {
    const type = this.#elements.get(clark(name))
    if (type === undefined) throw new ContractError(`There is no element ${clark(name)}`)
    return type
  }

  resolve(use: TypeUse): Resolved {
    if (isNamed(use)) {
      if (isAnyType(use)) return { kind: 'any' }
      const named = this.#types.get(clark(use))
      if (named === undefined) return { kind: 'simple', base: use, facets: {} }
      return named.kind === 'complex' ? { kind: 'complex', type: named, name: use } : this.resolve(named)
    }
    if (use.kind === 'complex') return { kind: 'complex', type: use, name: undefined }
    if (use.kind === 'union') return { kind: 'union', members: use.members }
    const base = this.resolve(use.base)
    return base.kind === 'simple' ? { ...base, facets: { ...base.facets, ...use.facets } } : base
  }

  membersOf(type: ComplexType): Members {
    const base = type.base === undefined ? undefined : this.resolve(type.base)
    const inherited = base?.kind === 'complex' ? this.membersOf(base.type) : { list: [], open: false }
    const own: Member[] = []
    let { open } = inherited
    const visit = (particle: Particle, optional: boolean): void => {
      if (particle.kind === 'any') open = true
      else if (particle.kind === 'element') {
        const { name, ref, max, nillable } = particle
        const use = ref === undefined ? particle.type : this.#elements.get(clark(ref))
        const min = optional ? 0 : particle.min
        own.push({ name, attribute: false, type: use ?? anyType, min, max, nillable })
      } else
        for (const one of particle.particles) visit(one, optional || particle.min === 0 || particle.kind === 'choice')
    }
    if (type.content !== undefined) visit(type.content, false)
    for (const use of type.attributes) {
      const [name, kind] =
        use.ref === undefined ? [use.name, use.type] : [use.ref.local, this.#attributes.get(clark(use.ref)) ?? anyType]
      own.push({ name, attribute: true, type: kind, min: use.required ? 1 : 0, max: 1, nillable: false })
    }
    return { list: [...inherited.list, ...own], open }
  }
}

const kinds: Readonly<Record<string, string>> = {
  [clark(qname(XSD, 'string'))]: 'a text',
  [clark(qname(XSD, 'long'))]: 'an integer',
  [clark(qname(XSD, 'double'))]: 'a number',
  [clark(qname(XSD, 'boolean'))]: 'a boolean',
  [clark(qname(JOB, 'FileIn'))]: 'a file',
  [clark(qname(JOB, 'FileOut'))]: 'a file',
}

/** What kind of value it is, as people call it; two types with the same word are told apart by their facets or members. */
export function wordFor(resolved: Resolved): string {
  if (resolved.kind === 'any') return 'anything'
  if (resolved.kind === 'union') return `one of ${resolved.members.map(member => member.local).join(', ')}`
  const name = resolved.kind === 'simple' ? resolved.base : resolved.name
  return name === undefined ? 'a structure' : (kinds[clark(name)] ?? name.local)
}
