/** Bytes that are not the strict DER (X.690) this module takes. The message says at which byte and why. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** Identifier octets of the universal types that certificates use (X.690 section 8.1.2). */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** One value: its identifier octet, the octets of its contents, and the whole of it as it stood in the input. */
export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  readonly bytes: Buffer
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * The value that begins at `offset`. Only single-octet tags and definite lengths in the fewest octets (X.690 section
 * 10.1) are taken. Nothing is copied: contents are views of the input.
 */
export function readDerAt(input: Uint8Array, offset: number): DerValue {
  const bytes = asBuffer(input)
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) throw new DerError(`A value is cut off at byte ${offset}.`)
  if ((tag & 0x1f) === 0x1f) throw new DerError(`A tag of several octets stands at byte ${offset}.`)
  let length = first
  let start = offset + 2
  if (first === 0x80) throw new DerError(`An indefinite length stands at byte ${offset}; DER has only definite ones.`)
  if (first > 0x80) {
    const octets = first & 0x7f
    if (octets > 4) throw new DerError(`A length of ${octets} octets stands at byte ${offset}; at most 4 are taken.`)
    if (start + octets > bytes.length) throw new DerError(`A length is cut off at byte ${offset}.`)
    length = bytes.readUIntBE(start, octets)
    if (length < 0x80 || bytes[start] === 0)
      throw new DerError(`A length at byte ${offset} has more octets than it needs.`)
    start += octets
  }
  if (length > bytes.length - start) {
    throw new DerError(`A value at byte ${offset} says ${length} octets and only ${bytes.length - start} follow.`)
  }
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(offset, start + length) }
}

/** The single value that these bytes are; anything behind it is an error. */
export function readDer(bytes: Uint8Array): DerValue {
  const value = readDerAt(bytes, 0)
  if (value.bytes.length !== bytes.length) {
    throw new DerError(`${bytes.length - value.bytes.length} bytes of garbage follow the value.`)
  }
  return value
}

/** Reads the parts of a constructed value in order. `end` must be called, so that nothing is overlooked. */
export class DerReader {
  readonly #bytes: Buffer
  readonly #what: string
  #offset = 0

  constructor(content: Uint8Array, what: string) {
    this.#bytes = asBuffer(content)
    this.#what = what
  }

  /** Reads a value that must be the only one of `bytes` and of this tag, and opens it. */
  static open(bytes: Uint8Array, tag: number, what: string): DerReader {
    return DerReader.of(readDer(bytes), tag, what)
  }

  static of(value: DerValue, tag: number, what: string): DerReader {
    if (value.tag !== tag) throw new DerError(`${what} has tag ${hex(value.tag)} and not ${hex(tag)}.`)
    return new DerReader(value.content, what)
  }

  get more(): boolean {
    return this.#offset < this.#bytes.length
  }

  peek(): number | undefined {
    return this.#bytes[this.#offset]
  }

  any(): DerValue {
    if (!this.more) throw new DerError(`${this.#what} ends too early.`)
    const value = readDerAt(this.#bytes, this.#offset)
    this.#offset += value.bytes.length
    return value
  }

  next(tag: number): DerValue {
    const found = this.peek()
    if (found !== tag) {
      throw new DerError(
        `${this.#what} has ${found === undefined ? 'nothing' : `tag ${hex(found)}`} where tag ${hex(tag)} belongs.`,
      )
    }
    return this.any()
  }

  optional(tag: number): DerValue | undefined {
    return this.peek() === tag ? this.any() : undefined
  }

  /** The remaining values, at most `limit` of them. */
  rest(limit: number): DerValue[] {
    const values: DerValue[] = []
    while (this.more) {
      if (values.length === limit) throw new DerError(`${this.#what} has more than ${limit} parts.`)
      values.push(this.any())
    }
    return values
  }

  end(): void {
    if (this.more) throw new DerError(`${this.#what} has a part too many.`)
  }
}

const hex = (tag: number): string => `0x${tag.toString(16).padStart(2, '0')}`
