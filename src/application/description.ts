import { inputOfCheckpoint } from './checkpoint-input.ts'
import { checkCommand } from './command-check.ts'
import { parseCommand } from './command-template.ts'
import { readCheckpoint } from './description-checkpoint.ts'
import { checkNames, checkUses } from './description-checks.ts'
import { type MapNode, readDocument, type ScalarNode } from './description-document.ts'
import { Problems } from './description-error.ts'
import { Fields, trapOf } from './description-fields.ts'
import { readFiles, readStdin } from './description-files.ts'
import { checkConditions, readInputs } from './description-inputs.ts'
import { readExit, readWatch } from './description-outcome.ts'
import { readOutputs } from './description-outputs.ts'
import { checkpointOf, readOperations, readSession } from './description-session.ts'
import { readEnvironment, readKeep, readLimits, readRules } from './description-settings.ts'
import { reportTemplate } from './description-template.ts'
import { opening, readTests } from './description-tests.ts'
import { checkInputs } from './input-check.ts'
import { readLibrary, readRoutines } from './library/description-library.ts'
import type { Application, ExitMeaning, FileValue, TemplateWord } from './model.ts'
import { shortened } from './names.ts'
import { sessionOperation } from './session-operation.ts'
import { testInputs } from './test-inputs.ts'

const known = [
  ...[
    'gridwrap',
    'name',
    'title',
    'version',
    'description',
    'homepage',
    'cite',
    'keywords',
    'command',
    'version-command',
    'setup',
  ],
  ...['stdin', 'environment', 'files', 'inputs', 'outputs', 'rules', 'exit', 'watch', 'limits', 'keep', 'credential'],
  ...['network', 'sandbox', 'checkpoint', 'session', 'library', 'operations', 'tests'],
]
/** Keys of the format that this version does not take: saying so is better than a run without them. */
const later = ['groups']

/**
 * Reads an application description. `file` is the name that problems carry. Throws {@link DescriptionError} with all
 * problems at once; never anything else, whatever the text holds.
 */
export function readDescription(text: string, file: string): Application {
  const problems = new Problems(file)
  const node = readDocument(text, problems)
  problems.throwIfAny()
  const application = node?.kind === 'map' ? readTop(node, problems) : undefined
  if (application === undefined && !problems.some())
    problems.add(node?.place ?? { line: 1, column: 1 }, 'this is no description', 'begin with the line gridwrap: 1')
  problems.throwIfAny()
  if (application === undefined) throw new TypeError('A description without problems was not read.')
  return application
}

function readTop(node: MapNode, problems: Problems): Application | undefined {
  const first = node.entries[0]
  const top = new Fields(node, '', problems, known, later)
  if (!top.has('gridwrap'))
    problems.add(first?.place ?? node.place, 'the line gridwrap: 1 is missing', 'a description begins with it')
  else if (top.scalar('gridwrap')?.value !== 1n)
    top.report(
      'gridwrap',
      `version "${shortened(top.scalar('gridwrap')?.text ?? '')}" of the format is not known`,
      'write gridwrap: 1',
    )
  for (const key of ['name', 'title', 'command']) {
    const replaced = key === 'command' && top.has('library')
    if (!top.has(key) && !replaced) problems.add(first?.place ?? node.place, `${key} is missing`, examples[key])
  }

  const inputs = readInputs(top)
  const session = readSession(top)
  if (top.has('checkpoint') || (session !== undefined && checkpointOf(session).checkpoint !== undefined))
    inputs.push({ input: inputOfCheckpoint, place: top.placeOf(session === undefined ? 'checkpoint' : 'session') })
  const outputs = readOutputs(top)
  const scope = {
    inputs: new Map(inputs.map(({ input }) => [input.name, input])),
    outputs: new Map(outputs.map(({ output }) => [output.name, output])),
  }
  checkNames(inputs, outputs, problems)
  checkConditions(inputs, problems)
  const name = top.text('name', { max: 40 })
  if (name !== undefined && !/^[a-z][a-z0-9-]{0,39}$/.test(name))
    top.report(
      'name',
      `"${shortened(name)}" is no name of a service`,
      'a small letter, then small letters, digits and -, at most 40: it becomes part of the address',
    )
  const { stdin, stdinFrom } = readStdin(top, scope)
  const homepage = top.text('homepage')
  if (homepage !== undefined && !/^https?:\/\/[^\s"'<>]+$/.test(homepage))
    top.report('homepage', `"${shortened(homepage)}" is no address of a page`, 'write https://...')
  const described: Application = {
    name: name ?? '',
    title: top.text('title', { max: 120 }) ?? '',
    version: top.text('version', { max: 100 }),
    description: top.text('description', { max: 20_000, multiline: true }),
    homepage,
    cite: top.text('cite'),
    keywords: top.texts('keywords', 50),
    command: readCommand(top, scope),
    ...readSetup(top, scope),
    versionCommand: readVersionCommand(top),
    stdin,
    ...(stdinFrom === undefined ? {} : { stdinFrom }),
    environment: readEnvironment(top),
    files: readFiles(top, scope),
    inputs: inputs.map(({ input }) => input),
    outputs: outputs.map(({ output }) => output),
    rules: readRules(top, scope.inputs),
    exit: [
      ...readExit(top),
      ...(top.has('setup') ? [notSetUp] : []),
      ...(session === undefined ? [] : endsOfSessions),
      ...(top.has('library') ? [endOfCalls] : []),
    ],
    watch: readWatch(top, scope.inputs, scope.outputs),
    ...readLimits(top),
    keep: readKeep(top),
    credential: top.choice('credential', ['none', 'limited', 'full']) ?? 'none',
    network: top.flag('network') ?? false,
    sandbox: top.flag('sandbox') ?? false,
    ...readLibrary(top),
    ...(session === undefined ? readCheckpoint(top, scope) : { session, ...checkpointOf(session) }),
    tests: [],
  }
  const isLibrary = described.library !== undefined
  const operations = isLibrary ? readRoutines(top, described) : readOperations(top, described)
  const whole: Application = session === undefined && !isLibrary ? described : { ...described, operations }
  const application: Application = { ...whole, tests: readTests(top, whole) }
  checkUses(application, inputs, outputs, top)
  // Only a whole application can be tried.
  if (!problems.some()) tryTests(application, top)
  return application
}

/** Whether the inputs of a test that is to succeed would be taken at all. */
function tryTests(application: Application, top: Fields): void {
  const items = top.list('tests')?.items ?? []
  for (const [i, test] of application.tests.entries()) {
    if (test.fails !== undefined) continue
    const tested =
      test.operation === undefined || test.operation === opening
        ? application
        : sessionOperation(application, test.operation)?.application
    if (tested === undefined) continue
    const open = (name: string): FileValue => ({ file: { kind: 'upload' }, name })
    for (const problem of checkInputs(tested, testInputs(tested, test, open)).problems) {
      const value = problem.value === undefined ? '' : ` "${problem.value}"`
      const accepted =
        problem.accepted === undefined ? undefined : `it takes ${problem.accepted.slice(0, 10).join(', ')}`
      top.problems.add(
        items[i]?.place ?? top.place,
        `tests, number ${i + 1}: ${problem.input}${value} ${problem.rule}`,
        accepted,
      )
    }
  }
}

const examples: Readonly<Record<string, string>> = {
  name: 'write for example name: needle; it becomes the address of the service',
  title: 'write for example title: Global alignment of two sequences',
  command: 'write for example command: needle {a} {b} -outfile {alignment}',
}

function readCommand(top: Fields, scope: Parameters<typeof checkCommand>[1]): readonly TemplateWord[] {
  const node = commandNode(top, 'command')
  if (node === undefined) return []
  const parsed = parseCommand(node.text)
  reportTemplate(top, 'command', node, parsed.problems)
  if (parsed.problems.length === 0) reportTemplate(top, 'command', node, checkCommand(parsed, scope))
  return parsed.words
}

function readVersionCommand(top: Fields): readonly string[] | undefined {
  const node = commandNode(top, 'version-command')
  if (node === undefined) return undefined
  const parsed = parseCommand(node.text)
  reportTemplate(top, 'version-command', node, parsed.problems)
  const words = parsed.words.map(word =>
    word.kind === 'word' ? word.parts.map(part => (part.kind === 'literal' ? part.text : undefined)) : [undefined],
  )
  if (words.some(parts => parts.includes(undefined)))
    return top.report('version-command', 'it holds a value or an optional part', 'its words are fixed')
  return words.map(parts => parts.join(''))
}

/** What the shell of a set-up ends with when it cannot start the program; a meaning that the description has comes first. */
const notSetUp: ExitMeaning = {
  ...{ code: { min: 127, max: 127 }, signal: undefined, cause: 'site' },
  means: 'the program could not be set up here',
}

/** What the holder of a library is ended by (src/holder/watchdog.ts). */
const endOfCalls: ExitMeaning = {
  ...{ code: undefined, signal: 'SIGXCPU', cause: 'program' },
  means: 'a call did not return in time, and was ended',
}

/** What the holder of a session ends with (src/holder/session-config.ts). */
const endsOfSessions: readonly ExitMeaning[] = [
  {
    ...{ code: { min: 66, max: 66 }, signal: undefined, cause: 'input' },
    means: 'what an earlier session saved could not be loaded',
  },
  {
    ...{ code: { min: 70, max: 70 }, signal: undefined, cause: 'program' },
    means: 'the interpreter did not react to an interrupt, and was ended',
  },
]

function readSetup(top: Fields, { inputs }: Parameters<typeof checkCommand>[1]): { readonly setup?: string } {
  const setup = top.text('setup', { max: 4000, multiline: true })?.trim()
  if (setup === undefined) return {}
  const value = [...setup.matchAll(/(?<!\$)\{([A-Za-z]\w*)\}/g)]
    .map(match => match[1] ?? '')
    .find(name => inputs.has(name))
  if (value !== undefined)
    top.report('setup', `{${value}} is no value here, a shell would read it`, 'hand it to the program as an argument')
  else if (setup === '') top.report('setup', 'it is empty', 'leave it out')
  return { setup }
}

function commandNode(top: Fields, key: string): ScalarNode | undefined {
  const node = top.node(key)
  if (node !== undefined && node.kind !== 'scalar') return top.report(key, 'a text is wanted here', trapOf(node))
  return top.text(key, { max: 8192, multiline: true }) === undefined ? undefined : top.scalar(key)
}
