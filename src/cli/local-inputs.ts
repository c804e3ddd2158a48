import { readFile, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { checkInputs } from '../application/input-check.ts'
import type { Application, FileValue, Values } from '../application/model.ts'
import { decodeRequest } from '../client/request-problems.ts'
import type { InputProblem } from '../core/errors.ts'
import { invalidInput } from '../dispatcher/operations/factory/submission.ts'
import { applicationContract } from '../wsdl/contract.ts'
import { applicationOperations } from '../wsdl/names.ts'
import { filesBehind, fileWord, joinProblems, sortWords } from './input-words.ts'
import { UsageError } from './terminal.ts'

/**
 * Values of `name=value` words, through the same checks as a call, the contract's first. Throws `invalid-input` with all
 * problems.
 */
export async function valuesOfWords(application: Application, words: readonly string[]): Promise<Values> {
  const known = application.inputs.map(({ name, type, many }) => ({
    name,
    isFile: type === 'file',
    isList: many !== undefined,
  }))
  const { parameters, problems } = await sortWords(words, known, localFile)
  const plain = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, isFileInput(application, name) ? stub(value) : value]),
  )
  const run = applicationOperations(application.name).run
  const { value, problems: byContract } = decodeRequest(applicationContract(application), run, plain)
  const raw: Record<string, unknown> = { ...value }
  for (const [name, given] of Object.entries(parameters)) if (isFileInput(application, name)) raw[name] = given
  return checked(application, raw, joinProblems(problems, byContract))
}

const isFileInput = (application: Application, name: string): boolean =>
  application.inputs.some(input => input.name === name && input.type === 'file')

/** A FileIn for each file, which the contract finds good: what is in them is not its business. */
const stub = (value: unknown): unknown => (Array.isArray(value) ? value.map(() => ({ text: '' })) : { text: '' })

async function localFile(name: string, value: string): Promise<FileValue | InputProblem> {
  const file = await fileWord(name, value)
  if ('rule' in file) return file
  if ('url' in file)
    return {
      input: name,
      value: file.url,
      rule: 'is fetched by a container only; here give a file (gridwrap cp URL FILE)',
    }
  return 'text' in file ? text(file.text) : spooled(file.path, file.size)
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
    // A folder beside the description stands for its files.
    const files =
      input?.isDirectory === true && typeof value === 'string' ? await filesBehind(join(directory, value)) : value
    raw[name] = Array.isArray(files) ? await Promise.all(files.map(one)) : await one(files)
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
  const all = joinProblems(found, problems)
  if (all.length > 0) throw invalidInput(application.name, all)
  return values
}
