import { isSafeFileName, isSafePath } from '../../file-names.ts'
import type { Draft, DraftFields, DraftValue } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, literalText, looksLikeCondition, serviceName } from '../draft-text.ts'
import { ImportError } from '../import-error.ts'
import { quoteLiteral } from '../template-text.ts'
import { type CwlMap, type CwlParameter, parametersOf, readCwl, requirementOf } from './cwl-document.ts'
import { draftInput, wordsOf } from './cwl-inputs.ts'
import { draftOutputs, globsOf } from './cwl-outputs.ts'
import { type CwlInput, CwlScope, keepsName } from './cwl-scope.ts'
import { isMap } from './cwl-type.ts'

/**
 * Makes a description of a CWL CommandLineTool, v1.0 to v1.2 (Command Line Tool Description, section 4.1): what needs no
 * JavaScript and no shell.
 *
 * @throws {ImportError} when it is none, or what it runs depends on JavaScript, a shell, or types that are not known here.
 */
export function importCwl(text: string, file: string, environment: Readonly<Record<string, string>> = {}): Draft {
  const tool = readCwl(text, file)
  const notes: string[] = []
  const note = (one: string): void => void notes.push(one)
  const names = new DraftNames(note)
  const parameters = parametersOf(tool, 'inputs')
  const outputs = parametersOf(tool, 'outputs')
  const scope = new CwlScope(file, parameters, names, notes, machineOf(tool))
  refuseShell(tool, scope)
  for (const output of outputs)
    for (const glob of globsOf(output)) if (!/\$\{/.test(String(glob))) tryFix(scope, glob, output)
  for (const stream of ['stdout', 'stderr'])
    if (typeof tool[stream] === 'string') tryFix(scope, tool[stream], undefined)
  // First: it may give files their names.
  const files = stagedFiles(tool, scope)
  const words = commandWords(tool, scope)
  const stdin = stdinOf(tool, scope)
  const made = draftOutputs(
    outputs,
    tool,
    scope,
    names,
    files.flatMap(one => Object.keys(one as object)),
  )
  const written = JSON.stringify([words, stdin ?? '', files])
  const inputs = draftInputs(scope, written, names)
  tellRequirements(tool, note)
  const title = [tool['label'], tool['doc']].flat().find(one => typeof one === 'string' && one.trim() !== '')
  const name = nameOf(tool, file)
  return {
    name,
    title: title === undefined ? name : inLine(String(title).split(/\n|\. /)[0] ?? name, 120),
    ...describe(tool['doc']),
    command: words.join('\n'),
    stdin,
    environment: { ...environmentOf(tool, scope), ...environment },
    files,
    inputs,
    outputs: made,
    ...(isNetworked(tool) ? { network: true } : {}),
    exit: exitOf(tool),
    limits: limitsOf(tool),
    notes,
  }
}

const describe = (doc: unknown): { description?: string } =>
  typeof doc === 'string' && doc.includes('\n') ? { description: doc.trim().slice(0, 10_000) } : {}

function nameOf(tool: CwlMap, file: string): string {
  const id = typeof tool['id'] === 'string' ? tool['id'].replace(/^.*[#/]/, '') : ''
  const stem = (file.split('/').at(-1) ?? '').replace(/\.cwl$/, '')
  return serviceName(id === '' || id === 'main' ? stem : id, 'tool')
}

/** Fixing what JavaScript names is tried in vain: the output is noted later. */
function tryFix(scope: CwlScope, text: unknown, output: CwlParameter | undefined): void {
  try {
    scope.fix(text, output === undefined ? 'stdout' : `outputs.${output.id}`)
  } catch (error) {
    if (!(error instanceof ImportError)) throw error
  }
}

/** The command line in order: baseCommand, then arguments and inputs by position (section 4.1, "sort"). */
function commandWords(tool: CwlMap, scope: CwlScope): readonly string[] {
  const base = [tool['baseCommand'] ?? []].flat().map(word => quoteLiteral(String(word)))
  const given = Array.isArray(tool['arguments']) ? tool['arguments'] : []
  const argumentsOf = given.map((one: unknown, index) => {
    const binding = isMap(one) ? one : { valueFrom: one }
    const where = `arguments, number ${index + 1}`
    const { prefix, valueFrom } = binding
    const words = [prefix, valueFrom]
      .filter(part => part !== undefined && part !== null)
      .map(part => scope.word(part, where))
    const text = words.join(binding['separate'] === false ? '' : ' ')
    return { position: positionOf(binding, scope, where), key: index, name: '', text }
  })
  const bound = [...scope.inputs.values()].flatMap(input => {
    const text = wordsOf(input, scope)
    const binding = isMap(input.fields['inputBinding']) ? input.fields['inputBinding'] : {}
    if (text === undefined) return []
    return [
      {
        position: positionOf(binding, scope, `inputs.${input.id}`),
        key: Number.POSITIVE_INFINITY,
        name: input.id,
        text,
      },
    ]
  })
  const sorted = [...argumentsOf, ...bound].toSorted(
    (a, b) => a.position - b.position || byIndex(a.key, b.key) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
  const words = [base.join(' '), ...sorted.map(one => one.text)].filter(word => word !== '')
  if (words.length === 0)
    throw new ImportError(scope.file, undefined, 'it runs nothing: baseCommand and arguments are missing')
  return words
}

const byIndex = (a: number, b: number): number => (a === b ? 0 : a - b)

function positionOf(binding: CwlMap, scope: CwlScope, where: string): number {
  const position = binding['position'] ?? 0
  if (typeof position === 'number') return position
  throw new ImportError(scope.file, undefined, `${where}: its position is computed`)
}

function refuseShell(tool: CwlMap, scope: CwlScope): void {
  if (requirementOf(tool, 'ShellCommandRequirement') === undefined) return
  const bindings = [
    ...(Array.isArray(tool['arguments']) ? tool['arguments'] : []),
    ...[...scope.inputs.values()].map(input => input.fields['inputBinding']),
  ]
  if (bindings.some(one => isMap(one) && one['shellQuote'] === false))
    throw new ImportError(
      scope.file,
      undefined,
      'it is text for a shell (shellQuote: false), and no shell runs here; ship a script under files, and call that',
    )
}

function stdinOf(tool: CwlMap, scope: CwlScope): DraftValue | undefined {
  if (tool['stdin'] === undefined) return undefined
  const [only, ...more] = scope.parts(tool['stdin'], 'stdin')
  const id = only?.kind === 'reference' && only.path[0] === 'inputs' && more.length === 0 ? only.path[1] : undefined
  const input = id === undefined ? undefined : scope.inputs.get(id)
  if (input?.type.base !== 'File' || input.type.array)
    throw new ImportError(scope.file, undefined, 'stdin is no file of the inputs')
  return { from: input.name }
}

/** Files that the document wants written before the run (InitialWorkDirRequirement); inputs lie there anyway. */
function stagedFiles(tool: CwlMap, scope: CwlScope): readonly DraftValue[] {
  const listing = requirementOf(tool, 'InitialWorkDirRequirement')?.['listing']
  if (listing === undefined) return []
  if (!Array.isArray(listing)) {
    scope.parts(listing, 'InitialWorkDirRequirement')
    return []
  }
  return listing.flatMap((one: unknown): readonly DraftValue[] => {
    const where = 'InitialWorkDirRequirement'
    if (!isMap(one)) {
      if (typeof one === 'string') scope.parts(one, where)
      return []
    }
    const name = scope.fixedText(one['entryname'] ?? '', where)
    const parts = scope.parts(one['entry'] ?? '', where)
    const [only] = parts
    const input =
      parts.length === 1 && only?.kind === 'reference' && only.path.length <= 2
        ? scope.inputs.get(only.path[1] ?? '')
        : undefined
    // A file lies in the working directory anyway, and under a name of the document when it has one.
    if (input !== undefined && input.type.base !== 'string') {
      if (name !== undefined && name !== '') placeUnder(input, name, scope)
      return []
    }
    if (name === undefined || !isSafePath(name))
      throw new ImportError(
        scope.file,
        undefined,
        `${where}: the name of a file is computed, or none that is taken here`,
      )
    if (parts.some(part => part.kind === 'literal' && looksLikeCondition(part.text)))
      throw new ImportError(scope.file, undefined, `${where}: a line of ${name} would be a condition here`)
    const text = parts.map(part =>
      part.kind === 'literal' ? literalText(part.text) : scope.word(`$(${part.path.join('.')})`, where),
    )
    return [{ [name]: text.join('') }]
  })
}

function placeUnder(input: CwlInput, name: string, scope: CwlScope): void {
  if (input.type.base !== 'File' || input.type.array || !isSafeFileName(name))
    throw new ImportError(
      scope.file,
      undefined,
      `InitialWorkDirRequirement: ${input.id} cannot lie under the name ${name} here`,
    )
  scope.named.set(input.id, name)
}

function draftInputs(scope: CwlScope, written: string, names: DraftNames): Readonly<Record<string, DraftFields>> {
  const drafts: [string, DraftFields][] = []
  for (const input of scope.inputs.values()) {
    const fileName = scope.named.get(input.id)
    const isUsed =
      fileName !== undefined ||
      new RegExp(`\\{${input.name}\\}|\\[!?${input.name}[?=]|"from":"${input.name}"`).test(written)
    if (!isUsed && scope.rooted.has(input.id))
      throw new ImportError(
        scope.file,
        undefined,
        `inputs.${input.id}: a part of its name is used, and it would keep the caller's`,
      )
    const isFile = input.type.base === 'File'
    if (scope.fixed.has(input.id)) continue
    if (isUsed || isFile)
      drafts.push([
        input.name,
        { ...draftInput(input, scope), ...(fileName !== undefined ? { name: fileName } : isUsed ? {} : { name: '*' }) },
      ])
    else scope.notes.push(`${input.id} is left out: the command does not use it.`)
    if (!keepsName(input)) continue
    const beside = names.take(`${input.id}_files`)
    const help = `The files beside ${input.id}, such as its index; all keep their names`
    drafts.push([beside, { type: 'file', many: '1..20', name: '*', optional: true, help }])
  }
  return Object.fromEntries(drafts)
}

function environmentOf(tool: CwlMap, scope: CwlScope): Readonly<Record<string, string>> {
  const definitions = requirementOf(tool, 'EnvVarRequirement')?.['envDef']
  const pairs = Array.isArray(definitions)
    ? definitions.filter(isMap).map(one => [String(one['envName']), one['envValue']] as const)
    : isMap(definitions)
      ? Object.entries(definitions)
      : []
  return Object.fromEntries(
    pairs.map(([name, value]) => {
      const text = scope.fixedText(isMap(value) ? value['envValue'] : value, 'EnvVarRequirement')
      if (text === undefined)
        throw new ImportError(
          scope.file,
          undefined,
          `the variable ${name} holds a value of a caller, which is not taken here`,
        )
      return [name, text]
    }),
  )
}

function machineOf(tool: CwlMap): { readonly cores: number; readonly ram: number } {
  const resources = requirementOf(tool, 'ResourceRequirement') ?? {}
  const number = (key: string, otherwise: number): number => {
    const value = resources[`${key}Min`] ?? resources[`${key}Max`]
    return typeof value === 'number' && value > 0 ? Math.ceil(value) : otherwise
  }
  return { cores: number('cores', 1), ram: number('ram', 256) }
}

function limitsOf(tool: CwlMap): Readonly<Record<string, DraftValue>> {
  const time = requirementOf(tool, 'ToolTimeLimit')?.['timelimit']
  const { cores } = machineOf(tool)
  return {
    ...(typeof time === 'number' && time > 0 ? { time: `${Math.ceil(time)}s` } : {}),
    ...(cores > 1 ? { cores: Math.min(cores, 1024) } : {}),
  }
}

function exitOf(tool: CwlMap): Readonly<Record<string, DraftValue>> {
  const codes = (key: string): readonly number[] =>
    (Array.isArray(tool[key]) ? tool[key] : []).filter((one: unknown): one is number => typeof one === 'number')
  const success = codes('successCodes')
  return Object.fromEntries([
    ...success.map(code => [code, 'done'] as const),
    ...codes('temporaryFailCodes').map(code => [code, { means: 'it may be tried again', cause: 'site' }] as const),
    ...codes('permanentFailCodes').map(code => [code, 'it failed'] as const),
  ])
}

const isNetworked = (tool: CwlMap): boolean => requirementOf(tool, 'NetworkAccess')?.['networkAccess'] === true

function tellRequirements(tool: CwlMap, note: (one: string) => void): void {
  const image = requirementOf(tool, 'DockerRequirement')?.['dockerPull']
  if (typeof image === 'string') note(`The program must be installed here; the document names the image ${image}.`)
  const resources = requirementOf(tool, 'ResourceRequirement') ?? {}
  const computed = [
    ...Object.entries(resources),
    ['timelimit', requirementOf(tool, 'ToolTimeLimit')?.['timelimit']] as const,
  ]
    .filter(([key, value]) => key !== 'class' && typeof value === 'string')
    .map(([key]) => key)
  if (computed.length > 0)
    note(`What it needs is computed (${computed.join(', ')}), and is left out; $(runtime.cores) is 1 then.`)
  const memory = requirementOf(tool, 'ResourceRequirement')?.['ramMin']
  if (typeof memory === 'number') note(`It wants at least ${memory} MiB of memory; limits say at most.`)
}
