import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { isFileParameter, type ServiceProxy } from '../client/service-proxy.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError, type InputProblem } from '../core/errors.ts'
import { UsageError } from './terminal.ts'

const mostInlineBytes = 4 * 1024 * 1024

/** `name=value` words, in order, taken apart. */
export function splitWords(words: readonly string[]): readonly { readonly name: string; readonly value: string }[] {
  return words.map(word => {
    const cut = word.indexOf('=')
    if (cut < 1) throw new UsageError(`${JSON.stringify(word)} is not of the form name=value.`)
    return { name: word.slice(0, cut), value: word.slice(cut + 1) }
  })
}

/** The local file behind a value: `@FILE` and `FILE` are files, `text:…` is the text itself. */
export async function fileWord(
  name: string,
  value: string,
): Promise<{ readonly text: string } | { readonly path: string; readonly size: number } | InputProblem> {
  if (value.startsWith('text:')) return { text: value.slice(5) }
  const path = value.startsWith('@') ? value.slice(1) : value
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return { path, size: found.size }
  return { input: name, value: path, rule: 'there is no such file; give a file, or text:… for the text itself' }
}

/** A file that is to be PUT after the job was made. */
export interface PendingUpload {
  readonly input: string
  readonly path: string
  readonly size: number
}

/**
 * Turns words into the parameters of `run` or `submit`: lists by repeating the name; large files by upload. Throws
 * GridwrapError `invalid-input` with all that is wrong by the contract; the service may have further rules.
 */
export async function remoteParameters(
  proxy: ServiceProxy,
  operation: string,
  words: readonly string[],
): Promise<{ readonly parameters: Record<string, unknown>; readonly uploads: readonly PendingUpload[] }> {
  const known = proxy.parameters(operation).filter(one => one.name !== 'options')
  const parameters: Record<string, unknown> = {}
  const uploads: PendingUpload[] = []
  const problems: InputProblem[] = []
  for (const { name, value } of splitWords(words)) {
    const parameter = known.find(one => one.name === name)
    if (parameter === undefined) {
      const names = known.map(one => one.name)
      const meant = didYouMean(name, names)
      const rule = `there is no input of this name${meant === undefined ? '' : `; did you mean ${meant}?`}`
      problems.push({ input: name, rule, accepted: names })
      continue
    }
    const given = isFileParameter(parameter) ? await fileParameter(name, value, uploads) : value
    if (typeof given === 'object' && 'rule' in given) problems.push(given)
    if (parameter.max > 1) parameters[name] = [...((parameters[name] as unknown[] | undefined) ?? []), given]
    else if (name in parameters) problems.push({ input: name, rule: 'takes one value, and is given twice' })
    else parameters[name] = given
  }
  const told = new Set(problems.map(problem => problem.input))
  problems.push(...proxy.problems(operation, parameters).filter(problem => !told.has(memberOf(problem.input))))
  if (problems.length > 0)
    throw new GridwrapError('invalid-input', 'The inputs are wrong.', { detail: { problem: problems } })
  return { parameters, uploads }
}

/** `images` of `images[2].content`. */
const memberOf = (path: string): string => path.replace(/[[.].*$/, '')

/** FileIn of wsdl/job.xsd. */
type FileParameter =
  | { readonly text: string }
  | { readonly name: string; readonly content: Uint8Array }
  | { readonly name: string; readonly upload: true }

async function fileParameter(
  input: string,
  value: string,
  uploads: PendingUpload[],
): Promise<FileParameter | InputProblem> {
  const file = await fileWord(input, value)
  if ('rule' in file) return file
  if ('text' in file) return { text: file.text }
  const name = basename(file.path)
  if (file.size <= mostInlineBytes) return { name, content: await readFile(file.path) }
  uploads.push({ input, path: file.path, size: file.size })
  return { name, upload: true }
}

export const openUpload = (upload: PendingUpload): ReturnType<typeof createReadStream> =>
  createReadStream(upload.path, { highWaterMark: 1024 * 1024 })
