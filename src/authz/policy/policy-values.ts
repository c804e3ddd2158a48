import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs'

/** What Cedar's decimal can hold: 64 bits with four places. */
const largest = 922_337_203_685_477
const deepest = 16
const longestText = 4096
const longestList = 10_000

/**
 * A decoded parameter as a value of the Cedar language: text, Bool, Long (of integers), decimal (of numbers, with four
 * places; what is larger than decimal can hold, or no number, is its largest, so that an upper limit catches it), Set of
 * lists, records of the rest. Of bytes only their number is told. Undefined: nothing that a rule could speak of.
 */
export function policyValue(value: unknown, depth = 0): CedarValueJson | undefined {
  if (depth > deepest) return undefined
  switch (typeof value) {
    case 'string':
      return value.length <= longestText ? value : value.slice(0, longestText)
    case 'boolean':
      return value
    case 'bigint':
      return long(value)
    case 'number':
      return decimal(value)
    case 'object':
      return value === null ? undefined : structured(value, depth)
    default:
      return undefined
  }
}

function structured(value: object, depth: number): CedarValueJson {
  if (value instanceof Date) return extension('datetime', value.toISOString())
  if (value instanceof Uint8Array) return { bytes: value.length }
  if (Array.isArray(value)) return value.slice(0, longestList).flatMap(element => policyValue(element, depth + 1) ?? [])
  return policyRecord(value, depth)
}

/** The members of an object that are values. */
export function policyRecord(value: object, depth = 0): Record<string, CedarValueJson> {
  const record: Record<string, CedarValueJson> = {}
  for (const [name, member] of Object.entries(value)) {
    const made = policyValue(member, depth + 1)
    // Names are those of descriptions; these two are how Cedar's JSON marks what is no record.
    if (made !== undefined && name !== '__extn' && name !== '__entity') record[name] = made
  }
  return record
}

const long = (value: bigint): CedarValueJson =>
  Number(value < -(2n ** 53n) ? -(2n ** 53n) : value > 2n ** 53n ? 2n ** 53n : value)

const decimal = (value: number): CedarValueJson =>
  extension('decimal', (Number.isNaN(value) ? largest : Math.min(Math.max(value, -largest), largest)).toFixed(4))

export const extension = (fn: string, arg: string): CedarValueJson => ({ __extn: { fn, arg } })
