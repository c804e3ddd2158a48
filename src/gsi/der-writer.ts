import { derTag } from './der.ts'

/** One value with this identifier octet around the given parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(length)]), ...parts])
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256)
  return [0x80 | octets.length, ...octets]
}

export const derSequence = (...parts: readonly Uint8Array[]): Buffer => der(derTag.sequence, ...parts)
export const derBoolean = (value: boolean): Buffer => der(derTag.boolean, Buffer.from([value ? 0xff : 0]))
export const derNull = (): Buffer => der(derTag.null)
export const derOctetString = (bytes: Uint8Array): Buffer => der(derTag.octetString, bytes)

/** SET OF: the elements in the ascending order of their encodings (X.690 section 11.6). */
export const derSetOf = (elements: readonly Uint8Array[]): Buffer =>
  der(derTag.set, ...[...elements].sort((a, b) => Buffer.compare(a, b)))

/** A non-negative INTEGER, from a number or from big-endian octets. */
export function derInteger(value: number | Uint8Array): Buffer {
  const hex = typeof value === 'number' ? value.toString(16) : ''
  let bytes =
    typeof value === 'number'
      ? Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
      : Buffer.from(value)
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1)
  return der(derTag.integer, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.from([0]), bytes] : [bytes]))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Buffer {
  const [top = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  const octets: number[] = []
  for (const arc of [top * 40n + second, ...rest]) {
    const groups = [Number(arc & 0x7fn)]
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80)
    octets.push(...groups)
  }
  return der(derTag.oid, Buffer.from(octets))
}

export const derBitString = (bytes: Uint8Array, unusedBits = 0): Buffer =>
  der(derTag.bitString, Buffer.from([unusedBits]), bytes)

/** A BIT STRING of named bits, without trailing zero bits (X.690 section 11.2.2). */
export function derNamedBits(bits: Iterable<number>): Buffer {
  const all = [...bits]
  const highest = Math.max(-1, ...all)
  const bytes = Buffer.alloc(Math.ceil((highest + 1) / 8))
  for (const bit of all) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return derBitString(bytes, highest < 0 ? 0 : 7 - (highest & 7))
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5); milliseconds since the epoch. */
export function derTime(time: number): Buffer {
  const digits = `${new Date(time).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  const year = Number(digits.slice(0, 4))
  return year >= 1950 && year < 2050
    ? der(derTag.utcTime, Buffer.from(digits.slice(2)))
    : der(derTag.generalizedTime, Buffer.from(digits))
}

/** A constructed value with the context-specific tag `[number]`. */
export const derExplicit = (number: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 | number, ...parts)
/** A primitive value with the context-specific tag `[number]`. */
export const derImplicit = (number: number, content: Uint8Array): Buffer => der(0x80 | number, content)
