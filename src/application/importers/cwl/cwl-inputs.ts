import type { DraftFields, DraftValue } from '../draft.ts'
import { inLine } from '../draft-text.ts'
import type { CwlMap } from './cwl-document.ts'
import { type CwlInput, type CwlScope, keepsName } from './cwl-scope.ts'
import { isMap } from './cwl-type.ts'

/** Whole numbers of 32 bits, as CWL's int. */
const intRange = '-2147483648..2147483647'

const types: Readonly<Record<string, DraftFields>> = {
  boolean: { type: 'boolean' },
  int: { type: 'integer', range: intRange },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'string' },
  enum: { type: 'choice' },
  File: { type: 'file' },
  Directory: { type: 'directory' },
}

/** What a description says of an input. */
export function draftInput(input: CwlInput, scope: CwlScope): DraftFields {
  const { fields, type, id } = input
  const preset = plainDefault(fields['default'])
  if (fields['default'] !== undefined && fields['default'] !== null && preset === undefined)
    scope.notes.push(`${id}: its default is a file, which is not carried over.`)
  const separator = isMap(fields['inputBinding']) ? fields['inputBinding']['itemSeparator'] : undefined
  const inType = type.binding?.['itemSeparator']
  const join = [separator, inType].find(one => typeof one === 'string')
  if (typeof join === 'string' && join.length > 1)
    scope.notes.push(`${id}: its elements are joined by "${join}"; here they are joined by "${join[0]}".`)
  const help = [fields['label'], fields['doc']].flat().filter(one => typeof one === 'string' && one !== '')
  return {
    ...types[type.base],
    ...(type.symbols === undefined ? {} : { values: type.symbols }),
    ...(type.array ? { many: type.base === 'Directory' ? undefined : '1..1000' } : {}),
    ...(type.array && typeof join === 'string' && type.base !== 'Directory' ? { join: join.slice(0, 1) } : {}),
    ...(preset === undefined
      ? type.optional || fields['default'] !== undefined
        ? { optional: true }
        : {}
      : { default: preset }),
    ...(keepsName(input) ? { name: '*' } : {}),
    help: help.length === 0 ? undefined : inLine(help.join('. '), 900),
  }
}

function plainDefault(value: unknown): DraftValue | undefined {
  if (Array.isArray(value)) {
    const all = value.map(plainDefault)
    return all.includes(undefined) || all.length === 0 ? undefined : (all as DraftValue[])
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? (value as DraftValue) : undefined
}

/** The words that an input adds to the command, in the syntax of templates; none when it has no binding. */
export function wordsOf(input: CwlInput, scope: CwlScope): string | undefined {
  const { fields, type, name, id } = input
  const binding = (isMap(fields['inputBinding']) ? fields['inputBinding'] : type.binding) as CwlMap | undefined
  if (binding === undefined && type.itemBinding === undefined) return undefined
  const where = `inputs.${id}`
  const prefix = prefixOf(binding, scope, where)
  const isFixed = scope.fixed.has(id)
  if (binding?.['valueFrom'] !== undefined) {
    const value = join(prefix, scope.word(binding['valueFrom'], `${where}.valueFrom`, input), binding)
    return maybe(input) && !isFixed ? `[${name}? ${value}]` : value
  }
  if (isFixed) return join(prefix, scope.word(`$(inputs.${id})`, where), binding)
  if (type.base === 'boolean' && !type.array) return prefix === undefined ? undefined : `[${name}? ${prefix}]`
  const value = `{${name}}`
  if (type.array && type.itemBinding !== undefined) {
    const each = join(prefixOf(type.itemBinding, scope, where), value, type.itemBinding)
    return prefix === undefined ? `[${each}]...` : `[${name}? ${prefix} [${each}]...]`
  }
  const words = join(prefix, value, binding)
  return maybe(input) ? `[${words}]` : words
}

const maybe = ({ fields, type }: CwlInput): boolean =>
  type.optional || (fields['default'] !== undefined && plainDefault(fields['default']) === undefined)

const prefixOf = (binding: CwlMap | undefined, scope: CwlScope, where: string): string | undefined =>
  binding?.['prefix'] === undefined || binding['prefix'] === null || binding['prefix'] === ''
    ? undefined
    : scope.word(binding['prefix'], `${where}.prefix`)

const join = (prefix: string | undefined, value: string, binding: CwlMap | undefined): string =>
  prefix === undefined ? value : binding?.['separate'] === false ? `${prefix}${value}` : `${prefix} ${value}`
