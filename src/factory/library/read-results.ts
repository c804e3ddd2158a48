import { type CType, cTypes, type Routine, type RoutineArgument } from '../../application/library/routine.ts'
import type { LibraryAnswer } from '../../holder/library-protocol.ts'
import { fromBytes, reordered } from './array-bytes.ts'

type Returned = Extract<LibraryAnswer, { readonly returned: unknown }>

/** What a call gave: values by name, bytes of arrays that go as files, and why it has failed, if it says so. */
export interface RoutineResults {
  readonly values: Readonly<Record<string, number | bigint | readonly (number | bigint)[]>>
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly failure: string | undefined
}

/** Reads what came back, in the order of the arguments. */
export function readResults(
  routine: Routine,
  answer: Returned,
  back: readonly Uint8Array[],
  extents: ReadonlyMap<string, readonly number[]>,
): RoutineResults {
  const values: Record<string, number | bigint | readonly (number | bigint)[]> = {}
  const files: Record<string, Uint8Array> = {}
  const failures: string[] = []
  const judge = (name: string, value: number | bigint, fails: RoutineArgument['fails']): void => {
    const number = Number(value)
    const bad =
      fails === 'nonzero' ? number !== 0 : fails === 'negative' ? number < 0 : fails === 'positive' && number > 0
    if (bad) failures.push(`${name} = ${value}`)
  }
  const results = routine.arguments.filter(({ direction }) => direction !== 'in')
  for (const [i, argument] of results.entries()) {
    const { name, type, columnMajor, file, fails } = argument
    const bytes = back[i] ?? new Uint8Array()
    const width = type === 'string' ? 1 : cTypes[type].bytes
    const shape = extents.get(name)
    if (shape === undefined) {
      const [value = 0] = fromBytes(bytes, type as CType)
      values[name] = value
      judge(name, value, fails)
      continue
    }
    const ordered = columnMajor ? reordered(bytes, width, shape.toReversed()) : bytes
    if (file) files[name] = ordered
    else values[name] = fromBytes(ordered, type as CType)
  }
  if (routine.returns !== undefined && answer.returned !== null) {
    const { name, type, fails } = routine.returns
    const { returned } = answer
    const plain =
      typeof returned !== 'object' ? returned : 'text' in returned ? Number(returned.text) : BigInt(returned.integer)
    const value = cTypes[type].kind === 'integer' ? BigInt(plain) : Number(plain)
    values[name] = value
    judge(name, value, fails)
  }
  return { values, files, failure: failures.length === 0 ? undefined : failures.join(', ') }
}
