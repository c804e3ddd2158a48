// Longer than most: the states of one parser, which read better together than passed between files.
import { NamespaceBindings } from './namespace-bindings.ts'
import { expandReferences, type Fail } from './references.ts'
import { StartTag } from './start-tag.ts'
import { TextIntake } from './text-intake.ts'
import type { StreamElement, TextSink } from './text-sink.ts'
import type { XmlAttribute, XmlElement } from './tree.ts'
import { isNcName } from './xml-characters.ts'
import { beginsWithDeclaration, readDeclaration } from './xml-declaration.ts'
import { SinkRefusal, XmlError } from './xml-error.ts'
import { defaultXmlLimits, type XmlLimits } from './xml-limits.ts'
import { standsAt } from './xml-name.ts'

export interface XmlReaderOptions {
  /** What is not named has its default. */
  readonly limits?: Partial<XmlLimits>
  readonly streamElement?: StreamElement
}

interface OpenElement extends XmlElement {
  children: readonly (XmlElement | string)[]
  streamed: XmlElement['streamed']
}

/** What is remembered of an open element; the objects are used again for the next element of the same depth. */
interface Frame {
  element: OpenElement
  /** Where its children begin among `#nodes`. */
  from: number
  raw: string
  declares: boolean
  sink: TextSink | undefined
}

const noChildren: readonly (XmlElement | string)[] = Object.freeze([])
const noAttributes: readonly XmlAttribute[] = Object.freeze([])
/** Longer text is parsed in pieces, so that limits are looked at in time. */
const longestPiece = 64 * 1024
const exclamation = 0x21
const slash = 0x2f
const greaterThan = 0x3e
const question = 0x3f
const cdataBegin = '<![CDATA['
const doctypeBegin = '<!DOCTYPE'

/**
 * A strict, namespace-aware reader of XML 1.0 (fifth edition) without DOCTYPE, fed with text in pieces split anywhere.
 * Its work is linear in the text however it is split: what is incomplete is looked at again only when as much again has
 * come. It throws {@link XmlError} and nothing else, but for what a sink's own writer throws.
 */
export class XmlReader {
  readonly #limits: XmlLimits
  readonly #streamElement: StreamElement | undefined
  readonly #intake = new TextIntake()
  readonly #tag: StartTag
  readonly #bindings = new NamespaceBindings()
  readonly #frames: Frame[] = []
  #depth = 0
  #elements = 0
  #tagAt = 0
  #kept = 0
  #root: OpenElement | undefined
  #text = ''
  /** The children so far of all open elements, those of the innermost last. */
  readonly #nodes: (XmlElement | string)[] = []
  #top = 0
  #inCdata = false
  #failure: unknown
  /** Where the next `&` and `]]>` of the text being read stand: found once, not once a run. */
  #nextAmpersand = -1
  #nextCdataEnd = -1

  constructor(options: XmlReaderOptions = {}) {
    this.#limits = options.limits === undefined ? defaultXmlLimits : { ...defaultXmlLimits, ...options.limits }
    this.#streamElement = options.streamElement
    this.#tag = new StartTag(this.#limits, this.#fail, this.#exceeds)
  }

  /** Reads on. Throws {@link XmlError}, again at every later call once it has. */
  write(text: string): void {
    this.#guard(() => {
      for (let from = 0; from < text.length; from += longestPiece) {
        const piece = text.length <= longestPiece ? text : text.slice(from, from + longestPiece)
        if (this.#intake.add(piece)) this.#read(this.#intake.next(this.#fail, false), false)
      }
    })
  }

  /** The root element, when the document is complete. Throws {@link XmlError}. */
  end(): XmlElement {
    return this.#guard(() => {
      const last = this.#intake.next(this.#fail, true)
      this.#read(last, true)
      if (this.#depth > 0) this.#fail(last.length, `The document ends inside <${this.#frame().raw}>`)
      return this.#root ?? this.#fail(last.length, 'The document has no root element')
    })
  }

  #guard<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure as Error
    try {
      return work()
    } catch (thrown) {
      this.#failure = thrown
      throw thrown
    }
  }

  /** Fails at the start tag being read. */
  readonly #failTag = (sentence: string): never => this.#fail(this.#tagAt, sentence)

  readonly #fail: Fail = (offset, sentence) => {
    const { line, column } = this.#intake.position(offset)
    throw new XmlError('malformed', sentence, line, column)
  }

  readonly #exceeds: Fail = (offset, sentence) => {
    const { line, column } = this.#intake.position(offset)
    throw new XmlError('limit', sentence, line, column)
  }

  #read(text: string, final: boolean): void {
    this.#nextAmpersand = -1
    this.#nextCdataEnd = -1
    const consumed = this.#tokens(text, final)
    this.#kept += consumed
    if (this.#kept > this.#limits.characters)
      this.#exceeds(consumed, `The document is longer than ${this.#limits.characters} characters`)
    const left = text.length - consumed
    if (left > this.#limits.token) this.#exceeds(consumed, `A tag is longer than ${this.#limits.token} characters`)
    if (final && left > 0) this.#fail(consumed, 'The document ends inside a tag, comment or instruction')
    this.#intake.consume(consumed)
  }

  /** Reads all that is complete and returns the offset of what is not. */
  #tokens(text: string, final: boolean): number {
    let pos = 0
    while (pos < text.length) {
      if (this.#inCdata) {
        const end = text.indexOf(']]>', pos)
        pos = this.#cdata(text, pos, end, final)
        if (end < 0) return pos
      }
      const markup = text.indexOf('<', pos)
      if (markup !== pos && pos < text.length) {
        const to = markup >= 0 ? markup : final ? text.length : this.#completeText(text, pos)
        if (to > pos) this.#characters(text, pos, to)
        if (markup < 0) return to
        pos = markup
      }
      const next = this.#markup(text, pos)
      if (next < 0) return pos
      pos = next
    }
    return pos
  }

  #markup(text: string, at: number): number {
    if (at + 1 >= text.length) return -1
    const c = text.charCodeAt(at + 1)
    if (c === slash) return this.#endTag(text, at)
    if (c === exclamation) return this.#commentOrCdata(text, at)
    if (c === question) return this.#instruction(text, at)
    return this.#startTag(text, at)
  }

  /** Where text that goes on in the next piece may be cut: not inside a reference, nor inside what may become `]]>`. */
  #completeText(text: string, from: number): number {
    const ampersand = text.lastIndexOf('&')
    if (ampersand >= from && text.length - ampersand <= this.#limits.name && text.indexOf(';', ampersand) < 0)
      return ampersand
    return withoutBrackets(text, from)
  }

  #characters(text: string, from: number, to: number): void {
    if (this.#nextCdataEnd < from) this.#nextCdataEnd = find(text, ']]>', from)
    if (this.#nextCdataEnd < to) this.#fail(this.#nextCdataEnd, 'Text has ]]>, to be written ]]&gt;')
    let run = text.slice(from, to)
    if (this.#depth === 0) {
      const visible = run.search(/[^ \t\n]/)
      if (visible >= 0) this.#fail(from + visible, 'There is text outside the root element')
      return
    }
    if (this.#nextAmpersand < from) this.#nextAmpersand = find(text, '&', from)
    if (this.#nextAmpersand < to) run = expandReferences(run, from, this.#fail)
    this.#keep(run, from, to)
  }

  #keep(run: string, from: number, to: number): void {
    const { sink } = this.#frame()
    if (sink === undefined) {
      this.#text = this.#text === '' ? run : this.#text + run
      return
    }
    this.#kept -= to - from
    try {
      sink.write(run)
    } catch (thrown) {
      this.#refused(thrown, from)
    }
  }

  #refused(thrown: unknown, at: number): never {
    if (!(thrown instanceof SinkRefusal)) throw thrown
    return thrown.kind === 'limit' ? this.#exceeds(at, thrown.message) : this.#fail(at, thrown.message)
  }

  #cdata(text: string, from: number, end: number, final: boolean): number {
    if (end < 0 && final) this.#fail(text.length, 'The document ends inside a CDATA section')
    const to = end < 0 ? withoutBrackets(text, from) : end
    if (to > from) this.#keep(text.slice(from, to), from, to)
    if (end < 0) return to
    this.#inCdata = false
    return end + 3
  }

  #commentOrCdata(text: string, at: number): number {
    if (text.startsWith('<!--', at)) {
      // Production [15]: the first two hyphens of a comment end it.
      const hyphens = text.indexOf('--', at + 4)
      if (hyphens >= 0 && hyphens + 2 < text.length && text.charCodeAt(hyphens + 2) !== greaterThan)
        this.#fail(hyphens, 'A comment cannot hold two hyphens')
      return this.#bounded(at, hyphens < 0 || hyphens + 3 > text.length ? -1 : hyphens + 3)
    }
    if (text.startsWith(cdataBegin, at)) {
      if (this.#depth === 0) this.#fail(at, 'There is a CDATA section outside the root element')
      this.#inCdata = true
      return at + cdataBegin.length
    }
    if (text.startsWith(doctypeBegin, at)) this.#fail(at, 'A DOCTYPE declaration is not taken: leave it out')
    const left = text.slice(at, at + cdataBegin.length)
    if (cdataBegin.startsWith(left) || doctypeBegin.startsWith(left) || '<!--'.startsWith(left)) return -1
    return this.#fail(at, 'After <! only a comment or a CDATA section may follow')
  }

  /** Production [16], and [23] at the very beginning. */
  #instruction(text: string, at: number): number {
    const end = text.indexOf('?>', at + 2)
    if (end < 0) return -1
    const target = /^[^ \t\n]*/.exec(text.slice(at + 2, Math.min(end, at + 3 + this.#limits.name)))?.[0] ?? ''
    if (target.length > this.#limits.name) this.#exceeds(at, `A name is longer than ${this.#limits.name} characters`)
    if (target.toLowerCase() === 'xml') {
      if (target !== 'xml' || !this.#intake.isBeginning(at))
        this.#fail(at, 'An XML declaration may stand only at the very beginning of the document')
      const declared = readDeclaration(text)
      if (!beginsWithDeclaration(text) || declared === undefined) this.#fail(at, 'The XML declaration is ill-formed')
      else if (declared.version !== '1.0')
        this.#fail(at, `XML version ${JSON.stringify(declared.version)} is not taken: only 1.0 is`)
    } else if (!isNcName(target)) this.#fail(at, 'A processing instruction must begin with a name without a colon')
    return this.#bounded(at, end + 2)
  }

  #bounded(at: number, next: number): number {
    if (next - at > this.#limits.token)
      this.#exceeds(at, `A comment or instruction is longer than ${this.#limits.token} characters`)
    return next
  }

  #startTag(text: string, at: number): number {
    const tag = this.#tag
    const next = tag.read(text, at)
    if (next < 0) return -1
    if (next - at > this.#limits.token) this.#exceeds(at, `A tag is longer than ${this.#limits.token} characters`)
    this.#tagAt = at
    const { name } = tag
    if (this.#depth === 0 && this.#root !== undefined)
      this.#fail(at, `There is a second root element, <${name.raw}>: a document has one`)
    const parent = this.#depth > 0 ? this.#frame() : undefined
    if (parent?.sink !== undefined) this.#fail(at, `<${parent.raw}> holds text only, and <${name.raw}> stands in it`)
    if (this.#depth >= this.#limits.depth) this.#exceeds(at, `Elements are nested deeper than ${this.#limits.depth}`)
    if (++this.#elements > this.#limits.elements)
      this.#exceeds(at, `The document has more than ${this.#limits.elements} elements`)
    const declares = tag.count > 0 && this.#bindings.enter(tag, this.#failTag)
    const namespace = this.#bindings.resolve(name.prefix)
    if (namespace === undefined) return this.#failTag(`The prefix of <${name.raw}> is not declared`)
    const element: OpenElement = {
      namespace,
      local: name.local,
      attributes: tag.count === 0 ? noAttributes : this.#attributes(),
      children: noChildren,
      prefixes: this.#bindings.scope,
      streamed: undefined,
    }
    if (parent === undefined) this.#root = element
    else {
      this.#flush()
      this.#nodes[this.#top++] = element
    }
    const sink = this.#streamElement?.(namespace, name.local, this.#depth + 1)
    this.#open(element, name.raw, declares, sink)
    if (tag.empty) this.#close(at)
    return next
  }

  #attributes(): readonly XmlAttribute[] {
    const tag = this.#tag
    const made: XmlAttribute[] = []
    // Comparing every pair is fastest for a few; a set keeps many linear.
    const seen = tag.count > 8 ? new Set<string>() : undefined
    for (let i = 0; i < tag.count; i++) {
      const name = tag.names[i]
      if (name === undefined || name.declares) continue
      const { prefix, local } = name
      const namespace = prefix === '' ? '' : this.#bindings.resolve(prefix)
      if (namespace === undefined) return this.#failTag(`The prefix of the attribute ${name.raw} is not declared`)
      if (seen === undefined ? isAmong(made, namespace, local) : seen.has(`${local} ${namespace}`))
        this.#failTag(`The attribute ${name.raw} stands twice on <${tag.name.raw}>`)
      seen?.add(`${local} ${namespace}`)
      made.push({ namespace, local, value: tag.values[i] ?? '' })
    }
    return made.length === 0 ? noAttributes : made
  }

  #endTag(text: string, at: number): number {
    if (this.#depth === 0) this.#fail(at, 'There is an end tag and no element is open')
    const { raw } = this.#frame()
    if (standsAt(raw, text, at + 2)) {
      let pos = at + 2 + raw.length
      while (pos < text.length) {
        const c = text.charCodeAt(pos++)
        if (c === greaterThan) {
          this.#close(at)
          return pos
        }
        if (c !== 0x20 && c !== 0x0a && c !== 0x09) break
        if (pos === text.length) return -1
      }
      if (pos === at + 2 + raw.length) return -1
    } else if (text.length - at - 2 < raw.length && raw.startsWith(text.slice(at + 2))) return -1
    const found = /^[^\s>]{0,60}/.exec(text.slice(at + 2, at + 62))?.[0] ?? ''
    return this.#fail(at, `The element <${raw}> is open, and </${found}> cannot end it`)
  }

  #open(element: OpenElement, raw: string, declares: boolean, sink: TextSink | undefined): void {
    const frame = this.#frames[this.#depth++]
    const from = this.#top
    if (frame === undefined) this.#frames.push({ element, from, raw, declares, sink })
    else {
      frame.element = element
      frame.from = from
      frame.raw = raw
      frame.declares = declares
      frame.sink = sink
    }
  }

  #close(at: number): void {
    const frame = this.#frame()
    const { sink } = frame
    if (sink === undefined) {
      this.#flush()
      const { from } = frame
      const only = this.#nodes[from]
      if (this.#top === from + 1 && only !== undefined) frame.element.children = [only]
      else if (this.#top > from) frame.element.children = this.#nodes.slice(from, this.#top)
      this.#top = from
    } else {
      frame.sink = undefined
      try {
        frame.element.streamed = { streamed: sink.end() }
      } catch (thrown) {
        this.#refused(thrown, at)
      }
    }
    if (frame.declares) this.#bindings.leave()
    this.#depth--
  }

  #flush(): void {
    if (this.#text === '') return
    this.#nodes[this.#top++] = this.#text
    this.#text = ''
  }

  #frame(): Frame {
    const frame = this.#frames[this.#depth - 1]
    if (frame === undefined) throw new Error('no element is open')
    return frame
  }
}

const isAmong = (attributes: readonly XmlAttribute[], namespace: string, local: string): boolean =>
  attributes.some(attribute => attribute.local === local && attribute.namespace === namespace)

const find = (text: string, what: string, from: number): number => {
  const at = text.indexOf(what, from)
  return at < 0 ? Number.MAX_SAFE_INTEGER : at
}

/** The offset of the one or two `]` with which the text ends, or its length. */
function withoutBrackets(text: string, from: number): number {
  let to = text.length
  while (to > from && to > text.length - 2 && text.charCodeAt(to - 1) === 0x5d) to--
  return to
}

/** Reads a whole document. Throws {@link XmlError}. */
export function parseXml(text: string, limits: Partial<XmlLimits> = {}): XmlElement {
  const reader = new XmlReader({ limits })
  reader.write(text)
  return reader.end()
}
