import type { Input, Output, Range, Value } from '../application/model.ts'
import { describeRange } from '../application/ranges.ts'
import { type QName, qname } from '../core/qname.ts'
import { JOB, XSD } from './names.ts'
import type { ElementParticle, Facets, RestrictionType } from './schema-model.ts'

const xsd = (local: string): QName => qname(XSD, local)
export const jobType = (local: string): QName => qname(JOB, local)

interface Occurrence {
  readonly min: number
  readonly max: number
}
export const once: Occurrence = { min: 1, max: 1 }
export const perhaps: Occurrence = { min: 0, max: 1 }
export const anyNumber: Occurrence = { min: 0, max: Number.POSITIVE_INFINITY }

export const element = (name: string, type: QName, occurs = once, documentation?: string): ElementParticle => ({
  kind: 'element',
  ref: undefined,
  name,
  type,
  ...occurs,
  nillable: false,
  documentation,
})

const builtin = {
  string: xsd('string'),
  text: xsd('string'),
  choice: xsd('string'),
  integer: xsd('long'),
  number: xsd('double'),
  boolean: xsd('boolean'),
  file: jobType('FileIn'),
  directory: jobType('FileIn'),
} as const

/**
 * An input as an element: a list repeats, what may be left out has minOccurs 0 and is never nillable. How many elements
 * a list takes, and patterns, are for people here; `checkInputs` enforces them.
 */
export function inputElement(input: Input, typeName: QName): ElementParticle {
  const free = input.optional || input.default !== undefined || input.many?.min === 0
  const occurs = { min: free ? 0 : 1, max: input.many === undefined ? 1 : Number.POSITIVE_INFINITY }
  return element(input.name, inputType(input) === undefined ? builtin[input.type] : typeName, occurs, inputHelp(input))
}

/** The named type of an input with an enumeration or bounds; undefined when a built-in type says it all. */
export function inputType(input: Input): RestrictionType | undefined {
  const facets = facetsOf(input)
  if (Object.keys(facets).length === 0) return undefined
  return { kind: 'restriction', base: builtin[input.type], facets, documentation: undefined }
}

function facetsOf({ type, values, range, length }: Input): Facets {
  if (type === 'choice') return { enumeration: values?.map(value => value.say) ?? [] }
  if (type === 'integer' || type === 'number')
    return {
      ...(range?.min === undefined ? {} : { minInclusive: String(range.min) }),
      ...(range?.max === undefined ? {} : { maxInclusive: String(range.max) }),
    }
  if (type !== 'string' && type !== 'text') return {}
  return {
    ...(length?.min === undefined ? {} : { minLength: length.min }),
    ...(length?.max === undefined ? {} : { maxLength: length.max }),
  }
}

/** `Penalty for opening a gap. 1 to 100. Default 10.` */
function inputHelp(input: Input): string | undefined {
  return sentences([
    input.help ?? input.label,
    bounds(input.range),
    bounds(input.length, ' characters'),
    bounds(input.many, input.many?.min === 1 && input.many.max === 1 ? ' value' : ' values'),
    input.size && `${describeRange(input.size)} bytes`,
    input.pattern && `Matches ${input.pattern}`,
    input.unit && `Unit: ${input.unit}`,
    input.format && `Format: ${input.format}`,
    input.default === undefined ? undefined : `Default ${shown(input.default)}`,
  ])
}

const bounds = (range: Range<number> | Range<bigint> | undefined, of = ''): string | undefined =>
  range === undefined ? undefined : `${describeRange(range)}${of}`

const shown = (value: Value | readonly Value[]): string =>
  Array.isArray(value)
    ? value.map(one => shown(one as Value)).join(', ')
    : typeof value === 'object'
      ? 'a file'
      : String(value)

function sentences(parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter(part => part !== undefined && part !== '') as string[]
  if (present.length === 0) return undefined
  return present.map(part => `${part.slice(0, 1).toUpperCase()}${part.slice(1).replace(/\.$/, '')}.`).join(' ')
}

/** An output as an element: files with their bytes when they are small, values typed. All may be missing from a failed run. */
export function outputElement(output: Output): ElementParticle {
  const { source } = output
  const help = sentences([
    output.help,
    output.format && `Format: ${output.format}`,
    output.unit && `Unit: ${output.unit}`,
  ])
  if (source.kind === 'value')
    return element(output.name, builtin[source.type], source.many ? anyNumber : perhaps, help)
  const several = source.kind === 'files' || source.kind === 'directory'
  return element(output.name, jobType('FileOut'), several ? anyNumber : perhaps, help)
}
