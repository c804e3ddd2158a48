import type { Fields } from '../description-fields.ts'
import type { Input, Output, Range } from '../model.ts'
import { parseIntegerRange, parseNumberRange } from '../ranges.ts'
import { type CType, cTypes, type RoutineArgument } from './routine.ts'

/** Elements of an array inside a message; more go as a file. */
const mostElements = 1_000_000

/** An argument as callers give it. */
export function inputOf(argument: RoutineArgument, fields: Fields): Input {
  const kind = argument.type === 'string' ? 'string' : cTypes[argument.type].kind
  const isArray = argument.dimensions.length > 0
  const type = argument.file ? 'file' : kind
  const range = readRange(fields, argument)
  const given = type === 'file' || isArray ? undefined : fields.scalar('default')?.value
  return {
    name: argument.name,
    type,
    help:
      [fields.text('help'), argument.file ? bytesOf(argument) : arrayHelp(argument)].filter(Boolean).join('. ') ||
      undefined,
    label: undefined,
    unit: fields.text('unit', { max: 40 }),
    default: given === null ? undefined : (given as Input['default']),
    optional: false,
    many: isArray && !argument.file ? { min: 1, max: mostElements } : undefined,
    join: undefined,
    range,
    values: undefined,
    pattern: undefined,
    length: undefined,
    fileName: undefined,
    format: undefined,
    size: undefined,
    when: undefined,
    advanced: false,
  }
}

/** A result as callers get it. */
export const outputOf = (argument: RoutineArgument, fields: Fields): Output => ({
  name: argument.name,
  help:
    [fields.text('help'), argument.file ? bytesOf(argument) : arrayHelp(argument)].filter(Boolean).join('. ') ||
    undefined,
  optional: false,
  format: undefined,
  unit: fields.text('unit', { max: 40 }),
  show: undefined,
  source: argument.file
    ? { kind: 'file', name: `${argument.name}.bin` }
    : valueSource(argument.type === 'string' ? 'int8' : argument.type, argument.dimensions.length > 0),
})

/** What the routine itself returns. */
export const returnedOutput = (name: string, type: CType, help: string | undefined): Output => ({
  ...{ name, help, optional: false, format: undefined, unit: undefined, show: undefined },
  source: valueSource(type, false),
})

const valueSource = (type: CType, many: boolean): Output['source'] => ({
  ...{ kind: 'value', type: cTypes[type].kind, from: 'stdout', match: '(.*)', which: 'first' },
  many,
})

const arrayHelp = ({ dimensions }: RoutineArgument): string | undefined =>
  dimensions.length > 1 ? `${dimensions.length} indices, the last running fastest` : undefined

const bytesOf = ({ type, dimensions }: RoutineArgument): string =>
  `The bytes of ${type} numbers, little end first${dimensions.length > 1 ? ', the last index running fastest' : ''}`

/** The range that is said, within that of the type. */
function readRange(fields: Fields, { type, file }: RoutineArgument): Input['range'] {
  if (file || type === 'string') return undefined
  if (cTypes[type].kind === 'number') return fields.parsed('range', parseNumberRange, 'range: 0..1')
  const said: Range<bigint> | undefined = fields.parsed('range', parseIntegerRange, 'range: 1..100')
  const own = integerRange(type)
  const max = (a: bigint | undefined, b: bigint): bigint => (a === undefined || a < b ? b : a)
  const min = (a: bigint | undefined, b: bigint): bigint => (a === undefined || a > b ? b : a)
  return { min: max(said?.min, own.min), max: min(said?.max, own.max) }
}

/** What fits into an integer of C. */
export function integerRange(type: CType): { readonly min: bigint; readonly max: bigint } {
  const bits = BigInt(cTypes[type].bytes * 8)
  return type.startsWith('u')
    ? { min: 0n, max: (1n << bits) - 1n }
    : { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n }
}
