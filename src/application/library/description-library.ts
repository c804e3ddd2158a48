import { parseDuration } from '../../core/quantities.ts'
import type { Entry, Node } from '../description-document.ts'
import type { Place } from '../description-error.ts'
import { Fields, trapOf } from '../description-fields.ts'
import { isSafeFileName } from '../file-names.ts'
import type { Application, Input, Output, SessionOperation } from '../model.ts'
import { nameKey, nameProblem, operationNameProblem, shortened } from '../names.ts'
import { ownOperations } from '../own-operations.ts'
import { inputOf, outputOf, returnedOutput } from './argument-contract.ts'
import { cNames, type Routine, type RoutineArgument } from './routine.ts'
import { argumentsIn, parseSize, type SizeExpression } from './size-expression.ts'

const operationKeys = ['title', 'help', 'symbol', 'convention', 'arguments', 'returns', 'timeout']
const argumentKeys = ['c', 'value', 'out', 'inout', 'fails', 'order', 'as', 'help', 'unit', 'range', 'default']
const failures = ['nonzero', 'negative', 'positive'] as const
const mostOperations = 200
const mostArguments = 100
const defaultTimeout = 60

/** The shared library whose routines are called; nothing when the program is none. */
export function readLibrary(top: Fields): { readonly library?: string } {
  const library = top.text('library', { max: 100 })
  if (library === undefined) return {}
  for (const key of ['command', 'session', 'stdin', 'watch', 'checkpoint', 'version-command'])
    if (top.has(key)) top.report(key, 'a library has none', 'leave it out')
  if (!isSafeFileName(library))
    top.report('library', `"${shortened(library)}" is no name of a library`, 'write for example library: liblift.so')
  return { library }
}

/** The routines of a library as typed calls. `base`: the application that they are of. */
export function readRoutines(top: Fields, base: Application): readonly SessionOperation[] {
  const map = top.map('operations')
  if (map === undefined) {
    top.report('library', 'which of its routines are called is missing', 'say so under operations')
    return []
  }
  if (map.entries.length > mostOperations)
    top.report('operations', `${map.entries.length} operations; at most ${mostOperations} are taken`)
  return map.entries.slice(0, mostOperations).flatMap(entry => readRoutine(entry, top, base) ?? [])
}

function readRoutine({ key: name, place, value }: Entry, top: Fields, base: Application): SessionOperation | undefined {
  const path = `operations.${shortened(name)}`
  const wrong = ownOperations.includes(name)
    ? `"${name}" is an operation of every session or job`
    : operationNameProblem(name)
  if (wrong !== undefined) top.problems.add(place, `operations: ${wrong}`)
  if (value.kind !== 'map') {
    top.problems.add(value.place, `${path}: keys and values are wanted here`, trapOf(value) ?? 'write {arguments: ...}')
    return undefined
  }
  const fields = new Fields(value, path, top.problems, operationKeys)
  const isFortran = fields.choice('convention', ['c', 'fortran77']) === 'fortran77'
  const placed = (fields.map('arguments')?.entries ?? []).slice(0, mostArguments).flatMap(entry => {
    const found = readArgument(entry, fields, isFortran)
    return found === undefined ? [] : [{ ...found, place: entry.place }]
  })
  const routineArguments = placed.map(({ argument }) => argument)
  checkArguments(placed, path, top)
  const returns = readReturns(fields)
  const symbol = fields.text('symbol', { max: 200 }) ?? (isFortran ? `${name.toLowerCase()}_` : name)
  if (!/^[A-Za-z_][\w$]*$/.test(symbol)) fields.report('symbol', `"${shortened(symbol)}" is no name of a routine`)
  const seconds = fields.parsed('timeout', parseDuration, 'timeout: 10m')
  const routine: Routine = { symbol, arguments: routineArguments, returns: returns?.returns }
  const inputs: readonly Input[] = placed.flatMap(({ argument, input }) =>
    argument.direction === 'out' || argument.value !== undefined ? [] : [input],
  )
  const outputs: readonly Output[] = [
    ...placed.flatMap(({ argument, output }) => (argument.direction === 'in' ? [] : [output])),
    ...(returns === undefined ? [] : [returnedOutput(returns.returns.name, returns.returns.type, returns.help)]),
  ]
  return {
    name,
    timeout: seconds ?? defaultTimeout,
    routine,
    application: {
      ...base,
      title: fields.text('title', { max: 120 }) ?? name,
      description: fields.text('help', { max: 20_000, multiline: true }),
      command: [],
      files: [],
      inputs,
      outputs,
      rules: [],
    },
  }
}

interface PlacedArgument {
  readonly argument: RoutineArgument
  readonly input: Input
  readonly output: Output
  readonly place: Place
}

function readArgument(
  { key: name, place, value }: Entry,
  routine: Fields,
  isFortran: boolean,
): Omit<PlacedArgument, 'place'> | undefined {
  const path = `${routine.path}.arguments.${shortened(name)}`
  const wrong = nameProblem(name)
  if (wrong !== undefined) routine.problems.add(place, `${path}: ${wrong}`)
  const fields = new Fields(asMap(value), path, routine.problems, argumentKeys)
  const text = fields.text('c', { max: 200 })
  if (text === undefined) {
    if (!fields.has('c'))
      routine.problems.add(place, `${path}: its type is missing`, "write for example {c: 'double[n]'}")
    return undefined
  }
  const type = readType(text)
  if (type === undefined)
    return fields.report(
      'c',
      `"${shortened(text)}" is no type of an argument`,
      `write one of ${Object.keys(cNames).slice(9, 14).join(', ')}, float, double, string; double* by reference; 'double[n]' or 'double[n,m]' for arrays`,
    )
  const [out, inout] = [fields.flag('out') ?? false, fields.flag('inout') ?? false]
  const direction = inout ? 'inout' : out ? 'out' : 'in'
  const isArray = type.dimensions.length > 0
  if (direction !== 'in' && type.type === 'string')
    fields.report('c', 'a string is never a result', 'use an array of int8')
  if (direction !== 'in' && !isArray && !type.reference && !isFortran)
    fields.report('c', 'a value cannot come back', `write ${text}* for one that is handed over by reference`)
  const valueText = fields.text('value')
  const computed = valueText === undefined ? undefined : parseSize(valueText)
  if (valueText !== undefined && computed === undefined)
    fields.report('value', `"${shortened(valueText)}" is no number and no size`, 'write for example value: size(x)')
  const order = fields.choice('order', ['c', 'fortran'])
  const argument: RoutineArgument = {
    name,
    type: type.type,
    dimensions: type.dimensions,
    columnMajor: (order ?? (isFortran ? 'fortran' : 'c')) === 'fortran',
    reference: isArray || type.reference || isFortran,
    direction,
    value: computed,
    fails: fields.choice('fails', failures),
    file: fields.choice('as', ['file', 'numbers']) === 'file',
  }
  return { argument, input: inputOf(argument, fields), output: outputOf(argument, fields) }
}

/** `double`, `int*`, `double[n,m]`. */
function readType(
  text: string,
): { type: RoutineArgument['type']; reference: boolean; dimensions: readonly SizeExpression[] } | undefined {
  const [, base = '', star, sizes] = /^(?:const +)?([a-z][\w ]*?) *(\*?)(?:\[([^\][]+)\])?$/.exec(text.trim()) ?? []
  if (/^(string|char)$/.test(base) && sizes === undefined && (base === 'string') !== (star === '*'))
    return { type: 'string', reference: false, dimensions: [] }
  const type = Object.hasOwn(cNames, base) ? cNames[base] : undefined
  if (type === undefined || (star === '*' && sizes !== undefined)) return undefined
  const dimensions = (sizes?.split(',') ?? []).map(parseSize)
  if (dimensions.length > 7 || dimensions.includes(undefined)) return undefined
  return { type, reference: star === '*', dimensions: dimensions as SizeExpression[] }
}

function readReturns(
  fields: Fields,
): { readonly returns: NonNullable<Routine['returns']>; readonly help: string | undefined } | undefined {
  const node = fields.node('returns')
  if (node === undefined) return undefined
  const inner = new Fields(asMap(node), `${fields.path}.returns`, fields.problems, ['c', 'name', 'fails', 'help'])
  const type = readType(inner.text('c') ?? '')
  if (type === undefined || type.type === 'string' || type.reference || type.dimensions.length > 0)
    return fields.report('returns', 'a routine returns one number', 'write returns: double, or {c: int, name: status}')
  const name = inner.text('name', { max: 40 }) ?? 'result'
  const wrong = nameProblem(name)
  if (wrong !== undefined) inner.report('name', wrong)
  return { returns: { name, type: type.type, fails: inner.choice('fails', failures) }, help: inner.text('help') }
}

const asMap = (node: Node) =>
  node.kind === 'map'
    ? node
    : ({
        kind: 'map',
        place: node.place,
        flow: true,
        entries: [{ key: 'c', place: node.place, value: node, bare: false }],
      } as const)

/** Names are unlike each other; expressions speak of arguments that are given, and sizes of arrays that are. */
function checkArguments(placed: readonly PlacedArgument[], path: string, top: Fields): void {
  const seen = new Set<string>()
  const known = new Map(placed.map(({ argument }) => [argument.name, argument]))
  for (const { argument, place } of placed) {
    if (seen.has(nameKey(argument.name))) top.problems.add(place, `${path}: "${argument.name}" is there twice`)
    seen.add(nameKey(argument.name))
    for (const expression of [...argument.dimensions, ...(argument.value === undefined ? [] : [argument.value])])
      for (const name of argumentsIn(expression)) {
        const meant = known.get(name)
        if (meant === undefined)
          top.problems.add(place, `${path}.arguments.${argument.name}: no argument is called "${shortened(name)}"`)
        else if (meant.direction === 'out')
          top.problems.add(place, `${path}.arguments.${argument.name}: ${name} is known only after the call`)
      }
  }
}
