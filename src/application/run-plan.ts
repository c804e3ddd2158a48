import { GridwrapError, type InputProblem } from '../core/errors.ts'
import { checkpointInput } from './checkpoint-input.ts'
import { CommandRenderer } from './command-render.ts'
import { renderFile } from './file-render.ts'
import { type InputFile, placeInputFiles } from './input-files.ts'
import type { Application, FileValue, Values } from './model.ts'
import { shortened } from './names.ts'

/** Everything that a run is made of, before anything is done. File names are relative to the work directory. */
export interface RunPlan {
  /** argv[0] is the program. No value ever makes or ends a word. */
  readonly argv: readonly string[]
  /** The description's fixed variables; the site's few come beside them. */
  readonly environment: Readonly<Record<string, string>>
  /** What the program reads on standard input, when a template makes it. */
  readonly stdin?: string
  /** The input file that the program reads on standard input. */
  readonly stdinFile?: string
  readonly writtenFiles: readonly { readonly name: string; readonly content: string }[]
  /** Names of files beside the description that are copied as they are. */
  readonly copiedFiles: readonly string[]
  readonly inputFiles: readonly InputFile[]
  /** Directories that are there before the program runs, beside those that hold its files. */
  readonly directories: readonly string[]
}

/** The kernel's bound on one argument is 128 KiB with its NUL; all of them and the environment share 2 MiB at most. */
const longestWord = 131_071
const longestCommand = 1024 * 1024

/**
 * What a run of these values does: the words, the files, the names. Pure. The values are those of `checkInputs`; throws
 * `invalid-input` when they cannot be written down safely all the same. `state`: the name of the saved state that the run
 * goes on from, which lies in the work directory already; undefined: it begins.
 */
export function planRun(application: Application, values: Values, state?: string): RunPlan {
  const { plan, problems } = renderRun(application, values, state)
  const [first] = problems
  if (first === undefined) return plan
  throw new GridwrapError('invalid-input', `${first.input}: ${first.rule}.`, {
    hint: 'Correct the inputs named in the detail and call again.',
    detail: { problem: problems },
  })
}

/** Like {@link planRun}, with the problems beside the plan. */
export function renderRun(
  application: Application,
  given: Values,
  state?: string,
): { plan: RunPlan; problems: InputProblem[] } {
  const values = withState(application, given, state)
  const placed = placeInputFiles(application, values)
  const problems: InputProblem[] = [...placed.problems]
  const names = namesOf(application, placed.files)
  if (state !== undefined) names.set(checkpointInput, [state])
  const command = state === undefined ? undefined : application.checkpoint?.restart
  const argv = new CommandRenderer(application, values, names).render(command ?? application.command)
  problems.push(...wordProblems(application, values, argv))
  const writtenFiles: { name: string; content: string }[] = []
  const copiedFiles: string[] = []
  for (const file of application.files) {
    if (file.kind === 'copy') copiedFiles.push(file.name)
    else
      writtenFiles.push({ name: file.name, content: renderFile(application, file.template, values, names, problems) })
  }
  const stdin = application.stdin && renderFile(application, application.stdin, values, names, problems)
  const stdinFile = application.stdinFrom === undefined ? undefined : names.get(application.stdinFrom)?.[0]
  const plan: RunPlan = {
    argv,
    environment: application.environment,
    ...(stdin === undefined ? {} : { stdin }),
    ...(stdinFile === undefined ? {} : { stdinFile }),
    writtenFiles,
    copiedFiles,
    inputFiles: placed.files,
    directories: application.outputs.flatMap(({ source }) =>
      source.kind === 'directory' && source.create === true ? [source.name] : [],
    ),
  }
  return { plan, problems }
}

/** The archive that a caller gave is no file of the run: what counts is whether there is a state to go on from. */
function withState(application: Application, given: Values, state: string | undefined): Values {
  if (application.checkpoint === undefined) return given
  const { [checkpointInput]: _archive, ...values } = given
  return state === undefined ? values : { ...values, [checkpointInput]: stateItself }
}

/** Stands for the state where only whether it is there counts. */
const stateItself: FileValue = { file: { kind: 'upload' }, name: undefined }

function namesOf(application: Application, files: readonly InputFile[]): Map<string, string[]> {
  const folders = new Set(application.inputs.filter(input => input.isDirectory === true).map(input => input.name))
  const names = new Map<string, string[]>()
  for (const file of files) {
    if (folders.has(file.input)) {
      names.set(file.input, [file.name.slice(0, file.name.lastIndexOf('/'))])
      continue
    }
    const list = names.get(file.input) ?? []
    list[file.index] = file.name
    names.set(file.input, list)
  }
  return names
}

function wordProblems(application: Application, values: Values, argv: readonly string[]): InputProblem[] {
  const problems: InputProblem[] = []
  const isBad = (text: string): boolean => text.includes('\0') || Buffer.byteLength(text) > longestWord
  const total = argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0)
  if (!argv.some(isBad) && total <= longestCommand) return problems
  for (const { name } of application.inputs) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    const texts = (Array.isArray(value) ? value : [value]).filter(one => typeof one === 'string')
    if (texts.some(text => text.includes('\0'))) problems.push({ input: name, rule: 'must not hold a NUL character' })
    else if (texts.some(isBad))
      problems.push({ input: name, rule: 'is longer than a word of a command can be (128 KiB)' })
  }
  if (problems.length > 0) return problems
  const longest = longestList(values)
  return [
    {
      input: longest,
      rule: `the command would have ${total} bytes; at most ${longestCommand} are taken (give fewer or shorter values)`,
    },
  ]
}

function longestList(values: Values): string {
  const size = (value: unknown): number => (Array.isArray(value) ? value.length : String(value).length)
  const [first] = Object.keys(values).toSorted((a, b) => size(values[b]) - size(values[a]))
  return shortened(first ?? '')
}
