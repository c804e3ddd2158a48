import type { SizeExpression } from './size-expression.ts'

/** Types of C that every language of callers has a type for; sizes in bytes. */
export const cTypes = {
  int8: { bytes: 1, kind: 'integer' },
  int16: { bytes: 2, kind: 'integer' },
  int32: { bytes: 4, kind: 'integer' },
  int64: { bytes: 8, kind: 'integer' },
  uint8: { bytes: 1, kind: 'integer' },
  uint16: { bytes: 2, kind: 'integer' },
  uint32: { bytes: 4, kind: 'integer' },
  float: { bytes: 4, kind: 'number' },
  double: { bytes: 8, kind: 'number' },
} as const satisfies Record<string, { readonly bytes: number; readonly kind: 'integer' | 'number' }>

export type CType = keyof typeof cTypes

/** As C and Fortran programmers say it, on every Linux that Node runs on (LP64). */
export const cNames: Readonly<Record<string, CType>> = {
  ...Object.fromEntries(Object.keys(cTypes).map(name => [name, name as CType])),
  int: 'int32',
  long: 'int64',
  'long long': 'int64',
  size_t: 'int64',
  short: 'int16',
  'signed char': 'int8',
  'unsigned char': 'uint8',
  bool: 'uint8',
  'unsigned short': 'uint16',
  'unsigned int': 'uint32',
  unsigned: 'uint32',
  int8_t: 'int8',
  int16_t: 'int16',
  int32_t: 'int32',
  int64_t: 'int64',
  uint8_t: 'uint8',
  uint16_t: 'uint16',
  uint32_t: 'uint32',
}

/** One argument of a routine, in its place. */
export interface RoutineArgument {
  readonly name: string
  readonly type: CType | 'string'
  /** The extents of an array, the first first; none: a single value. */
  readonly dimensions: readonly SizeExpression[]
  /** Whether the first index runs fastest in memory, as in Fortran. Callers give and get the last one fastest, always. */
  readonly columnMajor: boolean
  readonly reference: boolean
  readonly direction: 'in' | 'out' | 'inout'
  /** Not asked of the caller: computed from the others. */
  readonly value: SizeExpression | undefined
  /** By which of its results a call has failed. */
  readonly fails: 'nonzero' | 'negative' | 'positive' | undefined
  /** An array as the bytes of a file, in the machine's own order. */
  readonly file: boolean
}

/** A routine of a library, as it is called. */
export interface Routine {
  readonly symbol: string
  readonly arguments: readonly RoutineArgument[]
  readonly returns:
    | { readonly name: string; readonly type: CType; readonly fails: RoutineArgument['fails'] }
    | undefined
}
