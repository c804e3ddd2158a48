import { ProtocolError } from './protocol-error.ts'

/** Bytes from `start` up to, and without, `end`. */
export interface ByteSpan {
  readonly start: number
  readonly end: number
}

/** Ranges that one marker may hold, and one transfer may be in at once: it is memory that the peer decides about. */
const mostSpans = 65_536

/** A set of bytes of a file, as spans that neither touch nor overlap, in order. */
export class ByteRanges implements Iterable<ByteSpan> {
  readonly #spans: ByteSpan[] = []

  static of(spans: Iterable<ByteSpan>): ByteRanges {
    const ranges = new ByteRanges()
    for (const { start, end } of spans) ranges.add(start, end)
    return ranges
  }

  [Symbol.iterator](): IterableIterator<ByteSpan> {
    return this.#spans[Symbol.iterator]()
  }

  /** Bytes in the set. */
  get size(): number {
    return this.#spans.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** Whether `start` to `end` is in the set, all of it. */
  covers(start: number, end: number): boolean {
    if (start >= end) return true
    const span = this.#spans[this.#first(start)]
    return span !== undefined && span.start <= start && span.end >= end
  }

  /** Adds bytes, and answers how many of them were new. Throws ProtocolError when the set gets too ragged. */
  add(start: number, end: number): number {
    if (start >= end) return 0
    const first = this.#first(start)
    let { from, to, had } = { from: start, to: end, had: 0 }
    let next = first
    for (let span = this.#spans[next]; span !== undefined && span.start <= end; span = this.#spans[++next]) {
      had += Math.max(0, Math.min(span.end, end) - Math.max(span.start, start))
      from = Math.min(from, span.start)
      to = Math.max(to, span.end)
    }
    this.#spans.splice(first, next - first, { start: from, end: to })
    if (this.#spans.length > mostSpans) throw new ProtocolError(`A file is in more than ${mostSpans} pieces.`)
    return end - start - had
  }

  /** What is not in the set, of `start` to `end`. */
  *missing(start: number, end: number): Generator<ByteSpan, void, undefined> {
    let from = start
    for (let index = this.#first(start); index < this.#spans.length && from < end; index++) {
      const span = this.#spans[index] as ByteSpan
      if (span.start > from) yield { start: from, end: Math.min(span.start, end) }
      from = Math.max(from, span.end)
    }
    if (from < end) yield { start: from, end }
  }

  /** The first span that ends at `offset` or behind it. */
  #first(offset: number): number {
    let low = 0
    let high = this.#spans.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#spans[middle] as ByteSpan).end < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Of a marker for stream mode, which has one position: so many bytes are there from the beginning on. */
export function beginningOf(ranges: ByteRanges | undefined): number {
  const [first] = ranges ?? []
  return first?.start === 0 ? first.end : 0
}

/** `0-29,50-89`: what REST and 111 markers say of MODE E. The end is that of Globus servers: the first byte not there. */
export const writeRanges = (ranges: Iterable<ByteSpan>): string =>
  Array.from(ranges, ({ start, end }) => `${start}-${end}`).join(',')

/** Reads such a list; its parts in any order, overlapping or not. Throws ProtocolError. */
export function readRanges(text: string): ByteRanges {
  const ranges = new ByteRanges()
  for (const part of text.trim().split(',')) {
    const [, from, to] = /^ ?(\d{1,16})-(\d{1,16})$/.exec(part) ?? []
    const [start, end] = [Number(from), Number(to)]
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start > end)
      throw new ProtocolError(`${JSON.stringify(part.slice(0, 40))} is no range of bytes.`)
    ranges.add(start, end)
  }
  return ranges
}
