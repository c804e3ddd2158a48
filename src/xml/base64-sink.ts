import { ByteSpool, type ByteSpoolOptions, type SpooledBytes } from './byte-spool.ts'
import type { TextSink } from './text-sink.ts'
import { SinkRefusal } from './xml-error.ts'

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
  readonly #bytes: ByteSpool
  /** Fewer than four characters, or a last quantum with padding. */
  #rest = ''
  #gathered = ''

  constructor(options: ByteSpoolOptions) {
    this.#bytes = new ByteSpool(options)
  }

  write(text: string): void {
    this.#gathered += text
    if (this.#gathered.length >= shortest) this.#decode()
  }

  end(): SpooledBytes {
    this.#decode()
    if (this.#rest !== '') {
      if (!lastQuantum.test(this.#rest))
        throw new SinkRefusal('malformed', 'Base64 text ends in the middle of a group of four characters: = is missing')
      this.#bytes.write(Buffer.from(this.#rest, 'base64'))
    }
    return this.#bytes.end()
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
    if (ready !== '') this.#bytes.write(Buffer.from(ready, 'base64'))
  }
}

function refuseCharacter(text: string): never {
  const bad = /[^A-Za-z0-9+/=]/u.exec(text)?.[0] ?? '='
  throw new SinkRefusal('malformed', `${JSON.stringify(bad)} is not a character of base64`)
}
