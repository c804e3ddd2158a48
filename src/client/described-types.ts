import type { QName } from '../core/qname.ts'
import { clark } from '../core/qname.ts'
import type { Contract } from '../wsdl/contract-model.ts'
import { XSD } from '../wsdl/names.ts'
import { type Compiled, libraryOf, type Shape, type Slot } from '../wsdl/type-library.ts'

/** A member of a structure, for people: `names: string*`. */
export interface DescribedMember {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly repeated: boolean
}

/** The members of messages and the structures that they are made of, collected while they are asked for. */
export class DescribedTypes {
  /** Named structures that were met, each once. */
  readonly structures = new Map<string, readonly DescribedMember[]>()
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
    return [...attributes, ...text, ...[...shape.slots.values()].map(slot => this.#member(slot)), ...any]
  }

  #member(slot: Slot): DescribedMember {
    const { local, min, max } = slot
    return { name: local, type: this.#type(slot), optional: min === 0, repeated: max > 1 }
  }

  #type({ type, typeName }: Slot): string {
    const compiled = type()
    if (compiled.kind === 'any') return 'anything'
    if (compiled.kind === 'simple') return simple(compiled, typeName)
    if (typeName === undefined) return `{${this.#members(compiled.shape).map(memberText).join(', ')}}`
    const key = clark(typeName)
    if (!this.structures.has(key)) {
      // Its members come later: they may be of this type themselves.
      this.structures.set(key, [])
      this.#waiting.push([key, compiled.shape])
    }
    return typeName.local
  }
}

const simple = ({ codec }: Compiled & { readonly kind: 'simple' }, name: QName | undefined): string =>
  codec.accepted === undefined || name?.namespace === XSD ? (name?.local ?? 'string') : codec.accepted.join(' | ')

/** `name: type`, with `?` for what may be missing and `*` for what may be there several times. */
export const memberText = ({ name, type, optional, repeated }: DescribedMember): string =>
  `${name}${optional && !repeated ? '?' : ''}: ${type}${repeated ? '*' : ''}`
