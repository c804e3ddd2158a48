import { Buffer } from 'node:buffer'
import { type QName, resolveQName } from '../core/qname.ts'
import { isNcName } from '../xml/xml-characters.ts'
import { isWritable, parseDateTime } from './date-time.ts'
import { XSD } from './names.ts'

/** What a text that is not of the type decodes to; never a value, as values may be anything else. */
export const invalid: unique symbol = Symbol('invalid')

/** Turns a namespace into a prefix that is declared where the value is written. */
export type Declare = (namespace: string) => string
export type Prefixes = ReadonlyMap<string, string>

/** One simple type: text to value and back. White space is the decoder's matter; `preserve` says that all of it counts. */
export interface SimpleCodec {
  readonly decode: (text: string, prefixes: Prefixes) => unknown
  /** The lexical form; undefined when the value is not one of this type. */
  readonly encode: (value: unknown, declare: Declare) => string | undefined
  readonly preserve: boolean
  /** Completes "must be …". */
  readonly rule: string
  readonly accepted?: readonly string[]
  /** Which order bounds follow, if any. */
  readonly order?: 'number' | 'bigint' | 'decimal'
  readonly primitive: 'string' | 'base64' | 'qname' | 'other'
}

const textual = (rule: string, test: (text: string) => boolean, preserve = false): SimpleCodec => ({
  decode: text => (test(text) ? text : invalid),
  encode: value => (typeof value === 'string' && test(value) ? value : undefined),
  preserve,
  rule,
  primitive: 'string',
})

const matching = (rule: string, pattern: RegExp): SimpleCodec => ({
  ...textual(rule, text => text.length <= 10_000 && pattern.test(text)),
  primitive: 'other',
})

const wholeNumber = /^[+-]?\d{1,1000}$/

function integer(min: bigint | undefined, max: bigint | undefined, as: 'number' | 'bigint'): SimpleCodec {
  const fits = (value: bigint): boolean => (min === undefined || value >= min) && (max === undefined || value <= max)
  return {
    decode: text => {
      if (!wholeNumber.test(text)) return invalid
      const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
      if (!fits(value)) return invalid
      return as === 'number' ? Number(value) : value
    },
    encode: value => {
      if (typeof value === 'number') {
        if (!Number.isSafeInteger(value)) return undefined
      } else if (typeof value === 'string') {
        if (!wholeNumber.test(value)) return undefined
      } else if (typeof value !== 'bigint') return undefined
      const exact = BigInt(typeof value === 'string' && value.startsWith('+') ? value.slice(1) : value)
      return fits(exact) ? exact.toString() : undefined
    },
    preserve: false,
    rule: integerRule(min, max),
    order: as,
    primitive: 'other',
  }
}

function integerRule(min: bigint | undefined, max: bigint | undefined): string {
  if (min === undefined) return 'a whole number'
  return max === undefined ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`
}

const signed = (bits: bigint, as: 'number' | 'bigint'): SimpleCodec =>
  integer(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n, as)
const unsigned = (bits: bigint, as: 'number' | 'bigint'): SimpleCodec => integer(0n, 2n ** bits - 1n, as)

const floating = /^[+-]?(?:\d{1,1000}(?:\.\d{0,1000})?|\.\d{1,1000})(?:[eE][+-]?\d{1,9})?$/

const double: SimpleCodec = {
  decode: text => {
    if (text === 'INF') return Number.POSITIVE_INFINITY
    if (text === '-INF') return Number.NEGATIVE_INFINITY
    if (text === 'NaN') return Number.NaN
    if (!floating.test(text)) return invalid
    const value = Number(text)
    // A number too large for a double is a mistake of the caller, and not infinity.
    return Number.isFinite(value) ? value : invalid
  },
  encode: value => {
    if (typeof value === 'string') return double.decode(value, noPrefixes) === invalid ? undefined : value
    if (typeof value !== 'number') return undefined
    if (Number.isNaN(value)) return 'NaN'
    if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
    return value > 0 ? 'INF' : '-INF'
  },
  preserve: false,
  rule: 'a number',
  order: 'number',
  primitive: 'other',
}

const noPrefixes: Prefixes = new Map()

const dateTime: SimpleCodec = {
  decode: text => parseDateTime(text) ?? invalid,
  encode: value => {
    const date = typeof value === 'string' ? parseDateTime(value) : value
    return date instanceof Date && isWritable(date) ? date.toISOString() : undefined
  },
  preserve: false,
  rule: 'a date and time such as 2026-11-21T08:00:00Z',
  primitive: 'other',
}

const boolean: SimpleCodec = {
  decode: text => (text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : invalid),
  encode: value =>
    value === true || value === 'true' ? 'true' : value === false || value === 'false' ? 'false' : undefined,
  preserve: false,
  rule: 'true or false',
  accepted: ['true', 'false'],
  primitive: 'other',
}

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/
/** With padding, the bits that stand for nothing are zero (XSD 1.0 part 2, section 3.2.16: B04 and B16). */
const base64End = /(?:[A-Za-z0-9+/]|[AEIMQUYcgkosw048]=|[AQgw]==)$/

/** Bytes of a base64 text; undefined when it is none (RFC 4648 section 4; white space is allowed by XSD). */
export function decodeBase64(text: string): Uint8Array | undefined {
  const dense = /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, '') : text
  if (dense.length % 4 !== 0 || !base64Text.test(dense) || !base64End.test(dense.slice(-3) || 'A')) return undefined
  return new Uint8Array(Buffer.from(dense, 'base64'))
}

const base64Binary: SimpleCodec = {
  decode: text => decodeBase64(text) ?? invalid,
  encode: value =>
    value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : typeof value === 'string' && decodeBase64(value) !== undefined
        ? value
        : undefined,
  // White space is dropped by the decoder itself: megabytes are not collapsed first.
  preserve: true,
  rule: 'bytes in base64',
  primitive: 'base64',
}

const hexBinary: SimpleCodec = {
  decode: text =>
    text.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : invalid,
  encode: value => (value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : undefined),
  preserve: false,
  rule: 'bytes in hexadecimal digits',
  primitive: 'other',
}

const qualifiedName: SimpleCodec = {
  decode: (text, prefixes) => {
    const name = resolveQName(text, prefixes)
    return name === undefined || !isNcName(name.local) ? invalid : name
  },
  encode: (value, declare) => {
    if (typeof value !== 'object' || value === null || !('namespace' in value) || !('local' in value)) return undefined
    const { namespace, local } = value
    if (typeof namespace !== 'string' || typeof local !== 'string' || !isNcName(local)) return undefined
    return namespace === '' ? local : `${declare(namespace)}:${local}`
  },
  preserve: false,
  rule: 'a qualified name whose prefix is declared',
  primitive: 'qname',
}

const decimalText = matching('a number without exponent', /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/)
const decimal: SimpleCodec = {
  ...decimalText,
  encode: (value, declare) =>
    decimalText.encode(typeof value === 'number' || typeof value === 'bigint' ? String(value) : value, declare),
  order: 'decimal',
}

/** RFC 3986 section 4.1, loosely: a scheme, or a relative reference whose first segment has no colon. */
const uriReference = /^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*|[^\s<>"{}|\\^`:/?#]*(?:[/?#][^\s<>"{}|\\^`]*)?)$/

const any = () => true
const token = textual('text', any)
/** The built-in types of the subset (XSD 1.0 part 2, section 3), by local name. */
const types = new Map<string, SimpleCodec>([
  ['string', textual('text', any, true)],
  ['normalizedString', { ...token, preserve: true }],
  ['token', token],
  ['anyURI', textual('an address (URI)', text => uriReference.test(text))],
  ['language', matching('a language such as en', /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/)],
  ['NCName', textual('a name', isNcName)],
  ['ID', textual('a name', isNcName)],
  ['NMTOKEN', matching('a word', /^[\p{L}\p{M}\p{N}._:-]+$/u)],
  ['boolean', boolean],
  ['double', double],
  ['float', double],
  ['decimal', decimal],
  ['integer', integer(undefined, undefined, 'bigint')],
  ['nonNegativeInteger', integer(0n, undefined, 'bigint')],
  ['positiveInteger', integer(1n, undefined, 'bigint')],
  ['long', signed(64n, 'bigint')],
  ['int', signed(32n, 'number')],
  ['short', signed(16n, 'number')],
  ['byte', signed(8n, 'number')],
  ['unsignedLong', unsigned(64n, 'bigint')],
  ['unsignedInt', unsigned(32n, 'number')],
  ['unsignedShort', unsigned(16n, 'number')],
  ['unsignedByte', unsigned(8n, 'number')],
  ['dateTime', dateTime],
  ['date', matching('a date such as 2026-11-21', /^\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)?$/)],
  ['time', matching('a time such as 08:00:00', /^\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/)],
  [
    'duration',
    matching(
      'a duration such as PT10M',
      /^-?P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/,
    ),
  ],
  ['base64Binary', base64Binary],
  ['hexBinary', hexBinary],
  ['QName', qualifiedName],
])

/** Element content of any kind: decoded to the elements themselves. */
export const isAnyType = (name: QName): boolean => name.namespace === XSD && name.local === 'anyType'

/** The codec of a built-in simple type; undefined when the subset has none of this name. */
export const builtinCodec = (name: QName): SimpleCodec | undefined =>
  name.namespace === XSD ? types.get(name.local) : undefined
