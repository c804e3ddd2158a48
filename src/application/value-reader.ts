import { LineFinder } from './line-finder.ts'
import type { Output, Value } from './model.ts'
import { shortened } from './names.ts'
import { fitsLong } from './ranges.ts'
import { StreamLines } from './stream-lines.ts'

/** Values of one list output that are kept. */
const mostValues = 100_000

/**
 * Reads a typed output out of a file or stream while its bytes go by; memory is that of the values. The first or last
 * match decides even when it is no value: an earlier number is never taken for a result that came out as NaN.
 */
export class ValueReader {
  readonly #lines = new StreamLines()
  readonly #type: 'string' | 'integer' | 'number'
  readonly #finder: LineFinder
  readonly #which: 'first' | 'last' | 'all'
  readonly #found: string[] = []
  #over = false

  /** Throws a TypeError when the output is not read out of another one. */
  constructor(output: Output) {
    const { source } = output
    if (source.kind !== 'value') throw new TypeError(`The output ${output.name} is not a value in another output.`)
    this.#type = source.type
    this.#finder = new LineFinder(source.match)
    this.#which = source.many ? 'all' : source.which
  }

  feed(bytes: Uint8Array): void {
    if (!this.#over) this.#lines.feed(bytes, line => this.#look(line))
  }

  /** The value, or the list of values; undefined when there is none, or when a match is no value of the type. */
  end(): Value | Value[] | undefined {
    this.#lines.end(line => this.#look(line))
    const values = this.#found.map(text => readTyped(this.#type, text)).filter(value => value !== undefined)
    if (values.length < this.#found.length || values.length === 0) return undefined
    return this.#which === 'all' ? values : values[0]
  }

  /** What kept a match from being a value, for the reason of a failure; undefined when nothing did. */
  get problem(): string | undefined {
    const bad = this.#found.find(text => readTyped(this.#type, text) === undefined)
    return bad === undefined
      ? undefined
      : `"${shortened(bad)}" is not ${this.#type === 'integer' ? 'an integer' : `a ${this.#type}`}`
  }

  #look(line: string): void {
    if (this.#over) return
    const matcher = this.#finder.find(line)
    if (matcher === undefined) return
    const text = (matcher.group(1) ?? '').trim()
    if (this.#which === 'last') this.#found.length = 0
    this.#found.push(text)
    this.#over = this.#which === 'first' || this.#found.length >= mostValues
  }
}

/** Reads the value of a typed output out of a text; see {@link ValueReader}. */
export function readValue(output: Output, text: string): Value | Value[] | undefined {
  const reader = new ValueReader(output)
  reader.feed(Buffer.from(text))
  return reader.end()
}

/** A value as programs print it, Fortran's `1.5D+03` and `1.5-103` (an exponent that leaves no room for its letter) included. */
function readTyped(type: 'string' | 'integer' | 'number', text: string): Value | undefined {
  if (type === 'string') return text
  if (type === 'integer') {
    const value = /^[+-]?\d{1,40}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
    return value !== undefined && fitsLong(value) ? value : undefined
  }
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eEdDqQ]([+-]?\d{1,5})|([+-]\d{3,5}))?$/.exec(text.slice(0, 400))
  if (match === null) return undefined
  const value = Number(`${match[1]}e${match[2] ?? match[3] ?? '0'}`)
  return Number.isFinite(value) ? value : undefined
}
