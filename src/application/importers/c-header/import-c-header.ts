import { cNames } from '../../library/routine.ts'
import type { Draft, DraftFields } from '../draft.ts'
import { ImportError } from '../import-error.ts'
import { type DraftRoutine, draftOfLibrary } from '../routine-draft.ts'

/** A prototype as universal-ctags has it (one JSON object a line). */
interface Tag {
  readonly _type?: string
  readonly name?: string
  readonly kind?: string
  readonly typeref?: string
  readonly signature?: string
}

/**
 * The prototypes of a header as calls of its library. What C does not say is guessed, and each guess is told: whether a
 * pointer is an array, how long it is, and whether it is a result. `tags`: what ctags says of the header.
 */
export function importCHeader(
  tags: string,
  file: string,
  library: string,
  environment: Readonly<Record<string, string>>,
): Draft {
  const notes: string[] = []
  const routines = tags.split('\n').flatMap(line => {
    const tag = readTag(line, file)
    if (tag === undefined) return []
    return [routineOf(tag, note => notes.push(`${tag.name}: ${note}`))]
  })
  return draftOfLibrary(file, library, routines, environment, notes)
}

function readTag(line: string, file: string): Required<Pick<Tag, 'name' | 'signature' | 'typeref'>> | undefined {
  if (line.trim() === '') return undefined
  let tag: Tag
  try {
    tag = JSON.parse(line) as Tag
  } catch {
    throw new ImportError(file, undefined, 'what ctags says of it cannot be read')
  }
  const { name, signature, typeref, kind } = tag
  if (kind !== 'prototype' || name === undefined || signature === undefined || typeref === undefined) return undefined
  return { name, signature, typeref: typeref.replace(/^typename:/, '') }
}

/** `const double * x` taken apart. */
interface Parameter {
  readonly name: string
  readonly type: string
  readonly isConstant: boolean
  readonly isPointer: boolean
  /** `x[3]`: 3; `x[]`: empty. */
  readonly extent: string | undefined
}

function routineOf(
  { name, signature, typeref }: Required<Pick<Tag, 'name' | 'signature' | 'typeref'>>,
  note: (text: string) => void,
): DraftRoutine {
  const bad = (problem: string): DraftRoutine => ({ name, arguments: [], problem })
  const list = signature.replace(/^\(|\)$/g, '').trim()
  if (/[()]|\.\.\./.test(list)) return bad('it takes functions, or any number of arguments')
  const words = list === '' || list === 'void' ? [] : list.split(',')
  const parameters = words.map((word, i) => readParameter(word, i))
  for (const [i, one] of parameters.entries())
    if (one === undefined) return bad(`its argument ${i + 1} (${words[i]?.trim()}) is of no type that callers have`)
  const known = parameters.filter(one => one !== undefined)
  const returned = plainType(typeref)
  if (typeref !== 'void' && returned === undefined) return bad(`it returns ${typeref}`)
  const counts = known.filter(one => !one.isPointer && isInteger(one.type))
  const length =
    counts.find(one => /^(n|m|len|length|size|count|num\w*|n_?\w*|\w*_?(len|size|count|n))$/i.test(one.name)) ??
    counts[0]
  const given = known.map(one => {
    const fields = fieldsOf(one, length?.name, note)
    return { name: one.name, fields }
  })
  const vector = given.find(({ fields }) => fields['out'] !== true && String(fields['c']).endsWith(`[${length?.name}]`))
  const withCount = given.map(({ name: argument, fields }) => {
    if (argument !== length?.name || vector === undefined) return { name: argument, fields }
    note(`${argument} is taken for the number of elements of ${vector.name}, and not asked of callers`)
    return { name: argument, fields: { ...fields, value: `size(${vector.name})` } }
  })
  return { name, arguments: withCount, ...(returned === undefined ? {} : { returns: returned }) }
}

const isInteger = (type: string): boolean => !/^(float|double|string)$/.test(type)

/** Names of C, also with its own spellings of integers. */
function plainType(text: string): string | undefined {
  const type = text
    .replace(/\b(const|extern|static|inline|register|volatile|restrict|__restrict)\b/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  const short = type.replace(/^(long|short) int$/, '$1').replace(/^signed (int|long)$/, '$1')
  if (/^unsigned long( long)?( int)?$|^uint64_t$/.test(type)) return 'size_t'
  return Object.hasOwn(cNames, short) ? short : undefined
}

function readParameter(text: string, index: number): Parameter | undefined {
  const [, before = '', stars = '', name = `a${index + 1}`, extent] =
    /^\s*([\w ]+?)\s*((?:\*\s*(?:(?:const|restrict|__restrict)\b\s*)?)*)\b(\w+)?\s*(?:\[\s*(\w*)\s*\])?\s*$/.exec(
      nameless(text) ? `${text} a${index + 1}` : text,
    ) ?? []
  const depth = stars.split('*').length - 1 + (extent === undefined ? 0 : 1)
  const isConstant = /\bconst\b/.test(before)
  if (depth > 1) return undefined
  if (/\bchar$/.test(before.trim()) && depth === 1 && isConstant)
    return { name, type: 'string', isConstant, isPointer: false, extent: undefined }
  const type = plainType(before)
  return type === undefined ? undefined : { name, type, isConstant, isPointer: depth === 1, extent }
}

/** `double`, `const int *`: a prototype without a name for this argument. */
const nameless = (text: string): boolean => /[*]\s*$/.test(text) || plainType(text.replace(/\[.*\]/, '')) !== undefined

function fieldsOf(
  { name, type, isConstant, isPointer, extent }: Parameter,
  length: string | undefined,
  note: (text: string) => void,
): DraftFields {
  if (!isPointer) return { c: type }
  if (extent !== undefined && /^\d+$/.test(extent))
    return { c: `${type}[${extent}]`, ...(isConstant ? {} : { inout: true }) }
  const single = /^(info|ierr|err\w*|status|code|result|res|ret\w*|out|\w*_out)$/i.test(name)
  if (length === undefined || (single && !isConstant && extent === undefined)) {
    if (!isConstant) note(`${name} is taken for a result`)
    return { c: `${type}*`, ...(isConstant ? {} : { out: true }) }
  }
  note(`${name} is taken for an array of ${length} elements${isConstant ? '' : ', which is given and comes back'}`)
  return { c: `${type}[${length}]`, ...(isConstant ? {} : { inout: true }) }
}
