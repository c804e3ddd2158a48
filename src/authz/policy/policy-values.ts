import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs'

/** What Cedar's decimal can hold: 64 bits with four places. */
const largest = 922_337_203_685_477
const deepest = 8
/** Each value costs a fifth of a millisecond, on the thread that serves everybody. */
const mostValues = 500
const mostCharacters = 65_536

/** Parameters that are too many for rules. What is left out of them could be what a rule forbids: the call is denied. */
export class TooManyValues extends Error {
  override readonly name = 'TooManyValues'
}

/**
 * Decoded parameters as values of the Cedar language: text, Bool, Long (of integers), decimal (of numbers, with four places;
 * what is larger than decimal can hold, or no number, is its largest, so that an upper limit catches it), Set of lists,
 * records of the rest. One for each request: it counts what it makes. Throws TooManyValues.
 */
export class PolicyValues {
  #left = mostValues
  #characters = mostCharacters

  /** The members of an object that are wanted and are values. `integers`: numbers are whole ones, as in options. */
  record(
    value: Readonly<Record<string, unknown>>,
    wanted: ReadonlySet<string>,
    { integers = false }: { readonly integers?: boolean } = {},
  ): Record<string, CedarValueJson> {
    const picked = Object.entries(value).filter(([name]) => wanted.has(name))
    return this.#members(Object.fromEntries(picked), 0, integers)
  }

  #members(value: object, depth: number, integers: boolean): Record<string, CedarValueJson> {
    const record: Record<string, CedarValueJson> = {}
    for (const [name, member] of Object.entries(value)) {
      const made = this.#value(member, depth + 1, integers)
      // These two are how Cedar's JSON marks what is no record.
      if (made !== undefined && name !== '__extn' && name !== '__entity') record[name] = made
    }
    return record
  }

  #value(value: unknown, depth: number, integers: boolean): CedarValueJson | undefined {
    if (depth > deepest || this.#left-- <= 0)
      throw new TooManyValues('there are more values than rules are asked about')
    switch (typeof value) {
      case 'string':
        this.#characters -= value.length
        if (this.#characters < 0) throw new TooManyValues('there is more text than rules are asked about')
        return value
      case 'boolean':
        return value
      case 'bigint':
        return long(value)
      case 'number':
        return integers && Number.isInteger(value) ? value : decimal(value)
      case 'object':
        return value === null ? undefined : this.#structured(value, depth, integers)
      default:
        return undefined
    }
  }

  #structured(value: object, depth: number, integers: boolean): CedarValueJson {
    if (value instanceof Date) return extension('datetime', value.toISOString())
    if (Array.isArray(value)) return value.flatMap(element => this.#value(element, depth + 1, integers) ?? [])
    return this.#members(value, depth, integers)
  }
}

const long = (value: bigint): CedarValueJson =>
  Number(value < -(2n ** 53n) ? -(2n ** 53n) : value > 2n ** 53n ? 2n ** 53n : value)

const decimal = (value: number): CedarValueJson =>
  extension('decimal', (Number.isNaN(value) ? largest : Math.min(Math.max(value, -largest), largest)).toFixed(4))

export const extension = (fn: string, arg: string): CedarValueJson => ({ __extn: { fn, arg } })
