import type { Draft, DraftFields } from '../draft.ts'
import { type DraftRoutine, draftOfLibrary } from '../routine-draft.ts'
import { type FortranDeclaration, type FortranRoutine, readFortran } from './declarations.ts'

const types: Readonly<Record<string, string>> = {
  integer: 'int',
  'integer*4': 'int',
  'integer(4)': 'int',
  'integer(c_int)': 'int',
  'integer(kind=c_int)': 'int',
  'integer*8': 'long',
  'integer(8)': 'long',
  'integer(c_long)': 'long',
  'integer(c_int64_t)': 'long',
  'integer(c_size_t)': 'size_t',
  'integer(c_int32_t)': 'int',
  'integer(c_short)': 'short',
  'integer*2': 'short',
  real: 'float',
  'real*4': 'float',
  'real(4)': 'float',
  'real(c_float)': 'float',
  'real(kind=c_float)': 'float',
  'double precision': 'double',
  'real*8': 'double',
  'real(8)': 'double',
  'real(c_double)': 'double',
  'real(kind=c_double)': 'double',
  'real(kind=8)': 'double',
  logical: 'int',
  'logical(c_bool)': 'bool',
}

/** How the routines of a Fortran source, or of a signature file of f2py, are called in their library. */
export function importFortran(
  text: string,
  file: string,
  library: string,
  environment: Readonly<Record<string, string>>,
): Draft {
  const notes: string[] = []
  const fixedForm = /\.(f|for|ftn|f77)$/i.test(file)
  const routines = readFortran(text, fixedForm).map(one => routineOf(one, note => notes.push(`${one.name}: ${note}`)))
  return draftOfLibrary(file, library, routines, environment, notes)
}

function routineOf(routine: FortranRoutine, note: (text: string) => void): DraftRoutine {
  const { name, bind, isFunction, declared } = routine
  const bad = (problem: string): DraftRoutine => ({ name, arguments: [], problem })
  const made: { name: string; fields: DraftFields }[] = []
  const silent: string[] = []
  for (const argument of routine.arguments) {
    const declaration = declared.get(argument) ?? implicit(argument, note)
    const type = types[declaration.type]
    if (type === undefined) return bad(`${argument} is ${declaration.type}, which no caller of a service has`)
    const optional = declaration.other.find(one => /^(optional|pointer|allocatable|external)$/.test(one))
    if (optional !== undefined) return bad(`${argument} is ${optional}`)
    const unknown = declaration.extents.find(one => /[:*]/.test(one) || !/^[\w()+* -]+$/.test(one))
    if (unknown !== undefined) return bad(`the extent "${unknown}" of ${argument} is not said`)
    if (declaration.intent === undefined && !declaration.byValue) silent.push(argument)
    made.push({ name: argument, fields: fieldsOf(argument, declaration, type, routine) })
  }
  if (silent.length > 0)
    note(`${silent.join(', ')}: nothing says what of these comes back; add out: true, or inout: true, where it does`)
  const result = isFunction ? declared.get(routine.result) : undefined
  const returns = isFunction ? types[(result ?? implicit(name, note)).type] : undefined
  if (isFunction && returns === undefined) return bad(`it returns ${result?.type ?? 'something'}`)
  return {
    name,
    ...(bind === undefined ? { isFortran: true, symbol: `${name}_` } : { symbol: bind.name ?? name }),
    arguments: made,
    ...(returns === undefined ? {} : { returns }),
  }
}

function fieldsOf(
  name: string,
  { intent = '', extents, byValue, initial }: FortranDeclaration,
  type: string,
  routine: FortranRoutine,
): DraftFields {
  const isArray = extents.length > 0
  const back = /\b(out|inout|inplace)\b/.test(intent)
  const given = /\b(in|inout|inplace|hide)\b/.test(intent) || !back
  const c = isArray ? `${type}[${extents.join(',')}]` : routine.bind !== undefined && !byValue ? `${type}*` : type
  const direction = back ? (given ? { inout: true } : { out: true }) : {}
  const value = back ? undefined : sizeOf(name, initial, routine)
  if (isArray && extents.length > 1 && routine.bind !== undefined) return { c, ...direction, value, order: 'fortran' }
  return { c, ...direction, value }
}

/** f2py says `n = len(x)` or `shape(x,0)`; elsewhere the extent of an array that is given says it. */
function sizeOf(name: string, initial: string | undefined, routine: FortranRoutine): string | undefined {
  const [, of] = /^(?:len|size|shape) *\( *(\w+) *(?:, *0 *)?\)$/.exec(initial ?? '') ?? []
  if (of !== undefined && (routine.declared.get(of)?.extents.length ?? 0) === 1) return `size(${of})`
  const vector = routine.arguments.find(argument => {
    const declaration = routine.declared.get(argument)
    const isGiven = declaration !== undefined && !/^(hide,)?out$/.test(declaration.intent ?? '')
    return isGiven && declaration.extents.length === 1 && declaration.extents[0] === name
  })
  return vector === undefined ? undefined : `size(${vector})`
}

/** Fortran's own rule: names that begin with i to n are integers. */
function implicit(name: string, note: (text: string) => void): FortranDeclaration {
  const type = /^[i-n]/.test(name) ? 'integer' : 'real'
  note(`${name} is not declared; by its first letter it is ${type}`)
  return { type, intent: undefined, byValue: false, extents: [], initial: undefined, other: [] }
}
