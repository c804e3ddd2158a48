/** How a value is set into a column deck: `10.4f`, `12.3e`, `5d`, `05d`, `<72s`, `>8s`. */
export interface ColumnFormat {
  readonly align: '<' | '>'
  readonly zeros: boolean
  /** Columns, exactly. */
  readonly width: number
  readonly precision: number | undefined
  readonly kind: 'f' | 'e' | 'd' | 's'
}

/** Reads a column format; undefined when it is none. */
export function parseColumnFormat(text: string): ColumnFormat | undefined {
  const match = /^([<>]?)(0?)([1-9]\d{0,2})(?:\.(\d{1,2}))?([feds])$/.exec(text)
  const [, align, zeros, width, precision, kind] = match ?? []
  if (kind !== 'f' && kind !== 'e' && kind !== 'd' && kind !== 's') return undefined
  const text_ = kind === 's'
  if (text_ ? align === '' || zeros !== '' : zeros !== '' && align === '<') return undefined
  if ((kind === 'f' || kind === 'e') !== (precision !== undefined)) return undefined
  if (Number(width) > 200 || Number(precision ?? 0) > 20) return undefined
  return {
    align: align === '<' ? '<' : '>',
    zeros: zeros !== '',
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    kind,
  }
}

/** The types of input that a format can set. */
export const formatTakes = (format: ColumnFormat): readonly string[] =>
  ({ f: ['number', 'integer'], e: ['number', 'integer'], d: ['integer'], s: ['string', 'choice', 'file'] })[format.kind]

/**
 * Sets a value into its columns. Returns what is wrong instead when it does not fit: a value is never cut, never
 * shifts the columns behind it, and a number that is not zero is never written as zero.
 */
export function setInColumns(
  format: ColumnFormat,
  value: string | number | bigint,
): { text: string } | { problem: string } {
  const body = rendered(format, value)
  const length = [...body].length
  if (length > format.width)
    return { problem: `is written as ${body.slice(0, 40)}, ${length} characters; its column has ${format.width}` }
  if (format.kind === 'f' && Number(value) !== 0 && Number(body) === 0)
    return { problem: `would be written as ${body}; its column keeps only ${format.precision ?? 0} decimals` }
  const fill = format.width - length
  if (format.align === '<') return { text: body + ' '.repeat(fill) }
  if (!format.zeros) return { text: ' '.repeat(fill) + body }
  const sign = body.startsWith('-') ? '-' : ''
  return { text: sign + '0'.repeat(fill) + body.slice(sign.length) }
}

function rendered(format: ColumnFormat, value: string | number | bigint): string {
  // toFixed gives an exponent beyond 1e21; an integer of 64 bits is exact only as it is.
  if (format.kind === 'f' && (typeof value === 'bigint' || Math.abs(Number(value)) >= 1e21))
    return BigInt(value).toString() + (format.precision === 0 ? '' : `.${'0'.repeat(format.precision ?? 0)}`)
  if (format.kind === 'f') return Number(value).toFixed(format.precision)
  // Two digits of exponent at least, as C and Fortran write it.
  if (format.kind === 'e')
    return Number(value)
      .toExponential(format.precision)
      .replace(/e([+-])(\d)$/, 'e$10$2')
  return String(value)
}
