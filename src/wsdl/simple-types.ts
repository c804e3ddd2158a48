import { RE2JS } from 're2js'
import { clark, type QName } from '../core/qname.ts'
import { builtinCodec, invalid, type SimpleCodec } from './builtin-types.ts'
import { ContractError } from './contract-error.ts'
import type { Facets, SimpleType } from './schema-model.ts'

/** Finds the codec of a named simple type. */
export type CodecOf = (name: QName) => SimpleCodec

/** The codec of a restriction or union. Throws {@link ContractError} when a facet does not suit its base. */
export function simpleCodec(type: SimpleType, codecOf: CodecOf): SimpleCodec {
  return type.kind === 'union' ? unionCodec(type.members.map(codecOf)) : restricted(codecOf(type.base), type.facets)
}

/** Built-in names to their codecs, for those who have no named types. */
export function requireBuiltin(name: QName): SimpleCodec {
  const codec = builtinCodec(name)
  if (codec === undefined) throw new ContractError(`The type ${clark(name)} is not taken, or not defined`)
  return codec
}

/** The first member that takes the text, or the value, has it (XSD 1.0 part 2, section 2.5.1.3). */
function unionCodec(members: readonly SimpleCodec[]): SimpleCodec {
  const accepted = members.flatMap(member => member.accepted ?? [])
  return {
    decode: (text, prefixes) => {
      for (const member of members) {
        const value = member.decode(text, prefixes)
        if (value !== invalid) return value
      }
      return invalid
    },
    encode: (value, declare) => {
      for (const member of members) {
        const text = member.encode(value, declare)
        if (text !== undefined) return text
      }
      return undefined
    },
    preserve: false,
    rule: members
      .map(member => (member.accepted === undefined ? member.rule : member.accepted.join(' or ')))
      .join(', or '),
    // Where one member takes more than a list of texts, the list is not all that is accepted.
    ...(accepted.length === 0 || members.some(member => member.accepted === undefined) ? {} : { accepted }),
    primitive: members.some(member => member.primitive === 'qname') ? 'qname' : 'other',
  }
}

function restricted(base: SimpleCodec, facets: Facets): SimpleCodec {
  const tests = [...enumeration(base, facets), ...bounds(base, facets), ...lengths(base, facets), ...patterns(facets)]
  const keeps = (value: unknown, text: string): boolean => tests.every(test => test(value, text))
  return {
    ...base,
    decode: (text, prefixes) => {
      const value = base.decode(text, prefixes)
      return value !== invalid && keeps(value, text) ? value : invalid
    },
    encode: (value, declare) => {
      const text = base.encode(value, declare)
      return text === undefined || facets.enumeration?.includes(text) === false ? undefined : text
    },
    rule: ruleOf(base, facets),
    ...(facets.enumeration === undefined ? {} : { accepted: facets.enumeration }),
  }
}

type Test = (value: unknown, text: string) => boolean

/** Compared as text, which for strings is exact and for other types stricter than XSD (1.0 is not 1.00). */
const enumeration = (_base: SimpleCodec, { enumeration: words }: Facets): Test[] => {
  if (words === undefined) return []
  const accepted = new Set(words)
  return [(_value, text) => accepted.has(text)]
}

function bounds(base: SimpleCodec, { minInclusive, maxInclusive }: Facets): Test[] {
  if (minInclusive === undefined && maxInclusive === undefined) return []
  const { order } = base
  if (order === undefined) throw new ContractError('minInclusive and maxInclusive are taken on numbers only')
  const bound = (text: string): unknown => {
    const value = base.decode(text, new Map())
    if (value === invalid) throw new ContractError(`The bound ${text} is not ${base.rule}`)
    return value
  }
  const compare = order === 'decimal' ? compareDecimals : compareNumbers
  const tests: Test[] = []
  // NaN compares with nothing, and is so outside of any bounds.
  if (minInclusive !== undefined) {
    const min = bound(minInclusive)
    tests.push(value => compare(value, min) >= 0)
  }
  if (maxInclusive !== undefined) {
    const max = bound(maxInclusive)
    tests.push(value => compare(value, max) <= 0)
  }
  return tests
}

const compareNumbers = (a: unknown, b: unknown): number => {
  const [x, y] = [a as number | bigint, b as number | bigint]
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN
}

/** Exact, as a decimal may have more digits than a double. */
function compareDecimals(a: unknown, b: unknown): number {
  const [x, y] = [scaled(String(a)), scaled(String(b))]
  const places = Math.max(x.places, y.places)
  return compareNumbers(x.digits * 10n ** BigInt(places - x.places), y.digits * 10n ** BigInt(places - y.places))
}

function scaled(text: string): { readonly digits: bigint; readonly places: number } {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const digits = BigInt(`${whole}${fraction}`)
  return { digits: text.startsWith('-') ? -digits : digits, places: fraction.length }
}

/** Code points of texts, octets of binaries. */
function lengths(base: SimpleCodec, { minLength, maxLength }: Facets): Test[] {
  if (minLength === undefined && maxLength === undefined) return []
  if (base.primitive !== 'string' && base.primitive !== 'base64')
    throw new ContractError('minLength and maxLength are taken on texts and base64 only')
  const min = minLength ?? 0
  const max = maxLength ?? Number.POSITIVE_INFINITY
  return [
    value => {
      const units = (value as string | Uint8Array).length
      // Of a text that is far too long the characters need not be counted.
      const length = typeof value === 'string' && units <= 2 * max ? [...value].length : units
      return length >= min && length <= max
    },
  ]
}

/** XSD's expressions where they agree with RE2's, which run in linear time whatever they are given. */
const patterns = ({ pattern }: Facets): Test[] => {
  if (pattern === undefined) return []
  const compiled = pattern.map(expression => {
    if (/\\[icIC]|\\p\{Is|-\[|(?<!\[)\^|\$/.test(expression))
      throw new ContractError(`The pattern ${expression} has what only XML Schema knows; it is not taken`)
    try {
      return RE2JS.compile(expression)
    } catch (cause) {
      throw new ContractError(`The pattern ${expression} is not taken`, { cause })
    }
  })
  return [(_value, text) => compiled.some(expression => expression.matches(text))]
}

function ruleOf(base: SimpleCodec, facets: Facets): string {
  const { enumeration: words, minInclusive: min, maxInclusive: max, minLength, maxLength, pattern } = facets
  if (words !== undefined) return words.length === 1 ? JSON.stringify(words[0]) : 'one of the accepted values'
  const kind =
    base.order === undefined
      ? base.rule
      : base.order === 'bigint'
        ? 'a whole number'
        : base.rule.replace(/ from .*|, at least .*/, '')
  const parts = [
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? `, at least ${min}`
        : max !== undefined
          ? `, at most ${max}`
          : '',
    minLength !== undefined || maxLength !== undefined ? ` of ${span(minLength, maxLength)}` : '',
    pattern === undefined ? '' : ` that matches ${pattern.join(' or ')}`,
  ]
  return `${kind}${parts.join('')}`
}

function span(min: number | undefined, max: number | undefined): string {
  if (max === undefined) return `at least ${min ?? 0} characters`
  return min === undefined || min === 0 ? `at most ${max} characters` : `${min} to ${max} characters`
}
