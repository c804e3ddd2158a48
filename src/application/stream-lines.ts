/** Bytes of a line that are looked at; what is beyond is let go. */
const longestLine = 8192

type State = 'text' | 'escape' | 'control-sequence' | 'string' | 'string-escape' | 'charset'

/**
 * Turns the bytes of a program's stream into lines as a person would have read them: terminal controls (ECMA-48) taken
 * out, `\r` ends a line like `\n` and `\r\n` do. Keeps at most one line; the lines do not depend on how the bytes are
 * chunked. Bytes that are no UTF-8 become U+FFFD.
 */
export class StreamLines {
  readonly #line = Buffer.alloc(longestLine)
  readonly #decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  #length = 0
  #state: State = 'text'
  #afterReturn = false
  #begun = false

  /** Calls `each` for every line that ends in these bytes. */
  feed(bytes: Uint8Array, each: (line: string) => void): void {
    for (let i = 0; i < bytes.length; ) {
      i = this.#takeText(bytes, i)
      const byte = bytes[i++]
      if (byte !== undefined) this.#take(byte, each)
    }
  }

  /** Takes plain text in one go, up to the next byte that means something; returns where that is. */
  #takeText(bytes: Uint8Array, start: number): number {
    if (this.#state !== 'text') return start
    let end = start
    for (let byte = bytes[end]; byte !== undefined && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b; )
      byte = bytes[++end]
    if (end === start) return start
    this.#afterReturn = false
    this.#begun = true
    const room = Math.min(end - start, longestLine - this.#length)
    this.#line.set(bytes.subarray(start, start + room), this.#length)
    this.#length += room
    return end
  }

  /** The stream has ended: the last line needs no line end. */
  end(each: (line: string) => void): void {
    if (this.#begun) this.#finish(each)
    this.#state = 'text'
    this.#afterReturn = false
  }

  #take(byte: number, each: (line: string) => void): void {
    const followsReturn = this.#afterReturn
    this.#afterReturn = byte === 0x0d
    if (byte === 0x0a || byte === 0x0d) {
      // A line end closes an unfinished sequence too, so that a broken one cannot swallow the stream.
      this.#state = 'text'
      if (byte === 0x0a && followsReturn) return
      this.#finish(each)
      return
    }
    switch (this.#state) {
      case 'text':
        if (byte === 0x1b) this.#state = 'escape'
        else this.#keep(byte)
        return
      case 'escape':
        this.#state = afterEscape(byte)
        return
      case 'charset':
        this.#state = byte >= 0x20 && byte <= 0x2f ? 'charset' : 'text'
        return
      case 'control-sequence':
        if (byte === 0x1b) this.#state = 'escape'
        else if (byte >= 0x40 && byte <= 0x7e) this.#state = 'text'
        return
      case 'string':
        if (byte === 0x07) this.#state = 'text'
        else if (byte === 0x1b) this.#state = 'string-escape'
        return
      case 'string-escape':
        this.#state = byte === 0x5c ? 'text' : 'string'
        return
    }
  }

  #keep(byte: number): void {
    this.#begun = true
    if (this.#length < longestLine) this.#line[this.#length++] = byte
  }

  #finish(each: (line: string) => void): void {
    const line = this.#text()
    this.#length = 0
    this.#begun = false
    each(line)
  }

  /** Nearly all lines are ASCII, which needs no decoder. */
  #text(): string {
    if (this.#length === 0) return ''
    for (let i = 0; i < this.#length; i++)
      if ((this.#line[i] ?? 0) >= 0x80) return this.#decoder.decode(this.#line.subarray(0, this.#length))
    return this.#line.toString('latin1', 0, this.#length)
  }
}

/** ECMA-48 5.4 and 8.3: `[` begins a control sequence; `]`, P, X, ^ and _ a string; an intermediate byte one more byte. */
function afterEscape(byte: number): State {
  if (byte === 0x5b) return 'control-sequence'
  if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string'
  if (byte === 0x1b) return 'escape'
  return byte >= 0x20 && byte <= 0x2f ? 'charset' : 'text'
}
