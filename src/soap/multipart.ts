import { GridwrapError } from '../core/errors.ts'

/** Takes the content of one part. */
export interface PartSink {
  write(bytes: Buffer): void
  end(): void
}

/** The header fields of a part, by name in lower case. */
export type PartHeaders = ReadonlyMap<string, string>

const longestHeaders = 16 * 1024
const longestPreamble = 4 * 1024
const mostParts = 1000
/** RFC 2046 section 5.1.1. */
const longestBoundary = 70

/**
 * Takes a multipart body apart while it comes (RFC 2046 section 5.1). Throws GridwrapError (`malformed-request`, `too-large`)
 * for what is none, or too much beside the content of the parts; how much that may be is the sinks' to say.
 */
export class MultipartReader {
  readonly #delimiter: Buffer
  readonly #onPart: (headers: PartHeaders, index: number) => PartSink
  #rest: Buffer
  #state: 'preamble' | 'delimiter' | 'headers' | 'content' | 'over' = 'preamble'
  #sink: PartSink | undefined
  #parts = 0
  #skipped = 0
  #before = 0

  constructor(boundary: string, onPart: (headers: PartHeaders, index: number) => PartSink) {
    if (boundary === '' || boundary.length > longestBoundary || !/^[ -~]*[!-~]$/.test(boundary))
      throw malformed('its Content-Type has no boundary that can be used')
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    // The first delimiter may stand at the very beginning, without a line end before it.
    this.#rest = Buffer.from('\r\n')
    this.#onPart = onPart
  }

  write(bytes: Uint8Array): void {
    if (this.#state === 'over') return
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    while (this.#step());
  }

  /** Throws unless the last delimiter has come. */
  end(): void {
    if (this.#state !== 'over') throw malformed('it ends before its last part does')
  }

  /** Whether it came further. */
  #step(): boolean {
    switch (this.#state) {
      case 'preamble':
        return this.#content(bytes => {
          this.#skipped += bytes.length
          if (this.#skipped > longestPreamble) throw malformed('its first part does not begin')
        })
      case 'content':
        return this.#content(bytes => {
          // The line end behind the header, which belongs to the delimiter where a part has no content.
          const dropped = Math.min(this.#before, bytes.length)
          this.#before -= dropped
          if (bytes.length > dropped) this.#sink?.write(bytes.subarray(dropped))
        })
      case 'delimiter':
        return this.#delimited()
      case 'headers':
        return this.#headers()
      case 'over':
        return false
    }
  }

  /** What cannot be the beginning of a delimiter is content. */
  #content(take: (bytes: Buffer) => void): boolean {
    const found = this.#rest.indexOf(this.#delimiter)
    const sure = found >= 0 ? found : this.#rest.length - this.#delimiter.length + 1
    if (sure > 0) {
      take(this.#rest.subarray(0, sure))
      this.#rest = Buffer.from(this.#rest.subarray(sure))
    }
    if (found < 0) return false
    this.#rest = this.#rest.subarray(this.#delimiter.length)
    this.#sink?.end()
    this.#sink = undefined
    this.#state = 'delimiter'
    return true
  }

  /** Behind a delimiter: the end, or a line end with blanks before it. */
  #delimited(): boolean {
    if (this.#rest.length < 2) return false
    if (this.#rest.subarray(0, 2).equals(Buffer.from('--'))) {
      if (this.#parts === 0) throw malformed('it has no parts')
      this.#state = 'over'
      this.#rest = Buffer.alloc(0)
      return false
    }
    const line = this.#rest.indexOf('\r\n')
    if (line < 0 && this.#rest.length < 100) return false
    if (line < 0 || !/^[ \t]*$/.test(this.#rest.toString('latin1', 0, line)))
      throw malformed('something stands behind a delimiter')
    // The line end stays: it is the empty line when there are no header fields.
    this.#rest = this.#rest.subarray(line)
    this.#state = 'headers'
    return true
  }

  #headers(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0 || end > longestHeaders) {
      if (this.#rest.length > longestHeaders) throw malformed('the header of a part is too long')
      return false
    }
    if (++this.#parts > mostParts) throw malformed(`it has more than ${mostParts} parts`)
    const headers = headersIn(this.#rest.toString('utf8', 2, end))
    this.#rest = this.#rest.subarray(end + 2)
    this.#before = 2
    this.#sink = this.#onPart(headers, this.#parts - 1)
    this.#state = 'content'
    return true
  }
}

function headersIn(text: string): PartHeaders {
  const headers = new Map<string, string>()
  // RFC 5322 section 2.2.3: a line that begins with a blank goes on with the one before.
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    if (line === '') continue
    const [, name = '', value = ''] = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/s.exec(line) ?? []
    if (name === '') throw malformed('a part has a header that is none')
    headers.set(name.toLowerCase(), value.trim())
  }
  return headers
}

const malformed = (why: string): GridwrapError =>
  new GridwrapError('malformed-request', `The multipart message cannot be read: ${why}.`)
