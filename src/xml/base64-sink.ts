import type { TextSink } from './text-sink.ts'
import { SinkRefusal } from './xml-error.ts'

/** Where decoded bytes go that are too many for memory. `end` may give what the reader of the tree shall find. */
export interface ByteWriter {
  write(chunk: Buffer): void
  end(): unknown
}

export interface Base64SinkOptions {
  /** Bytes that are taken at most. */
  readonly maxBytes: number
  /** Bytes that are kept in memory; the first one more opens the writer. */
  readonly memoryBytes: number
  /** Opens the writer; without it everything stays in memory. */
  readonly open?: () => ByteWriter
}

/** What a {@link Base64Sink} ends with: either the bytes, or what the writer's `end` returned. */
export type DecodedBase64 =
  | { readonly kind: 'memory'; readonly bytes: Buffer; readonly size: number }
  | { readonly kind: 'written'; readonly written: unknown; readonly size: number }

const spaces = /[ \t\n\r]+/g
const alphabetOnly = /^[A-Za-z0-9+/]*$/
/** With padding, the bits that stand for nothing are zero: xsd's B04 and B16. */
const lastQuantum = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)$/
/** Less text than this is gathered first, so that many small pieces cost no more than a large one. */
const shortest = 4096

/**
 * Decodes xsd:base64Binary (XML Schema Part 2, section 3.2.16) as it comes, with white space anywhere. Stricter than
 * Node's own decoder, which skips what it does not know: a character outside the alphabet, or missing padding, is
 * refused by a `SinkRefusal`.
 */
export class Base64Sink implements TextSink {
  readonly #options: Base64SinkOptions
  readonly #chunks: Buffer[] = []
  /** Fewer than four characters, or a last quantum with padding. */
  #rest = ''
  #gathered = ''
  #size = 0
  #writer: ByteWriter | undefined

  constructor(options: Base64SinkOptions) {
    this.#options = options
  }

  write(text: string): void {
    this.#gathered += text
    if (this.#gathered.length >= shortest) this.#decode()
  }

  end(): DecodedBase64 {
    this.#decode()
    if (this.#rest !== '') {
      if (!lastQuantum.test(this.#rest))
        throw new SinkRefusal('malformed', 'Base64 text ends in the middle of a group of four characters: = is missing')
      this.#take(Buffer.from(this.#rest, 'base64'))
    }
    const size = this.#size
    if (this.#writer !== undefined) return { kind: 'written', written: this.#writer.end(), size }
    return { kind: 'memory', bytes: Buffer.concat(this.#chunks), size }
  }

  #decode(): void {
    const fresh = this.#rest + this.#gathered.replace(spaces, '')
    this.#gathered = ''
    const padding = fresh.indexOf('=')
    const whole = padding < 0 ? fresh.length : padding
    const even = whole - (whole % 4)
    const ready = fresh.slice(0, even)
    this.#rest = fresh.slice(even)
    if (!alphabetOnly.test(ready) || (padding < 0 && !alphabetOnly.test(this.#rest))) refuseCharacter(fresh)
    if (this.#rest.length > 4 || (padding >= 0 && this.#rest.length === 4 && !lastQuantum.test(this.#rest)))
      throw new SinkRefusal('malformed', 'Base64 text goes on after its padding, or has the padding in the wrong place')
    if (ready !== '') this.#take(Buffer.from(ready, 'base64'))
  }

  #take(bytes: Buffer): void {
    const { maxBytes, memoryBytes, open } = this.#options
    this.#size += bytes.length
    if (this.#size > maxBytes)
      throw new SinkRefusal('limit', `Inline base64 content is larger than ${maxBytes} bytes: send it by URL or PUT`)
    if (this.#writer === undefined && this.#size > memoryBytes && open !== undefined) {
      this.#writer = open()
      for (const chunk of this.#chunks.splice(0)) this.#writer.write(chunk)
    }
    if (this.#writer === undefined) this.#chunks.push(bytes)
    else this.#writer.write(bytes)
  }
}

function refuseCharacter(text: string): never {
  const bad = /[^A-Za-z0-9+/=]/u.exec(text)?.[0] ?? '='
  throw new SinkRefusal('malformed', `${JSON.stringify(bad)} is not a character of base64`)
}
