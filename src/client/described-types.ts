import type { QName } from '../core/qname.ts'
import { clark } from '../core/qname.ts'
import type { Contract } from '../wsdl/contract-model.ts'
import { XSD } from '../wsdl/names.ts'
import { type Compiled, type ContentNode, libraryOf, type Shape, type Slot } from '../wsdl/type-library.ts'

/** A member of a structure, for people: `names: string*`. */
export interface DescribedMember {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly repeated: boolean
  /** It and these exclude each other. */
  readonly oneOf?: readonly string[]
}

/** The members of messages and the structures that they are made of, collected while they are asked for. */
export class DescribedTypes {
  /** Named structures that were met, each once. */
  readonly structures = new Map<string, readonly DescribedMember[]>()
  /** Named types of single values that were met, and what such a value must be. */
  readonly values = new Map<string, string>()
  readonly #contract: Contract
  readonly #waiting: [string, Shape][] = []

  constructor(contract: Contract) {
    this.#contract = contract
  }

  /** What a message holds; a message that is one value is one member of its name. */
  message(element: QName): readonly DescribedMember[] {
    const slot = libraryOf(this.#contract).element(element)
    if (slot === undefined) return []
    const type = slot.type()
    const members = type.kind === 'complex' ? this.#members(type.shape) : [this.#member(slot)]
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop())
      this.structures.set(next[0], this.#members(next[1]))
    return members
  }

  #members(shape: Shape): readonly DescribedMember[] {
    const attributes = shape.attributes.map(({ local, required, codec }) => ({
      ...{ name: local, type: codec.accepted?.join(' | ') ?? 'string', optional: !required, repeated: false },
    }))
    const text = shape.text === undefined ? [] : [{ name: 'value', type: 'string', optional: false, repeated: false }]
    const any = shape.any === undefined ? [] : [{ name: 'any', type: 'XML', optional: true, repeated: true }]
    const choices = shape.content.flatMap(choicesIn)
    const slots = [...shape.slots.values()].map((slot): DescribedMember => {
      const oneOf = choices.find(names => names.includes(slot.local))
      return { ...this.#member(slot), ...(oneOf === undefined ? {} : { oneOf, optional: true }) }
    })
    return [...attributes, ...text, ...slots, ...any]
  }

  #member(slot: Slot): DescribedMember {
    const { local, min, max } = slot
    return { name: local, type: this.#type(slot), optional: min === 0, repeated: max > 1 }
  }

  #type({ type, typeName }: Slot): string {
    const compiled = type()
    if (compiled.kind === 'any') return 'anything'
    if (compiled.kind === 'simple') return this.#simple(compiled, typeName)
    if (typeName === undefined) return `{${membersText(this.#members(compiled.shape))}}`
    const key = clark(typeName)
    if (!this.structures.has(key)) {
      // Its members come later: they may be of this type themselves.
      this.structures.set(key, [])
      this.#waiting.push([key, compiled.shape])
    }
    return typeName.local
  }

  #simple({ codec }: Compiled & { readonly kind: 'simple' }, name: QName | undefined): string {
    if (name?.namespace === XSD) return name.local
    if (codec.accepted !== undefined) return codec.accepted.join(' | ')
    if (name === undefined) return 'string'
    this.values.set(clark(name), codec.rule)
    return name.local
  }
}

/** The members that exclude each other, where each side is one of them. */
const choicesIn = (node: ContentNode): readonly (readonly string[])[] => {
  if (node.kind === 'slot' || node.kind === 'any') return []
  if (node.kind === 'choice' && node.nodes.every(one => one.kind === 'slot' && one.max === 1)) return [node.names]
  return node.nodes.flatMap(choicesIn)
}

/** `name: type`, with `?` for what may be missing and `*` for what may be there several times. */
export const memberText = ({ name, type, optional, repeated }: DescribedMember): string =>
  `${name}${optional && !repeated ? '?' : ''}: ${type}${repeated ? '*' : ''}`

/** The members of a structure; of those that exclude each other `a: x | b: y`. */
export function membersText(members: readonly DescribedMember[]): string {
  const told = new Set<string>()
  return members
    .flatMap(member => {
      const { name, oneOf } = member
      if (oneOf === undefined) return [memberText(member)]
      if (told.has(name)) return []
      const together = members.filter(one => oneOf.includes(one.name))
      for (const one of together) told.add(one.name)
      return [together.map(one => memberText({ ...one, optional: false })).join(' | ')]
    })
    .join(', ')
}
