import { cTypes, type Routine, type RoutineArgument } from '../../application/library/routine.ts'
import { evaluateSize, type SizeExpression } from '../../application/library/size-expression.ts'
import type { Value, Values } from '../../application/model.ts'
import type { InputProblem } from '../../core/errors.ts'
import type { LibraryRequest } from '../../holder/library-protocol.ts'
import { reordered, toBytes } from './array-bytes.ts'

/** Of all arrays of a call together; and of one that goes inside the message as numbers, so many elements. */
const mostBytes = 1024 * 1024 * 1024
const mostElements = 1_000_000

/** A call as the holder takes it, and the extents of the arrays in it, by which its results are read. */
export interface PlannedCall {
  readonly request: LibraryRequest
  readonly bytes: readonly Uint8Array[]
  /** The sizes of what comes back. */
  readonly expected: readonly number[]
  readonly extents: ReadonlyMap<string, readonly number[]>
}

/**
 * From checked values to the arguments of a routine. `files` has the bytes of arrays that came as files. All that does not
 * fit together is told at once.
 */
export function planCall(
  routine: Routine,
  values: Values,
  files: ReadonlyMap<string, Uint8Array>,
  timeout: number,
): { readonly call: PlannedCall } | { readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = []
  const sizes = new Sizes(routine, values, files)
  const extents = new Map<string, readonly number[]>()
  for (const argument of routine.arguments) {
    if (argument.dimensions.length === 0) continue
    const found = argument.dimensions.map(one => sizes.of(one))
    const whole = found.map(one => one ?? -1)
    const wrong = extentProblem(argument, whole, sizes.given(argument.name))
    if (wrong !== undefined) problems.push({ input: argument.name, rule: wrong })
    extents.set(argument.name, whole)
  }
  for (const argument of routine.arguments)
    if (argument.value !== undefined && sizes.of(argument.value) === undefined)
      problems.push({ input: argument.name, rule: 'cannot be computed from what was given' })
  const all = routine.arguments.reduce((sum, { name, type }) => {
    const shape = extents.get(name)
    return sum + (shape?.reduce((product, one) => product * one, type === 'string' ? 1 : cTypes[type].bytes) ?? 0)
  }, 0)
  if (problems.length === 0 && all > mostBytes)
    problems.push({
      input: routine.arguments[0]?.name ?? '',
      rule: 'the arrays of the call are larger than 1 GiB together',
    })
  if (problems.length > 0) return { problems }
  const bytes: Uint8Array[] = []
  const given = routine.arguments.map(argument => {
    const [one, data] = argumentOf(argument, values, files, extents, sizes)
    if (data !== undefined) bytes.push(data)
    return one
  })
  const { symbol, returns } = routine
  const request: LibraryRequest = {
    ...{
      verb: 'call',
      symbol,
      returns: returns === undefined ? 'void' : koffiType(returns.type),
      arguments: given,
      timeout,
    },
  }
  const expected = given.flatMap(one => (one.by === 'reference' && one.back ? [one.bytes] : []))
  return { call: { request, bytes, expected, extents } }
}

/** What the sizes in a call come to. */
class Sizes {
  readonly #routine: Routine
  readonly #values: Values
  readonly #files: ReadonlyMap<string, Uint8Array>

  constructor(routine: Routine, values: Values, files: ReadonlyMap<string, Uint8Array>) {
    this.#routine = routine
    this.#values = values
    this.#files = files
  }

  of(expression: SizeExpression, depth = 0): number | undefined {
    if (depth > 10) return undefined
    return evaluateSize(
      expression,
      name => {
        const argument = this.#routine.arguments.find(one => one.name === name)
        if (argument?.value !== undefined) return this.of(argument.value, depth + 1)
        const value = this.#values[name]
        return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : undefined
      },
      name => this.given(name),
    )
  }

  /** How many elements the caller gave. */
  given(name: string): number | undefined {
    const argument = this.#routine.arguments.find(one => one.name === name)
    const file = this.#files.get(name)
    if (file !== undefined && argument !== undefined && argument.type !== 'string')
      return file.length / cTypes[argument.type].bytes
    const value = this.#values[name]
    return Array.isArray(value) ? value.length : undefined
  }
}

function extentProblem(
  { direction, type, file }: RoutineArgument,
  extents: readonly number[],
  given: number | undefined,
): string | undefined {
  if (extents.some(one => !Number.isSafeInteger(one) || one < 0))
    return 'how large it is does not follow from what was given'
  const total = extents.reduce((product, one) => product * one, 1)
  if (total * (type === 'string' ? 1 : cTypes[type].bytes) > mostBytes) return 'is larger than 1 GiB'
  if (direction !== 'in' && !file && total > mostElements)
    return `would have ${total} elements; as numbers at most ${mostElements} come back (as: file takes more)`
  if (direction === 'out' || given === total) return undefined
  return `has ${given ?? 'no'} elements; the other arguments say ${extents.join(' x ')}${extents.length > 1 ? ` = ${total}` : ''}`
}

type Argument = LibraryRequest['arguments'][number]

function argumentOf(
  argument: RoutineArgument,
  values: Values,
  files: ReadonlyMap<string, Uint8Array>,
  extents: ReadonlyMap<string, readonly number[]>,
  sizes: Sizes,
): readonly [Argument, Uint8Array?] {
  const { name, type, direction, columnMajor, reference } = argument
  const value = argument.value === undefined ? values[name] : sizes.of(argument.value)
  if (type === 'string') return [{ by: 'string', text: String(value) }]
  const { bytes: width } = cTypes[type]
  const shape = extents.get(name)
  const back = direction !== 'in'
  if (shape !== undefined) {
    const total = shape.reduce((product, one) => product * one, 1) * width
    if (direction === 'out') return [{ by: 'reference', bytes: total, given: false, back }]
    const data = files.get(name) ?? toBytes(value as readonly Value[], type)
    const ordered = columnMajor ? reordered(data, width, shape) : data
    return [{ by: 'reference', bytes: total, given: true, back }, ordered]
  }
  if (!reference) return [{ by: 'value', type: koffiType(type), value: numberOf(value as Value) }]
  if (direction === 'out') return [{ by: 'reference', bytes: width, given: false, back }]
  return [{ by: 'reference', bytes: width, given: true, back }, toBytes([value as Value], type)]
}

const numberOf = (value: Value): number | { readonly integer: string } =>
  typeof value === 'bigint' ? { integer: value.toString() } : Number(value)

/** As the foreign function interface calls them. */
const koffiType = (type: keyof typeof cTypes): string => (cTypes[type].kind === 'number' ? type : `${type}_t`)
