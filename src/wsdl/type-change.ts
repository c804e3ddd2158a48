import { clark, type QName } from '../core/qname.ts'
import { facetChanges } from './facet-change.ts'
import { type Member, type Members, type SchemaDefinitions, wordFor } from './schema-definitions.ts'
import { type ComplexType, isNamed, type TypeUse } from './schema-model.ts'

/** Inputs must take all that they took; outputs must hold nothing that they could not hold. */
export type Direction = 'input' | 'output'

const words = {
  input: { needed: 'is required now', several: 'takes one value now, and took a list', nil: 'takes no nil any more' },
  output: { needed: 'may be missing now', several: 'may be a list now, and was one value', nil: 'may be nil now' },
} as const

/** Compares the types of one message in two contracts. */
export class TypeChanges {
  readonly #direction: Direction
  readonly #before: SchemaDefinitions
  readonly #after: SchemaDefinitions
  /** Types may refer to themselves; a pair is compared once. */
  readonly #compared = new Set<string>()

  constructor(before: SchemaDefinitions, after: SchemaDefinitions, direction: Direction) {
    this.#direction = direction
    this.#before = before
    this.#after = after
  }

  /** What breaks when a message goes from one global element to the other. */
  ofElements(was: QName, is: QName): string[] {
    return this.#types(this.#before.elementType(was), this.#after.elementType(is), '')
  }

  #types(was: TypeUse, is: TypeUse, path: string): string[] {
    const old = this.#before.resolve(was)
    const now = this.#after.resolve(is)
    if (old.kind === 'complex' && now.kind === 'complex') {
      const key = isNamed(was) && isNamed(is) ? `${clark(was)} ${clark(is)}` : undefined
      if (old.type === now.type || (key !== undefined && this.#compared.has(key))) return []
      if (key !== undefined) this.#compared.add(key)
      return this.#complex(old.type, now.type, path)
    }
    if (wordFor(old) !== wordFor(now)) return [`${this.#subject(path)} is ${wordFor(now)} now, and was ${wordFor(old)}`]
    if (old.kind !== 'simple' || now.kind !== 'simple') return []
    const lost = this.#direction === 'input' ? facetChanges(now, old) : facetChanges(old, now)
    const verb = this.#direction === 'input' ? 'no longer takes' : 'may now be'
    return lost.map(values => `${this.#subject(path)} ${verb} ${values}`)
  }

  #complex(was: ComplexType, is: ComplexType, path: string): string[] {
    const old = this.#before.membersOf(was)
    const now = this.#after.membersOf(is)
    const added = now.list.filter(one => !old.list.some(member => member.name === one.name))
    const changes = old.list.flatMap(member => {
      const still = now.list.find(one => one.name === member.name)
      return still === undefined ? [this.#gone(member, added, path)] : this.#member(member, still, path)
    })
    if (this.#direction === 'input')
      for (const member of added)
        if (member.min > 0) changes.push(`${this.#subject(at(path, member.name))} is new and required`)
    if (this.#direction === 'output' && !inSameOrder(old, now))
      changes.push(`${this.#subject(path)} has its members in another order`)
    if (this.#direction === 'input' && old.open && !now.open)
      changes.push(`${this.#subject(path)} holds no other elements any more`)
    return changes
  }

  #member(was: Member, is: Member, path: string): string[] {
    const [wide, narrow] = this.#direction === 'input' ? [is, was] : [was, is]
    const { needed, several, nil } = words[this.#direction]
    const subject = this.#subject(at(path, was.name))
    return [
      ...(wide.min > narrow.min ? [`${subject} ${needed}`] : []),
      ...(wide.max < narrow.max ? [`${subject} ${several}`] : []),
      ...(narrow.nillable && !wide.nillable ? [`${subject} ${nil}`] : []),
      ...this.#types(was.type, is.type, at(path, was.name)),
    ]
  }

  /** A rename looks like a removal; when just one new member is of the same kind, it is named. */
  #gone(was: Member, added: readonly Member[], path: string): string {
    const kind = wordFor(this.#before.resolve(was.type))
    const alike = added.filter(one => wordFor(this.#after.resolve(one.type)) === kind)
    const [only] = alike
    const hint = only !== undefined && alike.length === 1 ? `; is it ${only.name} now?` : ''
    return `${this.#subject(at(path, was.name))} is gone${hint}`
  }

  /** `the input gapopen`, `the output alignment`, `the output status.exitCode`: an answer has one child, which goes unsaid. */
  #subject(path: string): string {
    if (this.#direction === 'input') return path === '' ? 'the request' : `the input ${path}`
    const inside = path.split('.').slice(1).join('.')
    return inside === '' ? 'the answer' : `the output ${inside}`
  }
}

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** Whether the elements that both have come in the same order; many stub generators insist on it. Attributes have none. */
function inSameOrder(old: Members, now: Members): boolean {
  const shared = (one: Members, other: Members): string =>
    one.list
      .filter(member => !member.attribute && other.list.some(twin => twin.name === member.name))
      .map(member => member.name)
      .join(' ')
  return shared(old, now) === shared(now, old)
}
