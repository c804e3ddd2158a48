import { didYouMean } from '../core/did-you-mean.ts'
import type { Entry, Node } from './description-document.ts'
import { Fields, trapOf } from './description-fields.ts'
import { plainValue } from './description-inputs.ts'
import { isSafePath } from './file-names.ts'
import type {
  Application,
  ApplicationTest,
  Expectation,
  Input,
  Output,
  Range,
  SessionOperation,
  Value,
} from './model.ts'
import { shortened } from './names.ts'
import { parseSizeRange } from './ranges.ts'
import { evaluateName, sessionOperation } from './session-operation.ts'

const mostTests = 100
const causes = ['input', 'program', 'site'] as const

/** The runs that a description brings along; of a session, the calls. */
export function readTests(top: Fields, application: Application): ApplicationTest[] {
  const list = top.list('tests')
  if (list === undefined) return []
  if (list.items.length > mostTests) top.report('tests', `${list.items.length} tests; at most ${mostTests} are taken`)
  return list.items.slice(0, mostTests).flatMap((item, i) => {
    const path = `tests, number ${i + 1}`
    if (item.kind !== 'map') {
      top.problems.add(item.place, `${path}: {run: {...}, expect: {...}} is wanted here`, trapOf(item))
      return []
    }
    const isSession = application.session !== undefined || application.library !== undefined
    const keys = isSession ? ['operation', 'run', 'expect'] : ['run', 'interrupt', 'expect']
    const fields = new Fields(item, path, top.problems, keys)
    const called = isSession ? readCalled(fields, application, i === 0) : { application }
    if (called === undefined) return []
    const inputs = new Map(called.application.inputs.map(input => [input.name, input]))
    const outputs = new Map(called.application.outputs.map(output => [output.name, output]))
    if (!fields.has('run'))
      top.problems.add(item.place, `${path}: run is missing`, 'write run: {} when the defaults will do')
    const run = readRun(fields, inputs)
    const { expect, fails } = readExpect(fields, outputs)
    const interrupt = fields.flag('interrupt') === true
    if (interrupt && !top.has('checkpoint'))
      fields.report(
        'interrupt',
        'nothing goes on after it',
        'leave it out, or say under checkpoint how the program goes on',
      )
    const operation = 'name' in called ? { operation: called.name } : {}
    return [{ run, expect, fails, ...(interrupt ? { interrupt } : {}), ...operation }]
  })
}

/** What opens the session of which the other tests are calls, with the inputs that it takes. */
export const opening = 'submit'

/** The operation that a test of a session calls. */
function readCalled(
  fields: Fields,
  application: Application,
  isFirst: boolean,
): Pick<SessionOperation, 'name' | 'application'> | undefined {
  const own = (application.operations ?? []).map(({ name }) => name)
  const names = application.session === undefined ? own : [evaluateName, ...own]
  const name = fields.text('operation') ?? (fields.has('operation') ? undefined : '')
  if (name === undefined) return undefined
  if (name === opening) {
    if (!isFirst)
      fields.report('operation', 'the calls of all tests are of one session, which is open by now', 'make it the first')
    return { name, application }
  }
  const found = sessionOperation(application, name)
  if (found !== undefined) return found
  const near = didYouMean(name, names)
  if (name === '')
    fields.problems.add(fields.place, `${fields.path}: operation is missing`, `say one of ${names.join(', ')}`)
  else
    fields.report(
      'operation',
      `no operation is called "${shortened(name)}"`,
      near === undefined ? undefined : `did you mean ${near}?`,
    )
  return undefined
}

function readRun(fields: Fields, inputs: ReadonlyMap<string, Input>): Record<string, unknown> {
  const run: Record<string, unknown> = {}
  for (const entry of fields.map('run')?.entries ?? []) {
    const input = inputs.get(entry.key)
    if (input === undefined) {
      reportUnknown(fields, entry, 'input', inputs.keys())
      continue
    }
    const value =
      entry.value.kind === 'list'
        ? entry.value.items.map(item => readGiven(fields, item, input))
        : readGiven(fields, entry.value, input)
    run[entry.key] = value
  }
  return run
}

function reportUnknown(fields: Fields, entry: Entry, what: string, names: Iterable<string>): void {
  const near = didYouMean(entry.key, names)
  const way = entry.bare ? 'a comma inside { } needs quotes' : near === undefined ? undefined : `did you mean ${near}?`
  fields.problems.add(entry.place, `${fields.path}: no ${what} is called "${shortened(entry.key)}"`, way)
}

/** A plain value; of a file, the name of one beside the description, or `{text: ...}`. */
function readGiven(fields: Fields, node: Node, input: Input): Value | { text: string } | undefined {
  if (node.kind === 'scalar' && node.value !== null) {
    if (input.type !== 'file') return plainValue(node, input.type)
    if (isSafePath(node.text)) return node.text
    fields.problems.add(
      node.place,
      `${fields.path}: "${shortened(node.text)}" is no file beside the description`,
      'write its name, or {text: ...}',
    )
    return undefined
  }
  if (node.kind === 'map' && input.type === 'file') {
    const text = new Fields(node, `${fields.path}, ${input.name}`, fields.problems, ['text']).text('text', {
      max: 65_536,
      multiline: true,
    })
    return text === undefined ? undefined : { text }
  }
  fields.problems.add(node.place, `${fields.path}: ${input.name} is a ${input.type}`, trapOf(node))
  return undefined
}

function readExpect(fields: Fields, outputs: ReadonlyMap<string, Output>): Pick<ApplicationTest, 'expect' | 'fails'> {
  const map = fields.map('expect')
  const expect: Record<string, Expectation> = {}
  let fails: ApplicationTest['fails']
  for (const entry of map?.entries ?? []) {
    if (entry.key === 'fails' && map !== undefined) {
      fails = new Fields({ ...map, entries: [entry] }, `${fields.path}, expect`, fields.problems, ['fails']).choice(
        'fails',
        causes,
      )
      continue
    }
    const output = outputs.get(entry.key)
    if (output === undefined) reportUnknown(fields, entry, 'output', ['fails', ...outputs.keys()])
    else {
      const read = readExpectation(fields, entry, output)
      if (read !== undefined) expect[entry.key] = read
    }
  }
  return { expect, fails }
}

function readExpectation(fields: Fields, { value, key }: Entry, output: Output): Expectation | undefined {
  const path = `${fields.path}, ${key}`
  const type = output.source.kind === 'value' ? output.source.type : undefined
  const isValue = type !== undefined
  if (value.kind === 'scalar' && value.value !== null && isValue) return { equals: plainValue(value, type) }
  if (value.kind !== 'map') {
    fields.problems.add(
      value.place,
      `${path}: what is expected of ${key} is not understood`,
      isValue ? 'write a value, or {near: 1.5, within: 0.01}' : 'write {contains: text} or {size: 1KB..2MB}',
    )
    return undefined
  }
  const want = new Fields(
    value,
    path,
    fields.problems,
    isValue ? ['equals', 'near', 'within', 'contains'] : ['contains', 'size'],
  )
  const [near, within] = [want.number('near'), want.number('within')]
  if ((near === undefined) !== (within === undefined))
    want.problems.add(want.place, `${path}: near and within go together`, 'write {near: 1.5, within: 0.01}')
  const equals = want.scalar('equals')
  const contains = want.text('contains', { multiline: true })
  const size: Range<number> | undefined = want.parsed('size', parseSizeRange, 'size: 1KB..2MB')
  return {
    ...(equals === undefined ? {} : { equals: plainValue(equals, type ?? 'string') }),
    ...(near === undefined ? {} : { near }),
    ...(within === undefined ? {} : { within }),
    ...(contains === undefined ? {} : { contains }),
    ...(size === undefined ? {} : { size }),
  }
}
