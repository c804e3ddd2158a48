import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { Place, Problems } from './description-error.ts'
import { shortened } from './names.ts'
import { trapBehind } from './yaml-traps.ts'

/** What a description holds, with the place of everything. Nothing of YAML is left but this. */
export type Node = ScalarNode | ListNode | MapNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | bigint | boolean | null
  /** As it is written: `1.10` stays `1.10`. */
  readonly text: string
  /** Where the first character of the text stands, when the text stands in the file as it is, on one line. */
  readonly verbatim: Place | undefined
  /** Of a text of many lines written with `|`: the line and column of its first line in the file. */
  readonly block: Place | undefined
}

export interface ListNode {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Node[]
}

export interface MapNode {
  readonly kind: 'map'
  readonly place: Place
  /** Written `{a: b}`. */
  readonly flow: boolean
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly key: string
  readonly place: Place
  readonly value: Node
  /** A key without a colon, as a comma inside `{ }` makes one. */
  readonly bare: boolean
}

const largest = 256 * 1024
const mostTokens = 30_000
const deepest = 16

/**
 * Reads YAML 1.2 (core schema) within limits: 256 KiB, no directives, tags, anchors or aliases, one document, keys that
 * are plain and differ. Undefined when a problem keeps the rest from being looked at.
 */
export function readDocument(text: string, problems: Problems): Node | undefined {
  const start: Place = { line: 1, column: 1 }
  if (Buffer.byteLength(text) > largest) {
    problems.add(
      start,
      `the description has more than ${largest / 1024} KiB`,
      'ship long files beside it and name them under files',
    )
    return undefined
  }
  if (!withinLimits(text, problems)) return undefined
  const counter = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: false,
    lineCounter: counter,
    logLevel: 'error',
    strict: true,
  })
  const placeOf = (offset: number): Place => {
    const { line, col } = counter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const lines = new Set<number>()
  for (const error of document.errors.slice(0, 50)) {
    // What follows on the same line is most often a consequence.
    const { line } = placeOf(error.pos[0])
    if (!lines.has(line)) addSyntax(error, text, placeOf(error.pos[0]), problems)
    lines.add(line)
  }
  for (const warning of document.warnings.slice(0, 5)) addSyntax(warning, text, placeOf(warning.pos[0]), problems)
  if (document.directives.yaml.explicit === true)
    problems.add(start, 'the description begins with a YAML directive', 'leave the line out; descriptions are YAML 1.2')
  if (problems.some()) return undefined
  const node = new Converter(text, placeOf, problems).convert(document.contents, 0)
  return problems.some() ? undefined : node
}

function withinLimits(text: string, problems: Problems): boolean {
  let [tokens, open, line, nested] = [0, 0, 1, 0]
  for (const token of new Lexer().lex(text)) {
    if (token.includes('\n')) nested = 0
    for (const c of token) if (c === '\n') line++
    nested += token === '-' || token === '?' ? 1 : 0
    open += token === '[' || token === '{' ? 1 : token === ']' || token === '}' ? -1 : 0
    if (++tokens > mostTokens) {
      problems.add(
        { line, column: 1 },
        `the description has more than ${mostTokens} words of YAML`,
        'divide it, or ship long files beside it',
      )
      return false
    }
    if (open > deepest || nested > deepest) {
      problems.add(
        { line, column: 1 },
        `the ${nested > deepest ? 'lists' : 'brackets'} nest more than ${deepest} deep`,
        'put a value that holds brackets in quotes',
      )
      return false
    }
  }
  return true
}

function addSyntax(error: YAMLError, text: string, place: Place, problems: Problems): void {
  const trap = trapBehind(error, text, place)
  problems.add(
    trap?.place ?? place,
    trap?.message ?? `this is no YAML: ${error.message.split('\n')[0] ?? ''}`,
    trap?.hint,
  )
}

class Converter {
  readonly #text: string
  readonly #placeOf: (offset: number) => Place
  readonly #problems: Problems

  constructor(text: string, placeOf: (offset: number) => Place, problems: Problems) {
    this.#text = text
    this.#placeOf = placeOf
    this.#problems = problems
  }

  convert(node: unknown, depth: number, near = 0): Node {
    const given = node as ParsedNode | null | undefined
    const offset = given?.range[0] ?? near
    const place = this.#placeOf(offset)
    const empty: ScalarNode = { kind: 'scalar', place, value: null, text: '', verbatim: undefined, block: undefined }
    if (given === null || given === undefined) return empty
    if (depth > deepest) {
      this.#problems.add(place, `this nests more than ${deepest} deep`, 'put a value that holds brackets in quotes')
      return empty
    }
    if (isAlias(given)) {
      this.#problems.add(
        place,
        `"*${shortened(given.source)}" is a YAML alias, and aliases are not taken`,
        `a value that begins with * needs quotes: '*${shortened(given.source)}'`,
      )
      return empty
    }
    if (given.anchor !== undefined)
      this.#problems.add(
        place,
        `"&${shortened(given.anchor)}" is a YAML anchor, and anchors are not taken`,
        'a value that begins with & needs quotes',
      )
    if (given.tag !== undefined)
      this.#problems.add(
        place,
        `"${shortened(given.tag)}" is a YAML tag, and tags are not taken`,
        'a value that begins with ! needs quotes',
      )
    if (isScalar(given)) return this.#scalar(given, place, offset)
    if (isSeq(given))
      return { kind: 'list', place, items: given.items.map(item => this.convert(item, depth + 1, offset)) }
    return isMap(given) ? this.#map(given, place, depth, offset) : empty
  }

  #scalar(scalar: { value: unknown; source?: string; type?: string }, place: Place, offset: number): ScalarNode {
    const { value, type } = scalar
    const kept =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
        ? value
        : null
    const text = scalar.source ?? (kept === null ? '' : String(kept))
    const quoted = type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE' ? 1 : 0
    const same = text !== '' && this.#text.startsWith(text, offset + quoted) && !text.includes('\n')
    const header = this.#text.indexOf('\n', offset)
    const first = header < 0 ? '' : (/^[ \t]*/.exec(this.#text.slice(header + 1, header + 201))?.[0] ?? '')
    return {
      kind: 'scalar',
      place,
      value: kept,
      text: typeof kept === 'string' ? kept : text,
      verbatim:
        same && type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED'
          ? { line: place.line, column: place.column + quoted }
          : undefined,
      block: type === 'BLOCK_LITERAL' ? { line: place.line + 1, column: first.length + 1 } : undefined,
    }
  }

  #map(map: { items: readonly unknown[]; flow?: boolean }, place: Place, depth: number, offset: number): MapNode {
    const entries: Entry[] = []
    const seen = new Set<string>()
    for (const pair of map.items) {
      if (!isPair(pair)) continue
      const key = pair.key
      const at = isScalar(key) ? ((key as { range?: readonly number[] }).range?.[0] ?? offset) : offset
      if (!isScalar(key) || key.value === null) {
        this.#problems.add(
          this.#placeOf(at),
          'this key is not a plain word',
          'a value that begins with { or [ needs quotes',
        )
        continue
      }
      // Only to find anchors and tags on the key.
      const { text } = this.convert(key, depth + 1, at) as ScalarNode
      if (seen.has(text))
        this.#problems.add(this.#placeOf(at), `the key "${shortened(text)}" is there twice`, 'keep one of them')
      seen.add(text)
      entries.push({
        key: text,
        place: this.#placeOf(at),
        value: this.convert(pair.value, depth + 1, at),
        bare: pair.value === null || pair.value === undefined,
      })
    }
    return { kind: 'map', place, flow: map.flow === true, entries }
  }
}
