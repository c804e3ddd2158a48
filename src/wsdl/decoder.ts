// Longer than most: decoding is one recursion over elements, and its rules are read together.
import type { InputProblem } from '../core/errors.ts'
import { clark } from '../core/qname.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { builtinCodec, decodeBase64, invalid, type SimpleCodec } from './builtin-types.ts'
import type { Contract } from './contract-model.ts'
import type { DecodedObject, DecodedValue } from './decoded-value.ts'
import { at, MessageProblems } from './message-problems.ts'
import { XSD, XSI } from './names.ts'
import {
  type AttributeSlot,
  anyKey,
  type ContentNode,
  canBeEmpty,
  libraryOf,
  namesIn,
  type Shape,
  type Slot,
  textKey,
  typeKey,
} from './type-library.ts'

type Members = Record<string, DecodedValue>

export interface DecodeOptions {
  /** Children of the element itself may be missing: the rest of them comes with another message. */
  readonly partial?: boolean
  /**
   * A message of somebody else's service, whose contract was read as widely as it was understood: what is missing is
   * missing, elements that nobody described are among `any`, attributes and text between elements are passed over.
   */
  readonly lenient?: boolean
}

/**
 * Decodes a message against the contract: everything that is wrong comes at once, and the value holds what is right, so
 * that other checks may go on. `T` is what the caller knows of the element; it is not checked here.
 *
 * More is taken than the WSDL promises, because real clients send it: children in any order (npm soap sends them in the
 * caller's), without a namespace or in the one of the root, attributes qualified or not, xsi:type and xsi:nil where they
 * say nothing, base64 for a string when xsi:type says so (SOAP::Lite).
 */
export function decodeElement<T = DecodedObject>(
  contract: Contract,
  element: XmlElement,
  options: DecodeOptions = {},
): { readonly value: T; readonly problems: InputProblem[] } {
  const slot = libraryOf(contract).element(element)
  const problems = new MessageProblems(element.local)
  if (slot === undefined) {
    problems.add(element.local, `${clark(element)} is no element of ${contract.name}`)
    return { value: empty() as T, problems: problems.list() }
  }
  const decoding = new Decoding(problems, element.namespace, options)
  const value = decoding.element(element, slot, '', '', undefined)
  return { value: (value === absent ? empty() : value) as T, problems: problems.list() }
}

const empty = (): Members => Object.create(null) as Members

const absent = undefined
const noAttributes: readonly AttributeSlot[] = []

class Decoding {
  readonly #problems: MessageProblems
  readonly #rootNamespace: string
  readonly #partial: boolean
  readonly #lenient: boolean

  constructor(problems: MessageProblems, rootNamespace: string, { partial = false, lenient = false }: DecodeOptions) {
    this.#lenient = lenient
    this.#problems = problems
    this.#rootNamespace = rootNamespace
    this.#partial = partial
  }

  /** The value of one element; `absent` when it says nothing, or nothing that is right. */
  element(
    element: XmlElement,
    slot: Slot,
    path: string,
    member: string,
    index: number | undefined,
  ): DecodedValue | typeof absent {
    if (isNil(element)) {
      if (slot.nillable) return null
      // On a wrapper it says nothing (SOAP::Lite): what is missing in it is still missing.
      if (member !== '') return absent
    }
    const type = slot.type()
    if (type.kind === 'any') return element
    if (type.kind === 'simple') {
      if (element.attributes.length > 0) this.#attributes(element, noAttributes, at(path, member, index), empty())
      return this.#simple(element, type.codec, path, member, index)
    }
    return this.#complex(element, type.shape, member === '' ? '' : at(path, member, index))
  }

  #simple(
    element: XmlElement,
    codec: SimpleCodec,
    path: string,
    member: string,
    index: number | undefined,
  ): DecodedValue | typeof absent {
    if (element.streamed !== undefined) {
      if (codec.primitive === 'base64') return element.streamed
      this.#problems.add(at(path, member, index), `must be ${codec.rule}, and is larger than a value may be`)
      return absent
    }
    const { children } = element
    const [only] = children
    let raw: string
    if (children.length === 0) raw = ''
    else if (children.length === 1 && typeof only === 'string') raw = only
    else {
      const [child] = childElements(element)
      if (child !== undefined) {
        this.#problems.add(at(path, member, index), `must be ${codec.rule}, and holds the element ${child.local}`)
        return absent
      }
      raw = textOf(element)
    }
    if (element.attributes.length > 0) raw = honourBase64(element, codec, raw)
    const text = codec.preserve ? raw : collapse(raw)
    const value = codec.decode(text, element.prefixes)
    if (value !== invalid) return value as DecodedValue
    const rule = `must be ${codec.rule}${this.#problems.suggestion(text, codec.accepted)}`
    this.#problems.add(at(path, member, index), rule, text, codec.accepted)
    return absent
  }

  #complex(element: XmlElement, declared: Shape, path: string): DecodedObject | typeof absent {
    const shape = this.#actualShape(element, declared, path)
    if (shape === undefined) return absent
    const members = empty()
    if (shape !== declared && shape.name !== undefined) members[typeKey] = shape.name
    this.#attributes(element, shape.attributes, path, members)
    if (shape.text !== undefined) {
      const value = this.#simple(element, shape.text, path, textKey, undefined)
      if (value !== absent) members[textKey] = value
      return members
    }
    if (element.streamed !== undefined) {
      this.#problems.add(path, `takes ${this.#describe(shape)}, and not plain text`)
      return members
    }
    const seen = this.#children(element, shape, path, members)
    if (seen !== undefined && !this.#lenient && !(this.#partial && path === ''))
      for (const node of shape.content) this.#require(node, seen, path)
    return members
  }

  /** xsi:type may name a derived type (XSD 1.0 part 1, section 2.6.1); anything else it says is passed over. */
  #actualShape(element: XmlElement, declared: Shape, path: string): Shape | undefined {
    const derived = declared.derived()
    if (derived.size === 0 && !declared.abstract) return declared
    const text = attributeOf(element, XSI, 'type')
    const name = text === undefined ? undefined : builtinQName(text, element)
    const chosen = name === undefined ? undefined : derived.get(name)
    if (chosen !== undefined && !chosen.abstract) return chosen
    if (!declared.abstract) return declared
    this.#problems.add(path, 'must say with xsi:type of which kind it is', text, [...derived.keys()])
    return undefined
  }

  #attributes(element: XmlElement, slots: readonly AttributeSlot[], path: string, members: Members): void {
    for (const { namespace, local, value } of element.attributes) {
      const slot = slots.find(one => one.local === local && (one.namespace === namespace || namespace === ''))
      if (slot === undefined) {
        // Attributes of other namespaces (soap:encodingStyle, wsu:Id, ogsi:goodUntil …) say nothing about the value.
        if (namespace === '' && !this.#lenient)
          this.#unknown(
            path,
            local,
            value,
            slots.map(one => one.local),
            'attribute',
          )
        continue
      }
      const decoded = slot.codec.decode(slot.codec.preserve ? value : collapse(value), element.prefixes)
      if (decoded === invalid)
        this.#problems.add(at(path, local), `must be ${slot.codec.rule}`, value, slot.codec.accepted)
      else members[local] = decoded as DecodedValue
    }
    for (const { local, required } of slots)
      if (
        required &&
        !this.#lenient &&
        members[local] === undefined &&
        !element.attributes.some(one => one.local === local)
      )
        this.#problems.add(at(path, local), 'is missing')
  }

  /**
   * Fills in the members and returns how often each one was seen, the ill-formed ones included; undefined when there is
   * text, as what is missing then need not be told as well.
   */
  #children(
    element: XmlElement,
    shape: Shape,
    path: string,
    members: Members,
  ): ReadonlyMap<string, number> | undefined {
    const seen = new Map<string, number>()
    const text = element.children.find(child => typeof child === 'string' && /[^ \t\r\n]/.test(child))
    if (typeof text === 'string' && !this.#lenient) {
      this.#problems.add(path, `takes ${this.#describe(shape)}, and not plain text`, text.trim())
      return undefined
    }
    for (const child of element.children) {
      if (typeof child === 'string') continue
      const slot = shape.slots.get(child.local)
      const known = slot !== undefined && this.#isNamespaceOf(slot, child.namespace)
      if (known) this.#member(child, slot, path, members, seen)
      else if (shape.any?.allows(child.namespace) === true || (this.#lenient && slot === undefined))
        this.#wildcard(child, members, seen)
      else if (slot !== undefined)
        this.#problems.add(
          at(path, child.local),
          `is in the namespace ${JSON.stringify(child.namespace)}, and must be in ${slot.namespace}`,
        )
      else this.#unknown(path, child.local, textOf(child), [...shape.slots.keys()], 'element')
    }
    return seen
  }

  #isNamespaceOf(slot: Slot, namespace: string): boolean {
    return namespace === slot.namespace || namespace === '' || namespace === this.#rootNamespace
  }

  #member(child: XmlElement, slot: Slot, path: string, members: Members, seen: Map<string, number>): void {
    const { local, max } = slot
    const count = (seen.get(local) ?? 0) + 1
    if (max === 1) {
      if (count > 1) {
        seen.set(local, count)
        if (count === 2) this.#problems.add(at(path, local), 'is given more than once, and takes one value')
        return
      }
      const value = this.element(child, slot, path, local, undefined)
      if (value === absent && isNil(child)) return
      seen.set(local, 1)
      if (value !== absent) members[local] = value
      return
    }
    const value = this.element(child, slot, path, local, count)
    if (value === absent && isNil(child)) return
    seen.set(local, count)
    if (count > max && count === max + 1) this.#problems.add(at(path, local), `takes at most ${max} values`)
    const list = members[local] as DecodedValue[] | undefined
    if (value === absent || count > max) return
    if (list === undefined) members[local] = [value]
    else list.push(value)
  }

  #wildcard(child: XmlElement, members: Members, seen: Map<string, number>): void {
    seen.set(anyKey, (seen.get(anyKey) ?? 0) + 1)
    const list = members[anyKey] as XmlElement[] | undefined
    if (list === undefined) members[anyKey] = [child]
    else list.push(child)
  }

  #unknown(path: string, name: string, value: string, known: readonly string[], kind: 'element' | 'attribute'): void {
    const rule = `there is no ${kind} of this name${this.#problems.suggestion(name, known)}`
    this.#problems.add(at(path, name), rule, value.trim() === '' ? undefined : value.trim(), known)
  }

  /** That what must be there is there: presence, choices, counts. Order is not looked at. */
  #require(node: ContentNode, seen: ReadonlyMap<string, number>, path: string): void {
    if (node.kind === 'slot' || node.kind === 'any') {
      const key = node.kind === 'slot' ? node.local : anyKey
      const count = seen.get(key) ?? 0
      if (count === 0 && node.min > 0) this.#missing(node, at(path, key))
      else if (count < node.min)
        this.#problems.add(at(path, key), `takes at least ${node.min} values, and ${count} were given`)
      else if (node.kind === 'any' && count > node.max)
        this.#problems.add(
          path === '' ? anyKey : path,
          `takes at most ${node.max} element${node.max === 1 ? '' : 's'} inside`,
        )
      return
    }
    if (node.kind === 'sequence') {
      if (node.min === 1 || isPresent(node, seen)) for (const one of node.nodes) this.#require(one, seen, path)
      return
    }
    const present = node.nodes.filter(one => isPresent(one, seen))
    const [chosen, second] = present
    if (second !== undefined) {
      const given = present.flatMap(one => namesIn(one).filter(name => seen.has(name)))
      this.#problems.add(
        path,
        `takes exactly one of ${list(namesIn(node), 'or')}, and ${list(given, 'and')} were given`,
        undefined,
        namesIn(node),
      )
    } else if (chosen !== undefined) this.#require(chosen, seen, path)
    else if (node.min === 1 && !node.nodes.some(canBeEmpty))
      this.#problems.add(path, `must have one of ${list(namesIn(node), 'or')}`, undefined, namesIn(node))
  }

  #missing(node: ContentNode, path: string): void {
    if (node.kind !== 'slot') {
      this.#problems.add(path, 'an element is missing here')
      return
    }
    const type = node.type()
    const rule = type.kind === 'simple' ? `is missing, and must be ${type.codec.rule}` : 'is missing'
    this.#problems.add(path, rule, undefined, type.kind === 'simple' ? type.codec.accepted : undefined)
  }

  #describe(shape: Shape): string {
    const names = shape.content.flatMap(namesIn)
    return names.length === 0 ? 'nothing inside' : `the element${names.length === 1 ? '' : 's'} ${list(names, 'or')}`
  }
}

const isNil = (element: XmlElement): boolean => {
  if (element.attributes.length === 0) return false
  const nil = attributeOf(element, XSI, 'nil')?.trim()
  return (
    (nil === 'true' || nil === '1') && !element.children.some(child => typeof child !== 'string' || child.trim() !== '')
  )
}

/** SOAP::Lite sends a text that is not ASCII as base64, and says so only with xsi:type. */
function honourBase64(element: XmlElement, codec: SimpleCodec, raw: string): string {
  if (codec.primitive !== 'string') return raw
  const type = attributeOf(element, XSI, 'type')
  if (type === undefined || !/(?:^|:)base64(?:Binary)?$/.test(type.trim())) return raw
  const bytes = decodeBase64(raw)
  if (bytes === undefined) return raw
  try {
    const text = utf8.decode(bytes)
    // What no XML text could hold does not come in by this door either (XML 1.0 section 2.2).
    return /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text) ? raw : text
  } catch {
    return raw
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const qualified = builtinCodec({ namespace: XSD, local: 'QName' })

function builtinQName(text: string, element: XmlElement): string | undefined {
  const value = qualified?.decode(text.trim(), element.prefixes)
  return typeof value === 'object' && value !== null ? clark(value as { namespace: string; local: string }) : undefined
}

/** whiteSpace collapse (XSD 1.0 part 2, section 4.3.6). */
const collapse = (text: string): string =>
  /^[ \t\r\n]|[ \t\r\n]$|[\t\r\n]| {2}/.test(text) ? text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '') : text

const isPresent = (node: ContentNode, seen: ReadonlyMap<string, number>): boolean => {
  if (node.kind === 'slot') return seen.has(node.local)
  return node.kind === 'any' ? seen.has(anyKey) : node.names.some(name => seen.has(name))
}

const list = (words: readonly string[], joiner: 'or' | 'and'): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1)}`
