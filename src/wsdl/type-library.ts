// Longer than most: the compiled form of types, and the one class that makes it.
import { clark, type QName, qname } from '../core/qname.ts'
import { isAnyType, type SimpleCodec } from './builtin-types.ts'
import { ContractError } from './contract-error.ts'
import type { Contract } from './contract-model.ts'
import { XSD } from './names.ts'
import {
  type AnyParticle,
  type AttributeUse,
  type ComplexType,
  type ElementParticle,
  type Group,
  isNamed,
  type Particle,
  type Schema,
  type Type,
  type TypeUse,
} from './schema-model.ts'
import { requireBuiltin, simpleCodec } from './simple-types.ts'

/** A type made ready for the decoder and the serializer. */
export type Compiled =
  | { readonly kind: 'simple'; readonly codec: SimpleCodec }
  | { readonly kind: 'complex'; readonly shape: Shape }
  /** xs:anyType: the element itself. */
  | { readonly kind: 'any' }

/** A complex type with all it inherits: members by local name, which are unique because values are keyed by them. */
export interface Shape {
  /** Of a named type; a derived type is told by it. */
  readonly name: QName | undefined
  readonly abstract: boolean
  /** Of simple content: the codec of the text, whose value is the member `value`. */
  readonly text: SimpleCodec | undefined
  readonly attributes: readonly AttributeSlot[]
  /** What the elements must come to, in order. */
  readonly content: readonly ContentNode[]
  readonly slots: ReadonlyMap<string, Slot>
  readonly any: AnySlot | undefined
  /** The types that extend this one, by name in Clark's notation. */
  readonly derived: () => ReadonlyMap<string, Shape>
}

export type ContentNode =
  | Slot
  | AnySlot
  | {
      readonly kind: 'sequence' | 'choice'
      readonly min: 0 | 1
      readonly nodes: readonly ContentNode[]
      /** The members that it may fill, made once. */
      readonly names: readonly string[]
    }

export interface Slot {
  readonly kind: 'slot'
  readonly namespace: string
  readonly local: string
  readonly min: number
  readonly max: number
  readonly nillable: boolean
  /** The name of its type, where that has one. */
  readonly typeName: QName | undefined
  /** Types may refer to themselves, so they are compiled when first needed. */
  readonly type: () => Compiled
}

export interface AnySlot {
  readonly kind: 'any'
  readonly min: number
  readonly max: number
  readonly allows: (namespace: string) => boolean
}

export interface AttributeSlot {
  /** Empty for an unqualified attribute. */
  readonly namespace: string
  readonly local: string
  readonly required: boolean
  readonly codec: SimpleCodec
}

/** The member under which wildcard content stands, the text of simple content, and the name of a derived type. */
export const anyKey = 'any'
export const textKey = 'value'
export const typeKey = '@type'

/** The members that a part of the content may fill. */
export const namesIn = (node: ContentNode): readonly string[] =>
  node.kind === 'slot' ? [node.local] : node.kind === 'any' ? [anyKey] : node.names

/** Whether nothing at all satisfies it. */
export const canBeEmpty = (node: ContentNode): boolean => {
  if (node.kind === 'slot' || node.kind === 'any' || node.min === 0) return node.min === 0
  return node.kind === 'choice' ? node.nodes.some(canBeEmpty) : node.nodes.every(canBeEmpty)
}

/** All types and global elements of a contract, compiled when they are asked for and kept. */
export class TypeLibrary {
  readonly #types = new Map<string, { readonly type: Type; readonly schema: Schema }>()
  readonly #elements = new Map<string, () => Slot>()
  readonly #attributes = new Map<string, QName>()
  readonly #codecs = new Map<string, SimpleCodec>()
  readonly #shapes = new Map<string, Shape>()
  readonly #compiling = new Set<string>()
  /** The complex types that are derived from each, made when first needed. */
  readonly #extensions = once(() => {
    const found = new Map<string, QName[]>()
    for (const [key, { type, schema }] of this.#types) {
      if (type.kind !== 'complex' || type.base === undefined) continue
      const base = clark(type.base)
      const name = qname(schema.namespace, key.slice(key.indexOf('}') + 1))
      const others = found.get(base)
      if (others === undefined) found.set(base, [name])
      else others.push(name)
    }
    return found
  })

  /** Throws {@link ContractError} for schemas of one namespace. */
  constructor(contract: Contract) {
    const namespaces = new Set<string>()
    for (const schema of contract.schemas) {
      if (namespaces.has(schema.namespace))
        throw new ContractError(`There are two schemas of the namespace ${schema.namespace}`)
      namespaces.add(schema.namespace)
      for (const component of schema.components) {
        const key = clark(qname(schema.namespace, component.name))
        if (component.kind === 'type') this.#types.set(key, { type: component.type, schema })
        else if (component.kind === 'attribute') this.#attributes.set(key, component.type)
        else
          this.#elements.set(
            key,
            once(() => this.#global(component.name, component.type, component.nillable, schema)),
          )
      }
    }
    for (const key of this.#types.keys()) this.#requireShort(key)
    // A service data element is a global element by another name (OGSI 1.0 section 6.2).
    for (const declaration of contract.portTypes.flatMap(portType => portType.serviceData)) {
      const { name, type, nillable } = declaration
      const key = clark(name)
      const forms = { namespace: name.namespace, elementsQualified: true, attributesQualified: false }
      if (!this.#elements.has(key))
        this.#elements.set(
          key,
          once(() => this.#global(name.local, type, nillable, forms)),
        )
    }
  }

  /** Types are compiled with what they are derived from, and asked for what is derived from them: chains are short. */
  #requireShort(key: string): void {
    const seen = new Set<string>()
    for (let at: string | undefined = key; at !== undefined && !seen.has(at); ) {
      seen.add(at)
      if (seen.size > 64) throw new ContractError(`The type ${key} is derived over more than 64 others`)
      const type: Type | undefined = this.#types.get(at)?.type
      const base: QName | undefined = type === undefined || type.kind === 'union' ? undefined : type.base
      at = base === undefined ? undefined : clark(base)
    }
  }

  /** The global element of this name, ready for use; undefined when there is none. Throws {@link ContractError}. */
  element(name: QName): Slot | undefined {
    return this.#elements.get(clark(name))?.()
  }

  /** All global elements with their types. Throws {@link ContractError}. */
  elements(): Slot[] {
    return [...this.#elements.values()].map(element => element())
  }

  #global(local: string, type: TypeUse, nillable: boolean, schema: Forms): Slot {
    const { namespace } = schema
    return { kind: 'slot', namespace, local, min: 1, max: 1, nillable, ...this.#typed(type, schema) }
  }

  #typed(type: TypeUse, schema: Forms): Pick<Slot, 'type' | 'typeName'> {
    return { typeName: isNamed(type) ? type : undefined, type: once(() => this.#compile(type, schema)) }
  }

  #compile(use: TypeUse, schema: Forms): Compiled {
    if (!isNamed(use)) {
      if (use.kind !== 'complex') return { kind: 'simple', codec: simpleCodec(use, name => this.#codec(name)) }
      return { kind: 'complex', shape: this.#shape(use, undefined, schema) }
    }
    if (isAnyType(use)) return { kind: 'any' }
    const named = this.#types.get(clark(use))
    return named?.type.kind === 'complex'
      ? { kind: 'complex', shape: this.#namedShape(use) }
      : { kind: 'simple', codec: this.#codec(use) }
  }

  #codec(name: QName): SimpleCodec {
    const key = clark(name)
    const known = this.#codecs.get(key)
    if (known !== undefined) return known
    const type = this.#types.get(key)?.type
    if (type === undefined) return requireBuiltin(name)
    if (type.kind === 'complex') throw new ContractError(`${key} is a complex type where a simple one is needed`)
    const codec = this.#guarded(key, () => simpleCodec(type, other => this.#codec(other)))
    this.#codecs.set(key, codec)
    return codec
  }

  #namedShape(name: QName): Shape {
    const key = clark(name)
    const known = this.#shapes.get(key)
    if (known !== undefined) return known
    const found = this.#types.get(key)
    if (found?.type.kind !== 'complex') throw new ContractError(`There is no complex type ${key}`)
    const { type, schema } = found
    const shape = this.#guarded(key, () => this.#shape(type, name, schema))
    this.#shapes.set(key, shape)
    return shape
  }

  /** A type cannot be made of itself; members that refer back are compiled later and do no harm. */
  #guarded<T>(key: string, make: () => T): T {
    if (this.#compiling.has(key)) throw new ContractError(`The type ${key} is derived from itself`)
    this.#compiling.add(key)
    try {
      return make()
    } finally {
      this.#compiling.delete(key)
    }
  }

  #shape(type: ComplexType, name: QName | undefined, schema: Forms): Shape {
    const base = type.base === undefined || type.simpleContent ? undefined : this.#namedShape(type.base)
    const text = type.simpleContent && type.base !== undefined ? this.#simpleBase(type.base) : undefined
    const own = type.content === undefined ? [] : [this.#node(type.content, schema)]
    const inherited = text?.attributes ?? base?.attributes ?? []
    const attributes = [...inherited, ...type.attributes.map(use => this.#attribute(use, schema))]
    const content = [...(base?.content ?? []), ...own]
    const slots = new Map<string, Slot>()
    const found: AnySlot[] = []
    const members = new Set<string>(text === undefined ? [] : [textKey])
    const claim = (key: string): void => {
      if (members.has(key))
        throw new ContractError(`The type ${name === undefined ? '' : clark(name)} has two members called ${key}`)
      members.add(key)
    }
    const visit = (node: ContentNode): void => {
      if (node.kind === 'slot') {
        claim(node.local)
        slots.set(node.local, node)
      } else if (node.kind === 'any') {
        claim(anyKey)
        found.push(node)
      } else node.nodes.forEach(visit)
    }
    content.forEach(visit)
    for (const attribute of attributes) claim(attribute.local)
    return {
      name,
      abstract: type.abstract,
      text: text?.codec ?? base?.text,
      attributes,
      content,
      slots,
      any: found[0],
      derived: once(() => (name === undefined ? noShapes : this.#derivedFrom(name))),
    }
  }

  #simpleBase(name: QName): { readonly codec: SimpleCodec; readonly attributes: readonly AttributeSlot[] } {
    if (this.#types.get(clark(name))?.type.kind !== 'complex') return { codec: this.#codec(name), attributes: [] }
    const { text, attributes } = this.#namedShape(name)
    if (text === undefined) throw new ContractError(`${clark(name)} has no simple content`)
    return { codec: text, attributes }
  }

  #derivedFrom(base: QName): ReadonlyMap<string, Shape> {
    const found = new Map<string, Shape>()
    for (const name of this.#extensions().get(clark(base)) ?? []) {
      const shape = this.#namedShape(name)
      found.set(clark(name), shape)
      for (const [further, one] of shape.derived()) found.set(further, one)
    }
    return found
  }

  #node(particle: Group | Particle, schema: Forms): ContentNode {
    if (particle.kind === 'element') return this.#slot(particle, schema)
    if (particle.kind === 'any') return anySlot(particle, schema.namespace)
    const nodes = particle.particles.map(one => this.#node(one, schema))
    return { kind: particle.kind, min: particle.min, nodes, names: nodes.flatMap(namesIn) }
  }

  #slot(particle: ElementParticle, schema: Forms): Slot {
    const { ref, name: local, min, max, type } = particle
    if (ref !== undefined) {
      const target = this.#elements.get(clark(ref))
      if (target === undefined) throw new ContractError(`There is no element ${clark(ref)}`)
      // Its type is asked for later: elements may refer to each other in a circle.
      return { ...target(), min, max }
    }
    const namespace = (particle.qualified ?? schema.elementsQualified) ? schema.namespace : ''
    return {
      kind: 'slot',
      namespace,
      local,
      min,
      max,
      nillable: particle.nillable,
      ...this.#typed(type ?? anyType, schema),
    }
  }

  #attribute(use: AttributeUse, schema: Forms): AttributeSlot {
    const { required } = use
    if (use.ref === undefined) {
      const namespace = schema.attributesQualified ? schema.namespace : ''
      return { namespace, local: use.name, required, codec: this.#codec(use.type) }
    }
    const type = this.#attributes.get(clark(use.ref))
    if (type === undefined) throw new ContractError(`There is no attribute ${clark(use.ref)}`)
    return { ...use.ref, required, codec: this.#codec(type) }
  }
}

type Forms = Pick<Schema, 'namespace' | 'elementsQualified' | 'attributesQualified'>

const anyType = qname(XSD, 'anyType')
const noShapes: ReadonlyMap<string, Shape> = new Map()

function anySlot({ namespaces, min, max }: AnyParticle, own: string): AnySlot {
  if (namespaces === '##any') return { kind: 'any', min, max, allows: () => true }
  if (namespaces === '##other')
    return { kind: 'any', min, max, allows: namespace => namespace !== own && namespace !== '' }
  return { kind: 'any', min, max, allows: namespace => namespaces.includes(namespace) }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

const libraries = new WeakMap<Contract, TypeLibrary>()

/** The library of a contract; made once. */
export function libraryOf(contract: Contract): TypeLibrary {
  const known = libraries.get(contract)
  if (known !== undefined) return known
  const library = new TypeLibrary(contract)
  libraries.set(contract, library)
  return library
}
