import { expandReferences, type Fail } from './references.ts'
import { asciiNameUnits, nameUnits } from './xml-characters.ts'
import type { XmlLimits } from './xml-limits.ts'
import { nameAt, type XmlName } from './xml-name.ts'

const lessThan = 0x3c
const greaterThan = 0x3e
const slash = 0x2f
const colon = 0x3a
const equals = 0x3d
const doubleQuote = 0x22
const apostrophe = 0x27
const ampersand = 0x26

const noName: XmlName = { raw: '', prefix: '', local: '', declares: false }

/** Past the white space at an offset; line ends are line feeds already. */
function pastSpace(text: string, at: number): number {
  let pos = at
  while (pos < text.length) {
    const c = text.charCodeAt(pos)
    if (c !== 0x20 && c !== 0x0a && c !== 0x09) break
    pos++
  }
  return pos
}

/**
 * The start tag or empty-element tag that was read last, before its prefixes are resolved. One object is used again for
 * every tag of a document, so that a tag costs only its strings.
 */
export class StartTag {
  name = noName
  empty = false
  /** Attributes by index; values with references and white space replaced (XML 1.0, section 3.3.3). */
  readonly names: XmlName[] = []
  readonly values: string[] = []
  count = 0

  readonly #limits: XmlLimits
  readonly #fail: Fail
  readonly #exceeds: Fail
  /** The name that `#readName` read last. */
  #last = noName

  constructor(limits: XmlLimits, fail: Fail, exceeds: Fail) {
    this.#limits = limits
    this.#fail = fail
    this.#exceeds = exceeds
  }

  /** Reads the tag that begins at `at`, where `<` stands. Returns the offset after it, or -1 when the text ends inside. */
  read(text: string, at: number): number {
    let pos = this.#readName(text, at + 1)
    if (pos < 0) return -1
    this.name = this.#last
    this.count = 0
    for (;;) {
      const before = pos
      pos = pastSpace(text, pos)
      if (pos >= text.length) return -1
      const c = text.charCodeAt(pos)
      if (c === greaterThan) {
        this.empty = false
        return pos + 1
      }
      if (c === slash) {
        if (pos + 1 >= text.length) return -1
        if (text.charCodeAt(pos + 1) !== greaterThan)
          this.#fail(pos, `The tag <${this.name.raw}> has a / that is not before its >`)
        this.empty = true
        return pos + 2
      }
      if (pos === before)
        this.#fail(pos, `The tag <${this.name.raw}> needs white space before an attribute, or its > is missing`)
      pos = this.#attribute(text, pos)
      if (pos < 0) return -1
    }
  }

  #attribute(text: string, at: number): number {
    const { length } = text
    let pos = this.#readName(text, at)
    if (pos < 0) return -1
    const name = this.#last
    pos = pastSpace(text, pos)
    if (pos >= length) return -1
    if (text.charCodeAt(pos) !== equals) this.#fail(pos, `The attribute ${name.raw} has no = and no value`)
    pos = pastSpace(text, pos + 1)
    if (pos >= length) return -1
    const quote = text.charCodeAt(pos)
    if (quote !== doubleQuote && quote !== apostrophe)
      this.#fail(pos, `The value of the attribute ${name.raw} must stand in quotes`)
    const from = ++pos
    let spaces = false
    let references = false
    for (; pos < length; pos++) {
      const c = text.charCodeAt(pos)
      if (c === quote) break
      if (c === ampersand) references = true
      else if (c < 0x20) spaces = true
      else if (c === lessThan) this.#fail(pos, `The value of the attribute ${name.raw} has a <, to be written &lt;`)
    }
    if (pos - from > this.#limits.attributeValue)
      this.#exceeds(
        from,
        `The value of the attribute ${name.raw} is longer than ${this.#limits.attributeValue} characters`,
      )
    if (pos >= length) return -1
    let value = text.slice(from, pos)
    // References last: white space that they stand for is kept (XML 1.0, section 3.3.3).
    if (spaces) value = value.replace(/[\t\n]/g, ' ')
    if (references) value = expandReferences(value, from, this.#fail)
    const index = this.count++
    if (this.count > this.#limits.attributes)
      this.#exceeds(at, `The element <${this.name.raw}> has more than ${this.#limits.attributes} attributes`)
    this.names[index] = name
    this.values[index] = value
    return pos + 1
  }

  /** The offset after the qualified name that begins at `at`, or -1 when the text ends in it. Sets `#last`. */
  #readName(text: string, at: number): number {
    let colonAt = -1
    let begin = true
    let hash = 0
    let pos = at
    while (pos < text.length) {
      const c = text.charCodeAt(pos)
      if (!begin && c < 128 && asciiNameUnits[c] !== 0) {
        hash = (hash * 31 + c) | 0
        pos++
        continue
      }
      const units = nameUnits(text, pos, begin)
      if (units > 0) begin = false
      else if (c === colon && !begin && colonAt < 0) {
        colonAt = pos
        begin = true
      } else break
      hash = (hash * 31 + c) | 0
      pos += units === 2 ? 2 : 1
    }
    if (pos - at > this.#limits.name) this.#exceeds(at, `A name is longer than ${this.#limits.name} characters`)
    if (pos >= text.length) return -1
    if (begin || text.charCodeAt(pos) === colon) {
      const found = String.fromCodePoint(text.codePointAt(pos) ?? 0)
      this.#fail(pos, `A name cannot go on with ${JSON.stringify(found)} here; a < in text is written &lt;`)
    }
    this.#last = nameAt(text, at, pos, colonAt, hash)
    return pos
  }
}
