import { DerError, type DerValue, derTag } from './der.ts'

const expect = (value: DerValue, tag: number, what: string): Buffer => {
  if (value.tag !== tag) throw new DerError(`${what} has the wrong type (tag 0x${value.tag.toString(16)}).`)
  return value.content
}

/** BOOLEAN: one octet, 00 or FF (X.690 section 11.1). */
export function readBoolean(value: DerValue, what: string): boolean {
  const content = expect(value, derTag.boolean, what)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError(`${what} is no DER boolean.`)
  return content[0] === 0xff
}

/** INTEGER as lower-case hexadecimal without leading zeros; a negative one is prefixed with `-` (for serial numbers). */
export function readIntegerHex(value: DerValue, what: string): string {
  const content = expect(value, derTag.integer, what)
  const [first, second] = content
  if (first === undefined || content.length > 64) throw new DerError(`${what} is empty or has more than 64 octets.`)
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DerError(`${what} has more octets than it needs.`)
  }
  const magnitude = BigInt(`0x${content.toString('hex')}`)
  return first < 0x80 ? magnitude.toString(16) : `-${((1n << BigInt(content.length * 8)) - magnitude).toString(16)}`
}

/** A non-negative INTEGER below 2^31. */
export function readSmallInteger(value: DerValue, what: string): number {
  const text = readIntegerHex(value, what)
  const number = Number.parseInt(text, 16)
  if (!(number >= 0 && number < 2 ** 31)) throw new DerError(`${what} is negative or not below 2^31.`)
  return number
}

/** OBJECT IDENTIFIER in dotted form (X.690 section 8.19). */
export function readOid(value: DerValue, what: string): string {
  const content = expect(value, derTag.oid, what)
  if (content.length === 0 || content.length > 64) throw new DerError(`${what} is empty or has more than 64 octets.`)
  const arcs: bigint[] = []
  let arc = 0n
  let fresh = true
  for (const octet of content) {
    if (fresh && octet === 0x80) throw new DerError(`${what} has an arc with more octets than it needs.`)
    arc = (arc << 7n) | BigInt(octet & 0x7f)
    fresh = octet < 0x80
    if (fresh) {
      arcs.push(arc)
      arc = 0n
    }
  }
  if (!fresh) throw new DerError(`${what} is cut off.`)
  const [head = 0n, ...tail] = arcs
  const top = head < 40n ? 0n : head < 80n ? 1n : 2n
  return [top, head - top * 40n, ...tail].join('.')
}

/** BIT STRING: its octets; unused bits must be zero (X.690 section 11.2). */
export function readBitString(value: DerValue, what: string): { readonly bytes: Buffer; readonly unusedBits: number } {
  const content = expect(value, derTag.bitString, what)
  const unusedBits = content[0]
  const bytes = content.subarray(1)
  const last = bytes.at(-1)
  if (unusedBits === undefined || unusedBits > 7 || (last === undefined && unusedBits > 0)) {
    throw new DerError(`${what} is no DER bit string.`)
  }
  if (last !== undefined && (last & ((1 << unusedBits) - 1)) !== 0)
    throw new DerError(`${what} has unused bits that are set.`)
  return { bytes, unusedBits }
}

/** The numbers of the bits that are set in a BIT STRING of named bits, of at most 4 octets. */
export function readNamedBits(value: DerValue, what: string): ReadonlySet<number> {
  const { bytes } = readBitString(value, what)
  if (bytes.length > 4) throw new DerError(`${what} has more than 32 bits.`)
  const set = new Set<number>()
  for (let i = 0; i < bytes.length * 8; i++) if (((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0) set.add(i)
  return set
}

/** UTCTime or GeneralizedTime in the only forms of RFC 5280 section 4.1.2.5, in milliseconds since the epoch. */
export function readTime(value: DerValue, what: string): number {
  const text = value.content.toString('latin1')
  let digits: string
  if (value.tag === derTag.utcTime && /^\d{12}Z$/.test(text))
    digits = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text
  else if (value.tag === derTag.generalizedTime && /^\d{14}Z$/.test(text)) digits = text
  else throw new DerError(`${what} is not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ.`)
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const time = Date.parse(iso)
  // Date.parse takes the 31st of June for the 1st of July.
  if (Number.isNaN(time) || new Date(time).toISOString() !== iso) throw new DerError(`${what} (${text}) is no date.`)
  return time
}
