import { readFile, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { checkInputs } from '../application/input-check.ts'
import { parseInput } from '../application/input-text.ts'
import type { Application, FileValue, Input, Values } from '../application/model.ts'
import { renderRun } from '../application/run-plan.ts'
import type { InputProblem } from '../core/errors.ts'
import { invalidInput } from '../dispatcher/operations/factory/submission.ts'
import { fileWord, splitWords } from './input-words.ts'
import { UsageError } from './terminal.ts'

/** Values of `name=value` words, through the same checks as a call. Throws `invalid-input` with all problems. */
export async function valuesOfWords(application: Application, words: readonly string[]): Promise<Values> {
  const raw: Record<string, unknown> = {}
  const problems: InputProblem[] = []
  for (const { name, value } of splitWords(words)) {
    const input = application.inputs.find(one => one.name === name)
    const given = input === undefined ? value : await typed(input, value, problems)
    if (input !== undefined && input.many === undefined && name in raw)
      problems.push({ input: name, rule: 'takes one value, and is given twice' })
    raw[name] = input?.many === undefined ? given : [...((raw[name] as unknown[] | undefined) ?? []), given]
  }
  return checked(application, raw, problems)
}

async function typed(input: Input, value: string, problems: InputProblem[]): Promise<unknown> {
  if (input.type === 'file') {
    const file = await fileWord(input.name, value)
    if ('rule' in file) {
      problems.push(file)
      return undefined
    }
    return 'text' in file ? text(file.text) : spooled(file.path, file.size)
  }
  const parsed = parseInput(input, value)
  if ('value' in parsed) return parsed.value
  problems.push(parsed.problem)
  return undefined
}

/** Values of the `run:` of a description's own test: plain YAML values; files are named beside the description. */
export async function valuesOfTest(
  application: Application,
  run: Readonly<Record<string, unknown>>,
  directory: string,
): Promise<Values> {
  const raw: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(run)) {
    const input = application.inputs.find(one => one.name === name)
    const one = (given: unknown): Promise<unknown> | unknown =>
      input?.type === 'file'
        ? testFile(given, directory)
        : input?.type === 'integer' && typeof given === 'number'
          ? BigInt(given)
          : given
    raw[name] = Array.isArray(value) ? await Promise.all(value.map(one)) : await one(value)
  }
  return checked(application, raw, [])
}

async function testFile(given: unknown, directory: string): Promise<FileValue> {
  if (typeof given === 'object' && given !== null && 'text' in given) return text(String(given.text))
  const path = isAbsolute(String(given)) ? String(given) : join(directory, String(given))
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    throw new UsageError(`The test names a file ${String(given)}, which is not beside the description.`)
  return { file: { kind: 'bytes', bytes: await readFile(path) }, name: basename(path) }
}

const text = (content: string): FileValue => ({ file: { kind: 'text', text: content }, name: undefined })
const spooled = (path: string, size: number): FileValue => ({
  file: { kind: 'spooled', path, size },
  name: basename(path),
})

function checked(
  application: Application,
  raw: Readonly<Record<string, unknown>>,
  found: readonly InputProblem[],
): Values {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined))
  const { values, problems } = checkInputs(application, given)
  const ill = new Set(found.map(problem => problem.input))
  const all = [...found, ...problems.filter(problem => !ill.has(problem.input))]
  const rendered = all.length > 0 ? all : renderRun(application, values).problems
  if (rendered.length > 0) throw invalidInput(application.name, rendered)
  return values
}
