import { GridwrapError } from '../../core/errors.ts'
import type { ByteSpan } from '../protocol/byte-ranges.ts'
import type { ByteSource } from './byte-ends.ts'

/** One read of a disk, and one block of MODE E: what globus-url-copy uses. */
const blockBytes = 1_048_576

/** A piece of a source. */
export interface Block {
  readonly bytes: Buffer
  readonly position: number
  /** Gives its memory back; the bytes may be touched until then. */
  readonly release: () => void
}

/**
 * Hands out the spans of a source in blocks, to any number of senders at once. Reads one block ahead; memory is used
 * again.
 */
export class BlockReader {
  readonly #source: ByteSource
  readonly #spans: Iterator<ByteSpan>
  readonly #free: Buffer[] = []
  #span: ByteSpan = { start: 0, end: 0 }
  #ahead: Promise<Block | undefined> | undefined

  constructor(source: ByteSource, spans: Iterable<ByteSpan>) {
    this.#source = source
    this.#spans = spans[Symbol.iterator]()
  }

  /** The next block; undefined when there is none. Throws GridwrapError (`transfer-failed`) when the source got shorter. */
  next(): Promise<Block | undefined> {
    const block = this.#ahead ?? this.#read()
    // One at a time: a source may be one that has no positions.
    this.#ahead = block.then(read => (read === undefined ? undefined : this.#read()))
    // Told to whoever takes it; an error of a block that nobody takes any more is not one.
    this.#ahead.catch(() => undefined)
    return block
  }

  async #read(): Promise<Block | undefined> {
    const span = this.#cut()
    if (span === undefined) return undefined
    const length = span.end - span.start
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
    const bytes = buffer.subarray(0, length)
    for (let done = 0; done < length; ) {
      const count = await this.#source.read(bytes.subarray(done), span.start + done)
      if (count === 0 && this.#source.size === undefined) {
        this.#span = { start: 0, end: 0 }
        if (done === 0) return undefined
        return { bytes: buffer.subarray(0, done), position: span.start, release: () => void this.#free.push(buffer) }
      }
      if (count === 0)
        throw new GridwrapError(
          'transfer-failed',
          `The source ended at byte ${span.start + done}: it was cut off meanwhile.`,
        )
      done += count
    }
    return { bytes, position: span.start, release: () => void this.#free.push(buffer) }
  }

  #cut(): ByteSpan | undefined {
    while (this.#span.start >= this.#span.end) {
      const next = this.#spans.next()
      if (next.done === true) return undefined
      this.#span = next.value
    }
    const { start, end } = this.#span
    const cut = { start, end: Math.min(end, start + blockBytes) }
    this.#span = { start: cut.end, end }
    return cut
  }
}
