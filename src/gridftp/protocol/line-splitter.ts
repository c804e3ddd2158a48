import { ProtocolError } from './protocol-error.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Parts what comes over a control connection into lines (RFC 959 section 4.2: CRLF; a bare LF is taken too). Holds at most one
 * unfinished line of `longest` bytes.
 */
export class LineSplitter {
  readonly #longest: number
  #parts: Buffer[] = []
  #held = 0

  constructor(longest: number) {
    this.#longest = longest
  }

  /** The lines that end in this chunk, without their ends. Throws ProtocolError when one is too long. */
  *feed(chunk: Buffer): Generator<Buffer, void, undefined> {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(newline, start)
      if (end === -1) break
      this.#hold(chunk.subarray(start, end))
      start = end + 1
      const line = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)
      this.#parts = []
      this.#held = 0
      yield line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
  }

  #hold(part: Buffer): void {
    this.#held += part.length
    if (this.#held > this.#longest) throw new ProtocolError(`A line has more than ${this.#longest} bytes.`)
    this.#parts.push(part)
  }
}
