import { formatSize } from '../core/quantities.ts'
import { checkWhen } from './command-check.ts'
import { parseCondition } from './conditions.ts'
import type { Node, ScalarNode } from './description-document.ts'
import type { Place, Problems } from './description-error.ts'
import { Fields, trapOf } from './description-fields.ts'
import { expressionProblem } from './expression.ts'
import { isSafeFileName } from './file-names.ts'

import type { Input, InputType, Range, Value } from './model.ts'
import { nameProblem, shortened } from './names.ts'
import { parseCountRange, parseIntegerRange, parseNumberRange, parseSizeRange } from './ranges.ts'
import { checkInput } from './value-check.ts'

const types = ['string', 'text', 'integer', 'number', 'boolean', 'choice', 'file', 'directory'] as const
type SaidType = (typeof types)[number]
const known = [
  ...['type', 'help', 'label', 'unit', 'default', 'optional', 'many', 'join', 'range', 'values', 'pattern', 'length'],
  ...['name', 'format', 'size', 'when', 'advanced'],
]
/** The keys that only some types have. */
const keysOf: Readonly<Record<string, readonly SaidType[]>> = {
  range: ['integer', 'number'],
  values: ['choice'],
  pattern: ['string', 'text'],
  length: ['string', 'text'],
  name: ['file'],
  format: ['file', 'text'],
  size: ['file', 'directory'],
}
const mostInputs = 300
const mostValues = 1000

/** An input, where it stands, and the fields it was read from. */
export interface PlacedInput {
  readonly input: Input
  readonly place: Place
}

export function readInputs(top: Fields): PlacedInput[] {
  const map = top.map('inputs')
  if (map === undefined) return []
  if (map.entries.length > mostInputs)
    top.report('inputs', `${map.entries.length} inputs; at most ${mostInputs} are taken`)
  return map.entries.slice(0, mostInputs).flatMap(entry => {
    const wrong = nameProblem(entry.key)
    if (wrong !== undefined) top.problems.add(entry.place, `inputs: ${wrong}`)
    const input = readInput(entry.key, entry.value, entry.place, top.problems)
    return input === undefined ? [] : [{ input, place: entry.place }]
  })
}

function readInput(name: string, node: Node, place: Place, problems: Problems): Input | undefined {
  const path = `inputs.${shortened(name)}`
  const short: Node =
    node.kind === 'scalar' && node.value !== null
      ? {
          kind: 'map',
          place: node.place,
          flow: true,
          entries: [{ key: 'type', place: node.place, value: node, bare: false }],
        }
      : node
  if (short.kind !== 'map') {
    problems.add(
      node.place,
      `${path}: a type, or {type: ..., help: ...}, is wanted here`,
      trapOf(node) ?? `write ${shortened(name)}: number`,
    )
    return undefined
  }
  const fields = new Fields(short, path, problems, known)
  if (!fields.has('type')) problems.add(place, `${path}: the type is missing`, `say type: ${types.join(', ')}`)
  const said = fields.choice('type', types)
  if (said === undefined) return undefined
  for (const [key, takers] of Object.entries(keysOf)) {
    if (fields.has(key) && !takers.includes(said))
      fields.report(key, `a ${said} has no ${key}`, `${key} is of ${takers.join(' and ')}`)
  }
  const isDirectory = said === 'directory'
  if (isDirectory && fields.has('join')) fields.report('join', 'a directory is one word', 'leave join out')
  const type = isDirectory ? 'file' : said
  const many = readMany(fields) ?? (isDirectory ? { min: 1, max: 1000 } : undefined)
  const input: Input = {
    name,
    type,
    help: fields.text('help'),
    label: fields.text('label', { max: 100 }),
    unit: fields.text('unit', { max: 40 }),
    default: undefined,
    optional: fields.flag('optional') ?? false,
    many,
    join: readJoin(fields, many !== undefined),
    range: readRange(fields, type),
    values: type === 'choice' ? readValues(fields) : undefined,
    pattern: readPattern(fields),
    length: readLength(fields, type),
    ...(isDirectory ? { fileName: '*', isDirectory } : { fileName: readFileName(fields, many) }),
    format: fields.text('format', { max: 100 }),
    size: fields.parsed('size', parseSizeRange, 'size: ..64MB or 1KB..2GB'),
    when: fields.parsed('when', parseCondition, 'when: x, when: "!x" or when: mode=fast'),
    advanced: fields.flag('advanced') ?? false,
  }
  const preset = readDefault(fields, input)
  if (input.optional && preset !== undefined)
    fields.report('optional', 'a default makes an input optional already', 'leave optional out')
  return preset === undefined ? input : { ...input, default: preset }
}

function readMany(fields: Fields): Range<number> | undefined {
  const node = fields.scalar('many')
  if (node === undefined || node.value === false) return undefined
  if (node.value === true) return { min: 1, max: undefined }
  const range = parseCountRange(node.text)
  if (range === undefined)
    return fields.report('many', `"${shortened(node.text)}" is no range`, 'write 1..500, 2..2 or true')
  return range.max === 0
    ? fields.report('many', 'a list of nothing', 'write 1..500')
    : { min: range.min ?? 0, max: range.max }
}

function readJoin(fields: Fields, many: boolean): string | undefined {
  const join = fields.text('join', { max: 1 })
  if (join !== undefined && !many) return fields.report('join', 'only a list is joined', 'say many: 1..100')
  return join
}

function readRange(fields: Fields, type: InputType): Input['range'] {
  if (type === 'integer')
    return fields.parsed('range', parseIntegerRange, 'range: 1..100, range: 0.. or range: ..10 (whole numbers)')
  return type === 'number'
    ? fields.parsed('range', parseNumberRange, 'range: 0.5..10, range: 0.. or range: ..1e6')
    : undefined
}

function readValues(fields: Fields): Input['values'] {
  const node = fields.node('values')
  if (node === undefined) return fields.report('type', 'a choice says what can be chosen', 'add values: [a, b]')
  const pairs: { say: ScalarNode | string; word: Node }[] =
    node.kind === 'list'
      ? node.items.map(item => ({ say: item.kind === 'scalar' ? item : '', word: item }))
      : node.kind === 'map'
        ? node.entries.map(entry => ({ say: entry.key, word: entry.value }))
        : []
  if (pairs.length === 0)
    return fields.report(
      'values',
      'a list of words is wanted here',
      'write [a, b], or {said: word} when the program has other words',
    )
  if (pairs.length > mostValues) fields.report('values', `${pairs.length} values; at most ${mostValues} are taken`)
  const values = pairs.slice(0, mostValues).flatMap(({ say, word }) => {
    const said = typeof say === 'string' ? say : say.text
    if (
      word.kind !== 'scalar' ||
      word.value === null ||
      !/^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}]{0,98}[^\s\p{Cc}\p{Cs}])?$/u.test(said)
    ) {
      fields.problems.add(
        word.place,
        `${fields.name('values')}: "${shortened(said)}" is no word to choose`,
        trapOf(word) ?? 'one line of at most 100 characters',
      )
      return []
    }
    if (/\p{Cc}|\p{Cs}/u.test(word.text) || word.text.length > 1000) {
      fields.problems.add(
        word.place,
        `${fields.name('values')}: the program's word for ${shortened(said)} is no line of text`,
      )
      return []
    }
    return [{ say: said, word: word.text }]
  })
  const twice = values.find((value, i) => values.findIndex(other => other.say === value.say) < i)
  if (twice !== undefined) fields.report('values', `"${shortened(twice.say)}" is there twice`)
  return values
}

function readPattern(fields: Fields): string | undefined {
  const text = fields.text('pattern')
  if (text === undefined) return undefined
  const wrong = expressionProblem(text)
  return wrong === undefined ? text : fields.report('pattern', wrong)
}

function readLength(fields: Fields, type: InputType): Range<number> | undefined {
  const range = fields.parsed('length', parseCountRange, 'length: 1..80')
  const most = type === 'text' ? 1024 * 1024 : 1000
  if (range !== undefined && (range.max ?? 0) > most)
    return fields.report(
      'length',
      `a ${type} holds at most ${type === 'text' ? formatSize(most) : `${most} characters`}`,
      type === 'text' ? 'take a file' : 'make it a text or a file',
    )
  return range
}

function readFileName(fields: Fields, many: Range<number> | undefined): string | undefined {
  const text = fields.text('name', { max: 100 })
  if (text === undefined) return undefined
  if (/^\*[A-Za-z0-9._+-]{0,40}$/.test(text)) return text
  if (!isSafeFileName(text))
    return fields.report(
      'name',
      `"${shortened(text)}" is no file name`,
      "write a fixed name like infile, or '*.fits' to keep the caller's name",
    )
  if (many !== undefined && many.max !== 1)
    return fields.report(
      'name',
      'many files cannot have one name',
      "write '*.fits' to keep the callers' names, or leave name out",
    )
  return text
}

function readDefault(fields: Fields, input: Input): Value | Value[] | undefined {
  const node = fields.node('default')
  if (node === undefined) return undefined
  if (input.type === 'file')
    return fields.report(
      'default',
      'a file has no default',
      'make it optional, and ship a file of another name under files',
    )
  const nodes = node.kind === 'list' ? node.items : [node]
  if (node.kind === 'list' && input.many === undefined)
    return fields.report('default', 'a list, and the input takes one value', 'say many: 1..10')
  const values = nodes.flatMap(item => {
    if (item.kind === 'scalar' && item.value !== null) return [plainValue(item, input.type)]
    fields.problems.add(item.place, `${fields.name('default')}: a value is wanted here`, trapOf(item))
    return []
  })
  if (values.length !== nodes.length) return undefined
  const { value, problems } = checkInput(input, input.many === undefined ? values[0] : values)
  for (const problem of problems) {
    const given = problem.value === undefined ? '' : `"${problem.value}": `
    const list = problem.accepted === undefined ? undefined : `it takes ${problem.accepted.join(', ')}`
    const boolean = input.type === 'boolean' ? 'write true or false' : list
    fields.report('default', `${given}${problem.rule}`, boolean)
  }
  return problems.length > 0 ? undefined : (value as Value | Value[] | undefined)
}

/** A scalar as the type wants it: text types keep what is written, `version: 1.10` is not 1.1. */
export const plainValue = (node: ScalarNode, type: InputType): Value =>
  type === 'string' || type === 'text' || type === 'choice' ? node.text : (node.value ?? '')

/** Whether every `when` asks for another input that is itself always asked for. */
export function checkConditions(placed: readonly PlacedInput[], problems: Problems): void {
  const inputs = new Map(placed.map(({ input }) => [input.name, input]))
  for (const { input, place } of placed) {
    const { when } = input
    if (when === undefined) continue
    const path = `inputs.${input.name}.when`
    checkWhen(when, { inputs }, 0, (_, message, hint) => problems.add(place, `${path}: ${message}`, hint))
    if (when.input === input.name) problems.add(place, `${path}: an input cannot depend on itself`)
    else if (inputs.get(when.input)?.when !== undefined)
      problems.add(
        place,
        `${path}: ${when.input} has a condition of its own`,
        'conditions do not chain; ask for the first input',
      )
  }
}
