import { beginsWithDeclaration, readDeclaration } from './xml-declaration.ts'

type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE'

/** Bytes that are no text in an encoding that is taken. `kind` says whether the encoding or the bytes are at fault. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly kind: 'unsupported' | 'malformed'

  constructor(kind: 'unsupported' | 'malformed', message: string) {
    super(message)
    this.kind = kind
  }
}

/** Enough for any XML declaration that `readDeclaration` takes, in UTF-16. */
const headBytes = 1024
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Bytes of a document → text, in pieces split anywhere: UTF-8, or UTF-16 as its byte order mark, its XML declaration or
 * the charset parameter of its content type says (RFC 7303 section 3; XML 1.0 section 4.3.3 and appendix F). The three
 * must agree. The mark is not part of the text. Throws {@link EncodingError}.
 */
export class XmlDecoder {
  readonly #charset: string | undefined
  #head: Uint8Array | undefined = new Uint8Array(0)
  #tail: Uint8Array = new Uint8Array(0)
  #encoding: Encoding = 'UTF-8'
  #utf16: InstanceType<typeof TextDecoder> | undefined

  /** `charset`: the parameter of the content type, if it has one. */
  constructor(charset?: string) {
    this.#charset = charset?.trim().toLowerCase()
    if (this.#charset !== undefined && !/^utf-?(?:8|16|16le|16be)$/.test(this.#charset)) throw notTaken(this.#charset)
  }

  write(bytes: Uint8Array): string {
    if (this.#head === undefined) return this.#decode(bytes, false)
    const head = joined(this.#head, bytes)
    if (head.length < headBytes && !endsDeclaration(head)) {
      this.#head = head.slice()
      return ''
    }
    return this.#begin(head, false)
  }

  /** The rest of the text; an incomplete character at the end is refused. */
  end(): string {
    return this.#head === undefined ? this.#decode(new Uint8Array(0), true) : this.#begin(this.#head, true)
  }

  #begin(head: Uint8Array, final: boolean): string {
    this.#head = undefined
    const { encoding, mark } = sniff(head, this.#charset)
    this.#encoding = encoding
    if (encoding !== 'UTF-8') this.#utf16 = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
    const text = this.#decode(head.subarray(mark), final)
    const declared = beginsWithDeclaration(text) ? readDeclaration(text)?.encoding?.toLowerCase() : undefined
    if (declared !== undefined && !fits(declared, encoding)) {
      if (!/^utf-(?:8|16|16le|16be)$/.test(declared)) throw notTaken(declared)
      throw new EncodingError('malformed', `The XML declaration says ${declared}, but the bytes are ${encoding}`)
    }
    if (this.#charset !== undefined && !fits(this.#charset, encoding))
      throw new EncodingError('malformed', `The content type says ${this.#charset}, but the bytes are ${encoding}`)
    if (encoding !== 'UTF-8' && mark === 0 && declared === undefined && this.#charset === undefined)
      throw new EncodingError('malformed', 'UTF-16 must begin with a byte order mark, or be declared')
    return text
  }

  #decode(bytes: Uint8Array, final: boolean): string {
    try {
      if (this.#utf16 !== undefined) return this.#utf16.decode(bytes, { stream: !final })
      // Whole characters only: the decoder is several times faster when it need not remember anything.
      const all = this.#tail.length === 0 ? bytes : joined(this.#tail, bytes)
      const whole = final ? all.length : wholeCharacters(all)
      this.#tail = whole === all.length ? empty : all.slice(whole)
      return utf8.decode(whole === all.length ? all : all.subarray(0, whole))
    } catch {
      throw new EncodingError('malformed', `The bytes are not valid ${this.#encoding}`)
    }
  }
}

const empty = new Uint8Array(0)

/** A whole document's bytes as text. Throws {@link EncodingError}. */
export function decodeXml(bytes: Uint8Array, charset?: string): string {
  const decoder = new XmlDecoder(charset)
  return decoder.write(bytes) + decoder.end()
}

/** Whether the head holds what is needed: a `>` for a declaration, or bytes that begin none. */
function endsDeclaration(head: Uint8Array): boolean {
  if (head.length < 16) return false
  const text = Buffer.from(head.subarray(0, headBytes)).toString('latin1').replaceAll('\0', '')
  return text.includes('>') || !/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?<\?xml/.test(text)
}

/** The encoding that the first bytes show, and the length of the byte order mark. */
function sniff(head: Uint8Array, charset: string | undefined): { encoding: Encoding; mark: number } {
  const [a, b, c, d] = head
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'UTF-8', mark: 3 }
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    throw notTaken('UTF-32')
  if (a === 0 && b === 0) throw notTaken('UTF-32')
  if (a === 0x3c && b === 0 && c === 0) throw notTaken('UTF-32')
  if (a === 0x4c && b === 0x6f && c === 0xa7) throw notTaken('EBCDIC')
  if (a === 0xff && b === 0xfe) return { encoding: 'UTF-16LE', mark: 2 }
  if (a === 0xfe && b === 0xff) return { encoding: 'UTF-16BE', mark: 2 }
  if ((a === 0x3c && b === 0) || charset === 'utf-16le') return { encoding: 'UTF-16LE', mark: 0 }
  if ((a === 0 && b === 0x3c) || charset === 'utf-16be') return { encoding: 'UTF-16BE', mark: 0 }
  return { encoding: 'UTF-8', mark: 0 }
}

function fits(label: string, encoding: Encoding): boolean {
  const plain = label.toUpperCase()
  if (plain === encoding || (plain === 'UTF8' && encoding === 'UTF-8')) return true
  return plain === 'UTF-16' && encoding !== 'UTF-8'
}

/** How many bytes of a piece of UTF-8 are whole characters, as far as can be told from its last three. */
function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] ?? 0
    if (byte < 0x80) return length
    if (byte >= 0xc0) return byte >= (back === 1 ? 0xc0 : back === 2 ? 0xe0 : 0xf0) ? length - back : length
  }
  return length
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}

const notTaken = (label: string): EncodingError =>
  new EncodingError('unsupported', `The encoding ${label.slice(0, 40)} is not taken: send UTF-8, or UTF-16`)
