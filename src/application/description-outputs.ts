import { didYouMean } from '../core/did-you-mean.ts'
import type { Node } from './description-document.ts'
import type { Place } from './description-error.ts'
import { Fields, trapOf } from './description-fields.ts'
import { expressionProblem, groupsOf } from './expression.ts'
import { isSafePath, isSafePattern } from './file-names.ts'
import type { Output, OutputSource } from './model.ts'
import { nameProblem, shortened } from './names.ts'

const known = [
  'file',
  'files',
  'directory',
  'create',
  'type',
  'from',
  'match',
  'which',
  'many',
  'optional',
  'help',
  'format',
  'unit',
  'show',
]
const mostOutputs = 200

export interface PlacedOutput {
  readonly output: Output
  readonly place: Place
}

/** `ofStreams`: values may be read out of standard output and error themselves. */
export function readOutputs(top: Fields, { ofStreams = false }: { readonly ofStreams?: boolean } = {}): PlacedOutput[] {
  const map = top.map('outputs')
  if (map === undefined) return []
  if (map.entries.length > mostOutputs)
    top.report('outputs', `${map.entries.length} outputs; at most ${mostOutputs} are taken`)
  const placed = map.entries.slice(0, mostOutputs).flatMap(entry => {
    // A test says `fails: input` where it expects outputs.
    const wrong = entry.key === 'fails' ? '"fails" means something else in tests; write fails_' : nameProblem(entry.key)
    if (wrong !== undefined) top.problems.add(entry.place, `outputs: ${wrong}`)
    const output = readOutput(entry.key, entry.value, entry.place, top)
    return output === undefined ? [] : [{ output, place: entry.place }]
  })
  checkSources(placed, ofStreams ? ['stdout', 'stderr'] : [], top)
  return placed
}

function readOutput(name: string, node: Node, place: Place, top: Fields): Output | undefined {
  const path = `outputs.${shortened(name)}`
  if (node.kind === 'scalar' && node.value !== null) {
    const short = new Fields(
      {
        kind: 'map',
        place: node.place,
        flow: true,
        entries: [{ key: 'file', place: node.place, value: node, bare: false }],
      },
      path,
      top.problems,
      known,
    )
    const source = readFile(short)
    return (
      source && { name, help: undefined, optional: false, format: undefined, unit: undefined, show: undefined, source }
    )
  }
  if (node.kind !== 'map') {
    top.problems.add(
      node.place,
      `${path}: a file name, stdout, stderr or {...} is wanted here`,
      trapOf(node) ?? `write ${shortened(name)}: result.txt`,
    )
    return undefined
  }
  const fields = new Fields(node, path, top.problems, known)
  const source = readSource(fields, place)
  const output = {
    name,
    help: fields.text('help'),
    optional: fields.flag('optional') ?? false,
    format: fields.text('format', { max: 100 }),
    unit: fields.text('unit', { max: 40 }),
    show: fields.choice('show', ['text', 'image', 'table', 'plot']),
  }
  return source === undefined ? undefined : { ...output, source }
}

function readSource(fields: Fields, place: Place): OutputSource | undefined {
  const ways = ['file', 'files', 'directory', 'from'].filter(key => fields.has(key))
  if (ways.length !== 1) {
    const told =
      ways.length === 0 ? 'where the output comes from is missing' : `${ways.join(' and ')} do not go together`
    fields.problems.add(place, `${fields.path}: ${told}`, 'say one of file, files, directory, or from and match')
    return undefined
  }
  const [way] = ways
  if (way !== 'directory' && fields.has('create'))
    fields.report('create', 'only a directory is made beforehand', 'leave create out')
  if (way === 'from') return readValueSource(fields)
  for (const key of ['type', 'match', 'which', 'many']) {
    if (fields.has(key))
      fields.report(
        key,
        `an output made by ${way} has no ${key}`,
        `${key} is of a value read out of another output: {type: number, from: log, match: '...'}`,
      )
  }
  if (way === 'file') return readFile(fields)
  const text = fields.text(way ?? '', { max: 200 })
  if (text === undefined) return undefined
  if (way === 'files')
    return isSafePattern(text)
      ? { kind: 'files', pattern: text }
      : fields.report(
          'files',
          `"${shortened(text)}" is no pattern of file names`,
          "write for example 'dump.*' or 'frames/*.png'; for one file say file",
        )
  return isSafePath(text)
    ? { kind: 'directory', name: text, ...(fields.flag('create') === true ? { create: true } : {}) }
    : fields.report(
        'directory',
        `"${shortened(text)}" is no name of a directory`,
        'write a name inside the work directory, such as out',
      )
}

function readFile(fields: Fields): OutputSource | undefined {
  const text = fields.text('file', { max: 200 })
  if (text === undefined) return undefined
  if (text === 'stdout' || text === 'stderr') return { kind: 'stream', stream: text }
  if (isSafePath(text)) return { kind: 'file', name: text }
  const way = isSafePattern(text)
    ? `for several files write {files: '${shortened(text)}'}`
    : 'write a name inside the work directory: letters, digits and . _ + - in it, such as result.txt'
  return fields.report('file', `"${shortened(text)}" is no file name`, way)
}

function readValueSource(fields: Fields): OutputSource | undefined {
  const from = fields.text('from', { max: 100 })
  const match = readMatch(fields)
  if (!fields.has('match'))
    fields.report('from', 'the expression that finds the value is missing', "add match: 'Score: (\\S+)'")
  const many = fields.flag('many') ?? false
  if (many && fields.has('which')) fields.report('which', 'a list takes every match', 'leave which or many out')
  const which = fields.choice('which', ['first', 'last']) ?? 'first'
  const type = fields.has('type') ? fields.choice('type', ['string', 'integer', 'number']) : 'string'
  if (match !== undefined && groupsOf(match).count !== 1)
    fields.report(
      'match',
      `the expression has ${groupsOf(match).count} groups`,
      'put the value, and nothing else, in ( ); other brackets are (?: )',
    )
  if (from === undefined || match === undefined || type === undefined) return undefined
  return { kind: 'value', type, from, match, which, many }
}

/** The expression of a `match` key. */
export function readMatch(fields: Fields): string | undefined {
  const text = fields.text('match')
  if (text === undefined) return undefined
  const wrong = text === '' ? 'the expression is empty' : expressionProblem(text)
  return wrong === undefined ? text : fields.report('match', wrong)
}

/** Values come out of outputs that are one file or stream; two outputs are not one file. */
function checkSources(placed: readonly PlacedOutput[], streams: readonly string[], top: Fields): void {
  const byName = new Map(placed.map(({ output }) => [output.name, output]))
  const files = new Map<string, string>()
  for (const { output, place } of placed) {
    const { source, name } = output
    const path = `outputs.${shortened(name)}`
    if (source.kind === 'value') {
      if (streams.includes(source.from)) continue
      const from = byName.get(source.from)
      if (from === undefined) {
        const near = didYouMean(
          source.from,
          placed.flatMap(p => (p.output.source.kind === 'value' ? [] : [p.output.name])),
        )
        const way =
          source.from === 'stdout' || source.from === 'stderr'
            ? `add an output log: ${source.from} and write from: log`
            : `from names an output${near === undefined ? '' : `; did you mean ${near}?`}`
        top.problems.add(place, `${path}.from: no output is called "${shortened(source.from)}"`, way)
      } else if (from.source.kind !== 'file' && from.source.kind !== 'stream')
        top.problems.add(
          place,
          `${path}.from: ${source.from} is not one file or stream`,
          'read the value out of a file or stream output',
        )
      continue
    }
    const file = source.kind === 'files' ? source.pattern : source.kind === 'stream' ? source.stream : source.name
    const other = files.get(file)
    if (other !== undefined)
      top.problems.add(place, `${path}: ${file} is the output ${other} already`, 'leave one of them out')
    files.set(file, name)
  }
}
