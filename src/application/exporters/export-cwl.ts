import type { Application, FileTemplate, Input, Output } from '../model.ts'
import { type CwlWords, cwlWords, referenceTo } from './cwl-words.ts'

type Map = Record<string, unknown>

/** A tool of CWL v1.2, and what of the description is not in it. */
export interface CwlExport {
  readonly tool: Map
  readonly notes: readonly string[]
  /** What keeps the tool from running as the description says. */
  readonly problems: readonly string[]
}

/** Writes a description as a CWL v1.2 CommandLineTool (Command Line Tool Description, section 4.1) that needs no JavaScript. Pure. */
export function exportCwl(application: Application): CwlExport {
  const notes: string[] = []
  const words = cwlWords(application)
  const problems = [...words.problems]
  const listing = stagedFiles(application, problems)
  if (application.setup !== undefined) problems.push('its set-up is text for a shell, which CWL has no place for')
  if (application.stdin !== undefined) problems.push('standard input that is made of values is not written')
  const outputs = Object.fromEntries(application.outputs.flatMap(output => outputOf(output, notes)))
  tell(application, notes)
  const done = application.exit.flatMap(({ code, means }) => (means === 'done' ? codesIn(code) : []))
  const requirements = requirementsOf(application, listing)
  const tool: Map = {
    cwlVersion: 'v1.2',
    class: 'CommandLineTool',
    id: application.name,
    label: application.title,
    ...(application.description === undefined ? {} : { doc: application.description }),
    ...(Object.keys(requirements).length === 0 ? {} : { requirements }),
    baseCommand: words.baseCommand,
    ...(words.arguments.length === 0 ? {} : { arguments: words.arguments }),
    inputs: Object.fromEntries(application.inputs.map(input => [input.name, inputOf(input, words)])),
    ...(application.stdinFrom === undefined ? {} : { stdin: `$(inputs.${application.stdinFrom}.path)` }),
    ...(done.length === 0 ? {} : { successCodes: [...new Set([0, ...done])] }),
    outputs,
  }
  return { tool, notes, problems }
}

/** Exit codes are 0 to 255. */
const codesIn = (range: Application['exit'][number]['code']): readonly number[] =>
  range === undefined
    ? []
    : Array.from({ length: 256 }, (_, code) => code).filter(
        code => code >= (range.min ?? 0) && code <= (range.max ?? 255),
      )

function inputOf(input: Input, words: CwlWords): Map {
  const binding = words.bindings.get(input.name)
  const help = input.help ?? input.label
  return {
    type: typeOf(input, words.items.get(input.name)),
    ...(help === undefined ? {} : { doc: help }),
    ...(input.default === undefined ? {} : { default: plain(input, input.default) }),
    ...(binding === undefined ? {} : { inputBinding: binding }),
  }
}

/** A default as the tool takes it: of a choice the program's word. */
const plain = (input: Input, value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(one => plain(input, one))
    : typeof value === 'bigint'
      ? Number(value)
      : (input.values?.find(one => one.say === value)?.word ?? value)

function typeOf(input: Input, itemBinding: Map | undefined): unknown {
  const base = baseOf(input)
  const isOptional =
    input.optional || input.when !== undefined || (input.many !== undefined && (input.many.min ?? 0) === 0)
  if (input.isDirectory === true) return isOptional ? 'Directory?' : 'Directory'
  if (input.many === undefined)
    return typeof base === 'string' ? `${base}${isOptional ? '?' : ''}` : isOptional ? ['null', base] : base
  const array = { type: 'array', items: base, ...(itemBinding === undefined ? {} : { inputBinding: itemBinding }) }
  return isOptional ? ['null', array] : array
}

function baseOf(input: Input): unknown {
  switch (input.type) {
    case 'integer':
      return 'long'
    case 'number':
      return 'double'
    case 'boolean':
      return 'boolean'
    case 'file':
      return 'File'
    case 'choice':
      // What the program gets; callers of CWL say that.
      return { type: 'enum', symbols: input.values?.map(value => value.word) ?? [] }
    case 'string':
    case 'text':
      return 'string'
  }
}

function outputOf({ name, source, optional, help }: Output, notes: string[]): [string, Map][] {
  const more = { ...(help === undefined ? {} : { doc: help }) }
  const question = optional ? '?' : ''
  switch (source.kind) {
    case 'file':
      return [[name, { type: `File${question}`, ...more, outputBinding: { glob: source.name } }]]
    case 'stream':
      return [[name, { type: source.stream, ...more }]]
    case 'files':
      return [[name, { type: 'File[]', ...more, outputBinding: { glob: source.pattern } }]]
    case 'directory':
      return [[name, { type: `Directory${question}`, ...more, outputBinding: { glob: source.name } }]]
    case 'value':
      notes.push(`${name}, a value that is read out of ${source.from}, is left out: CWL needs JavaScript for that.`)
      return []
  }
}

/** What lies in the working directory before the program runs. */
function stagedFiles(application: Application, problems: string[]): readonly unknown[] {
  const named = application.inputs
    .filter(input => input.fileName !== undefined && input.isDirectory !== true)
    .map(({ name, fileName = '', many }) =>
      fileName.startsWith('*') || many !== undefined
        ? `$(inputs.${name})`
        : { entryname: fileName, entry: `$(inputs.${name})` },
    )
  const files = application.files.flatMap((file): readonly unknown[] => {
    if (file.kind === 'copy') return [{ class: 'File', location: file.name }]
    const entry = textOf(file.template, application)
    if (entry === undefined) problems.push(`${file.name} has lines or columns that depend on values`)
    return entry === undefined ? [] : [{ entryname: file.name, entry }]
  })
  return [...named, ...files]
}

/** A written file whose every line is always there, with values as they are. */
function textOf({ lines, quote }: FileTemplate, application: Application): string | undefined {
  const isPlain = lines.every(
    line =>
      line.when === undefined &&
      line.parts.every(part => {
        if (part.kind === 'literal') return true
        const input = application.inputs.find(one => one.name === part.name)
        const always = input === undefined || (!input.optional && input.when === undefined && input.many === undefined)
        return part.format === undefined && always
      }),
  )
  if (!isPlain || quote !== 'none') return undefined
  return `${lines.map(line => line.parts.map(part => referenceTo(part, application)).join('')).join('\n')}\n`
}

function requirementsOf(application: Application, listing: readonly unknown[]): Map {
  const { limits, environment, network } = application
  return {
    ...(listing.length === 0 ? {} : { InitialWorkDirRequirement: { listing } }),
    ...(Object.keys(environment).length === 0 ? {} : { EnvVarRequirement: { envDef: environment } }),
    ...(limits.time === undefined ? {} : { ToolTimeLimit: { timelimit: limits.time } }),
    ...(limits.cores === undefined ? {} : { ResourceRequirement: { coresMin: limits.cores } }),
    ...(network ? { NetworkAccess: { networkAccess: true } } : {}),
  }
}

/** What CWL has no words for. */
function tell(application: Application, notes: string[]): void {
  if (application.files.some(({ kind }) => kind === 'copy'))
    notes.push('Files that ship with it must lie beside the tool.')
  if (application.watch.length > 0) notes.push('What the output of the program means (watch) is left out.')
  if (application.exit.some(({ means }) => means !== 'done'))
    notes.push('What exit codes mean is left out, but for those that are good.')
  if (application.rules.length > 0) notes.push('Which inputs go together (rules) is left out.')
  for (const { name, range, pattern, length, when, values } of application.inputs) {
    if (range !== undefined || pattern !== undefined || length !== undefined)
      notes.push(`${name}: its bounds are left out.`)
    if (when !== undefined) notes.push(`${name}: on what it depends is left out.`)
    if (values?.some(value => value.say !== value.word) === true)
      notes.push(`${name}: callers say the program's own words.`)
  }
}
