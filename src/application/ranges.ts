import { parseSize } from '../core/quantities.ts'
import type { Range } from './model.ts'

/** Reads `a..b`, `a..` or `..b` with a reader of one bound; undefined when it is no range or runs backwards. */
function parseRange<T extends number | bigint>(
  text: string,
  bound: (text: string) => T | undefined,
): Range<T> | undefined {
  const at = text.indexOf('..')
  if (at < 0) return undefined
  const [low, high] = [text.slice(0, at).trim(), text.slice(at + 2).trim()]
  const min = low === '' ? undefined : bound(low)
  const max = high === '' ? undefined : bound(high)
  if ((low !== '' && min === undefined) || (high !== '' && max === undefined)) return undefined
  if (min === undefined && max === undefined) return undefined
  if (min !== undefined && max !== undefined && min > max) return undefined
  return { min, max }
}

const number = (text: string): number | undefined => {
  if (!/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

const integer = (text: string): bigint | undefined => {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  return fitsLong(value) ? value : undefined
}

const count = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)
const size = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : parseSize(text))

/** `0.1..10`, `-5..`, `..1e6` */
export const parseNumberRange = (text: string): Range<number> | undefined => parseRange(text, number)
/** `1..100000000`: whole numbers of at most 64 bits. */
export const parseIntegerRange = (text: string): Range<bigint> | undefined => parseRange(text, integer)
/** `2..500`: how many elements or characters. */
export const parseCountRange = (text: string): Range<number> | undefined => parseRange(text, count)
/** `100KB..2MB`, `..64MB`, `0..100` (bytes). */
export const parseSizeRange = (text: string): Range<number> | undefined => parseRange(text, size)

/** Whether a whole number is an xsd:long, the widest that every SOAP stack carries exactly. */
export const fitsLong = (value: bigint): boolean => value >= -(2n ** 63n) && value < 2n ** 63n

export const within = <T extends number | bigint>(value: T, range: Range<T> | undefined): boolean =>
  range === undefined ||
  ((range.min === undefined || value >= range.min) && (range.max === undefined || value <= range.max))

/** A range as people read it: `1 to 100`, `at least 1`, `at most 10`, `exactly 2`. */
export function describeRange(range: Range<number> | Range<bigint>): string {
  const { min, max } = range
  if (min === undefined) return max === undefined ? 'any' : `at most ${max}`
  if (max === undefined) return `at least ${min}`
  return min === max ? `exactly ${min}` : `${min} to ${max}`
}
