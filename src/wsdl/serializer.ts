// Longer than most: the serializer is the mirror of decoder.ts, one function a construct.
import { clark, type QName } from '../core/qname.ts'
import type { XmlElement } from '../xml/tree.ts'
import { writeElement } from '../xml/write-element.ts'
import { escapeAttribute, escapeText } from '../xml/xml-escape.ts'
import type { Declare, SimpleCodec } from './builtin-types.ts'
import type { Contract } from './contract-model.ts'
import { at } from './message-problems.ts'
import { GRID, JOB, OGSI, SERVICE_DATA, XSI } from './names.ts'
import {
  type AttributeSlot,
  anyKey,
  type Compiled,
  type ContentNode,
  canBeEmpty,
  libraryOf,
  namesIn,
  type Shape,
  type Slot,
  textKey,
  typeKey,
} from './type-library.ts'

/** Markup made by {@link encodeElement}, to stand where a contract allows any element. */
export class EncodedContent {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

type Members = Readonly<Record<string, unknown>>
/** Appends an element, or the content of one, for a value. */
type Encode = (value: unknown, path: string) => string
type EncodeAttribute = (members: Members, path: string, declare: Declare) => string

/**
 * An element of the contract as XML text that is complete in itself. Takes what the decoder gives, and for simple types
 * also their text, so that words of a command line need no conversion; for wildcards elements or {@link EncodedContent}.
 * A value that does not fit the contract is a mistake in our code: an Error that names the member.
 */
export function encodeElement(contract: Contract, name: QName, value: unknown): string {
  const known = encoders.get(contract)
  const writer = known ?? new ContractEncoder(contract)
  if (known === undefined) encoders.set(contract, writer)
  return writer.root(name)(value, '')
}

const encoders = new WeakMap<Contract, ContractEncoder>()

class ContractEncoder {
  readonly #contract: Contract
  readonly #roots = new Map<string, Encode>()
  readonly #shapes = new Map<Shape, Encode>()
  /** One prefix a namespace for the whole contract; each root declares those that it can reach. */
  readonly #prefixes = new Map<string, string>()

  constructor(contract: Contract) {
    this.#contract = contract
  }

  root(name: QName): Encode {
    const key = clark(name)
    const known = this.#roots.get(key)
    if (known !== undefined) return known
    const slot = libraryOf(this.#contract).element(name)
    if (slot === undefined) throw new Error(`the contract ${this.#contract.name} has no element ${key}`)
    const namespaces = new Set<string>([slot.namespace])
    if (slot.nillable) namespaces.add(XSI)
    reach(slot.type(), namespaces)
    namespaces.delete('')
    const declared = [...namespaces].map(
      namespace => ` xmlns:${this.#prefix(namespace)}="${escapeAttribute(namespace)}"`,
    )
    const encode = this.#element(slot, declared.join(''))
    this.#roots.set(key, encode)
    return encode
  }

  #prefix(namespace: string): string {
    const known = this.#prefixes.get(namespace)
    if (known !== undefined) return known
    const prefix =
      usualPrefixes.get(namespace) ?? (namespace === this.#contract.namespace ? 't' : `n${this.#prefixes.size}`)
    this.#prefixes.set(namespace, prefix)
    return prefix
  }

  #tag({ namespace, local }: { readonly namespace: string; readonly local: string }): string {
    return namespace === '' ? local : `${this.#prefix(namespace)}:${local}`
  }

  #element(slot: Slot, declarations = ''): Encode {
    const tag = this.#tag(slot)
    const open = `<${tag}${declarations}`
    const close = `</${tag}>`
    const nil = slot.nillable ? `${open} ${this.#prefix(XSI)}:nil="true"/>` : undefined
    const write = this.#typed(slot, open, close)
    return (value, path) => {
      if (value !== null) return write(value, path)
      return nil ?? mismatch(path, 'is null, and cannot be nil')
    }
  }

  #typed(slot: Slot, open: string, close: string): Encode {
    let compiled: Encode | undefined
    return (value, path) => {
      compiled ??= this.#compiled(slot.type(), open, close)
      return compiled(value, path)
    }
  }

  #compiled(type: Compiled, open: string, close: string): Encode {
    if (type.kind === 'any') return (value, path) => this.#anyType(value, path, open, close)
    if (type.kind === 'complex') {
      const inside = this.#shape(type.shape)
      return (value, path) => `${open}${inside(value, path)}${close}`
    }
    const { codec } = type
    if (codec.primitive === 'qname')
      return (value, path) => {
        const own = new Declarations()
        const text = textOf(codec, value, path, own.declare)
        return `${open}${own.text}>${escapeText(text)}${close}`
      }
    const start = `${open}>`
    return (value, path) => start + escapeText(textOf(codec, value, path, undeclared)) + close
  }

  #anyType(value: unknown, path: string, open: string, close: string): string {
    if (typeof value === 'string') return `${open}>${escapeText(value)}${close}`
    return `${open}>${anyContent(value, path)}${close}`
  }

  /** From the attributes to the last child: ` a="1"><b/>`. */
  #shape(shape: Shape): Encode {
    const known = this.#shapes.get(shape)
    if (known !== undefined) return known
    let inside: Encode | undefined
    const derived = shape.derived()
    const encode: Encode = (value, path) => {
      if (typeof value !== 'object' || value === null) return mismatch(path, 'is no object')
      const chosen = (value as Members)[typeKey]
      if (chosen !== undefined && derived.size > 0) {
        const actual = derived.get(clark(chosen as QName))
        if (actual !== undefined) return this.#typeAttribute(actual) + this.#shape(actual)(value, path)
      }
      if (shape.abstract) return mismatch(path, `has no ${typeKey} that names one of ${[...derived.keys()].join(', ')}`)
      inside ??= this.#inside(shape)
      return inside(value, path)
    }
    this.#shapes.set(shape, encode)
    return encode
  }

  #typeAttribute({ name }: Shape): string {
    return name === undefined ? '' : ` ${this.#prefix(XSI)}:type="${this.#tag(name)}"`
  }

  #inside(shape: Shape): Encode {
    const attributes = shape.attributes.map(slot => this.#attribute(slot))
    const nodes = shape.content.map(node => this.#node(node))
    const { text } = shape
    const members = new Set([...shape.slots.keys(), ...shape.attributes.map(one => one.local), typeKey])
    if (shape.any !== undefined) members.add(anyKey)
    if (text !== undefined) members.add(textKey)
    const onlyElements = attributes.length === 0 && text === undefined
    return (value, path) => {
      const given = value as Members
      for (const key in given)
        if (!members.has(key) && given[key] !== undefined)
          mismatch(at(path, key), `is no member here; the members are ${[...members].join(', ')}`)
      if (onlyElements) {
        let out = '>'
        for (const node of nodes) out += node(given, path)
        return out
      }
      const own = new Declarations()
      let out = ''
      for (const attribute of attributes) out += attribute(given, path, own.declare)
      if (text !== undefined) {
        const content = escapeText(textOf(text, given[textKey], at(path, textKey), own.declare))
        return `${out}${own.text}>${content}`
      }
      out += `${own.text}>`
      for (const node of nodes) out += node(given, path)
      return out
    }
  }

  #attribute({ namespace, local, required, codec }: AttributeSlot): EncodeAttribute {
    const name = this.#tag({ namespace, local })
    return (members, path, declare) => {
      const value = members[local]
      if (value === undefined) return required ? mismatch(at(path, local), 'is missing') : ''
      return ` ${name}="${escapeAttribute(textOf(codec, value, at(path, local), declare))}"`
    }
  }

  #node(node: ContentNode): (members: Members, path: string) => string {
    if (node.kind === 'slot') return this.#member(node)
    if (node.kind === 'any')
      return (members, path) => {
        const value = members[anyKey]
        const count = Array.isArray(value) ? value.length : value === undefined ? 0 : 1
        if (count < node.min || count > node.max) return mismatch(at(path, anyKey), `has ${count} elements`)
        return value === undefined ? '' : anyContent(value, at(path, anyKey))
      }
    const nodes = node.nodes.map(one => ({ write: this.#node(one), names: namesIn(one) }))
    const isGiven = (members: Members, names: readonly string[]): boolean =>
      names.some(name => members[name] !== undefined)
    if (node.kind === 'sequence') {
      const names = namesIn(node)
      return (members, path) => {
        let out = ''
        if (node.min === 1 || isGiven(members, names)) for (const one of nodes) out += one.write(members, path)
        return out
      }
    }
    const free = canBeEmpty(node)
    return (members, path) => {
      const given = nodes.filter(one => isGiven(members, one.names))
      const [chosen, second] = given
      if (second !== undefined) return mismatch(path, `takes one of ${namesIn(node).join(', ')}, and several are given`)
      if (chosen !== undefined) return chosen.write(members, path)
      return free ? '' : mismatch(path, `has none of ${namesIn(node).join(', ')}`)
    }
  }

  #member(slot: Slot): (members: Members, path: string) => string {
    const { local, min, max } = slot
    const element = this.#element(slot)
    if (max === 1)
      return (members, path) => {
        const value = members[local]
        if (value === undefined) return min === 0 ? '' : mismatch(at(path, local), 'is missing')
        return element(value, at(path, local))
      }
    return (members, path) => {
      const value = members[local]
      const list: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value]
      if (list.length < min || list.length > max) return mismatch(at(path, local), `has ${list.length} values`)
      let out = ''
      for (let i = 0; i < list.length; i++) out += element(list[i], at(path, local, i + 1))
      return out
    }
  }
}

const usualPrefixes = new Map([
  [JOB, 'j'],
  [OGSI, 'ogsi'],
  [SERVICE_DATA, 'sd'],
  [XSI, 'xsi'],
  [GRID, 'g'],
])

function textOf(codec: SimpleCodec, value: unknown, path: string, declare: Declare): string {
  const text = codec.encode(value, declare)
  if (text !== undefined) return text
  if (value === undefined) return mismatch(path, 'is missing')
  const accepted = codec.accepted === undefined ? '' : ` (${codec.accepted.join(', ')})`
  return mismatch(path, `is ${shown(value)}, and must be ${codec.rule}${accepted}`)
}

const shown = (value: unknown): string =>
  typeof value === 'object'
    ? 'an object'
    : typeof value === 'string'
      ? JSON.stringify(value.slice(0, 80))
      : String(value)

function mismatch(path: string, sentence: string): never {
  throw new Error(`${path === '' ? 'the message' : path} ${sentence}`)
}

const undeclared: Declare = namespace => {
  throw new Error(`no prefix can be declared here for ${namespace}`)
}

/** The declarations that one element needs for the QNames in it, beside those of the root. */
class Declarations {
  text = ''
  readonly #declared = new Map<string, string>()

  readonly declare: Declare = namespace => {
    const known = this.#declared.get(namespace)
    if (known !== undefined) return known
    const prefix = `q${this.#declared.size + 1}`
    this.#declared.set(namespace, prefix)
    this.text += ` xmlns:${prefix}="${escapeAttribute(namespace)}"`
    return prefix
  }
}

function anyContent(value: unknown, path: string): string {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list
    .map(item => {
      if (item instanceof EncodedContent) return item.markup
      return isXmlElement(item) ? writeElement(item) : mismatch(path, 'is no XML element')
    })
    .join('')
}

const isXmlElement = (value: unknown): value is XmlElement =>
  typeof value === 'object' && value !== null && 'local' in value && 'children' in value && 'prefixes' in value

/** Every namespace that can occur in an element of this type, and xsi where nil or a derived type can. */
function reach(type: Compiled, namespaces: Set<string>): void {
  const visited = new Set<Shape>()
  const waiting: Compiled[] = [type]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind !== 'complex' || visited.has(next.shape)) continue
    const { shape } = next
    visited.add(shape)
    for (const { namespace } of shape.attributes) namespaces.add(namespace)
    for (const slot of shape.slots.values()) {
      namespaces.add(slot.namespace)
      if (slot.nillable) namespaces.add(XSI)
      waiting.push(slot.type())
    }
    for (const derived of shape.derived().values()) {
      namespaces.add(XSI)
      if (derived.name !== undefined) namespaces.add(derived.name.namespace)
      waiting.push({ kind: 'complex', shape: derived })
    }
  }
}
