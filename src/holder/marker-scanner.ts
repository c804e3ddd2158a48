const lineFeed = 10
const carriageReturn = 13
const digits = 8

/** The marker with this number: all of a session have a beginning that nobody else can know. */
export const markerOf = (prefix: string, number: number): string =>
  `${prefix}${number.toString(16).padStart(digits, '0')}`

/**
 * Finds a session's markers at the end of lines, in what an interpreter prints, and takes them out; all else is passed on,
 * as soon as it is sure to be no marker. A terminal that echoes a command shows the marker inside it, so not at the end
 * of a line.
 */
export class MarkerScanner {
  readonly #prefix: Buffer
  readonly #text: (bytes: Buffer) => void
  readonly #marker: (number: number) => void
  #tail: Buffer = Buffer.alloc(0)

  constructor(prefix: string, text: (bytes: Buffer) => void, marker: (number: number) => void) {
    this.#prefix = Buffer.from(prefix, 'latin1')
    this.#text = text
    this.#marker = marker
  }

  feed(chunk: Buffer): void {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk])
    let done = 0
    for (let from = 0; ; ) {
      const found = bytes.indexOf(this.#prefix, from)
      if (found < 0) break
      const end = this.#endOf(bytes, found)
      if (end === 'undecided') {
        this.#pass(bytes.subarray(done, found))
        this.#tail = Buffer.from(bytes.subarray(found))
        return
      }
      from = found + 1
      if (end === undefined) continue
      this.#pass(bytes.subarray(done, found))
      this.#marker(Number.parseInt(bytes.toString('latin1', found + this.#prefix.length, end.digits), 16))
      done = end.after
      from = done
    }
    const sure = bytes.length - this.#beginning(bytes.subarray(done))
    this.#pass(bytes.subarray(done, sure))
    this.#tail = Buffer.from(bytes.subarray(sure))
  }

  /** Passes on what was held back; nothing more comes. */
  end(): void {
    this.#pass(this.#tail)
    this.#tail = Buffer.alloc(0)
  }

  #endOf(bytes: Buffer, found: number): { readonly digits: number; readonly after: number } | 'undecided' | undefined {
    const start = found + this.#prefix.length
    const number = bytes.toString('latin1', start, start + digits)
    if (!/^[0-9a-f]*$/.test(number)) return undefined
    if (number.length < digits) return 'undecided'
    const after = start + digits
    const [next, second] = [bytes[after], bytes[after + 1]]
    if (next === lineFeed) return { digits: after, after: after + 1 }
    if (next === carriageReturn && second === lineFeed) return { digits: after, after: after + 2 }
    return next === undefined || (next === carriageReturn && second === undefined) ? 'undecided' : undefined
  }

  /** How many of the last bytes may be the beginning of a marker. */
  #beginning(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#prefix.length - 1); length > 0; length--)
      if (bytes.subarray(bytes.length - length).equals(this.#prefix.subarray(0, length))) return length
    return 0
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#text(bytes)
  }
}
