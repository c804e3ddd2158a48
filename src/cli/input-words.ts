import { constants, createReadStream } from 'node:fs'
import { access, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
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

/** What is behind a value: `@FILE` and `FILE` are files, `text:…` is the text itself, a URL is fetched by the container. */
export async function fileWord(
  name: string,
  value: string,
): Promise<
  { readonly text: string } | { readonly url: string } | { readonly path: string; readonly size: number } | InputProblem
> {
  if (/^(?:gsiftp|https|http|ftp):\/\//i.test(value)) return { url: value }
  if (value.startsWith('text:')) return { text: value.slice(5) }
  const path = value.startsWith('@') ? value.slice(1) : value
  try {
    const found = await stat(path)
    if (found.isFile()) {
      await access(path, constants.R_OK)
      return { path, size: found.size }
    }
    const rule = found.isDirectory()
      ? 'is a folder; give a file'
      : 'is no plain file; give one, or text:… for the text itself'
    return { input: name, value: path, rule }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const rule =
      code === 'EACCES' || code === 'EPERM'
        ? 'may not be read by you (permission denied)'
        : 'there is no such file; give a file, or text:… for the text itself'
    return { input: name, value: path, rule }
  }
}

/** A file that is to be PUT after the job was made. */
export interface PendingUpload {
  readonly input: string
  readonly path: string
  readonly size: number
}

/** An input that words may be given for. */
interface KnownInput {
  readonly name: string
  readonly isFile: boolean
  readonly isList: boolean
}

/** A folder stands for the files in it, by name; hidden ones and folders in it are passed over. */
export async function filesBehind(value: string): Promise<readonly string[]> {
  const entries = await readdir(value, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return [value]
  const files = entries.filter(one => one.isFile() && !one.name.startsWith('.')).map(one => join(value, one.name))
  return files.length === 0 ? [value] : files.toSorted()
}

/** Sorts words by the inputs that they are for: lists by repeating the name, files by what `file` makes of them. */
export async function sortWords(
  words: readonly string[],
  known: readonly KnownInput[],
  file: (input: string, value: string) => Promise<object>,
): Promise<{ readonly parameters: Record<string, unknown>; readonly problems: InputProblem[] }> {
  const parameters: Record<string, unknown> = {}
  const problems: InputProblem[] = []
  for (const { name, value } of splitWords(words)) {
    const input = known.find(one => one.name === name)
    if (input === undefined) {
      const names = known.map(one => one.name)
      const meant = didYouMean(name, names)
      const rule = `there is no input of this name${meant === undefined ? '' : `; did you mean ${meant}?`}`
      problems.push({ input: name, rule, accepted: names })
      continue
    }
    const values = input.isFile && input.isList ? await filesBehind(value) : [value]
    const all = input.isFile ? await Promise.all(values.map(one => file(name, one))) : values
    for (const one of all) if (typeof one === 'object' && 'rule' in one) problems.push(one as InputProblem)
    const [given] = all
    if (input.isList) parameters[name] = [...((parameters[name] as unknown[] | undefined) ?? []), ...all]
    else if (name in parameters) problems.push({ input: name, rule: 'takes one value, and is given twice' })
    else parameters[name] = given
  }
  return { parameters, problems }
}

/** What was found first, and of the rest what speaks of other inputs. */
export function joinProblems(first: readonly InputProblem[], more: readonly InputProblem[]): readonly InputProblem[] {
  const told = new Set(first.map(problem => memberOf(problem.input)))
  return [...first, ...more.filter(problem => !told.has(memberOf(problem.input)))]
}

/**
 * Turns words into the parameters of `run` or `submit`; large files are uploaded afterwards. Throws GridwrapError
 * `invalid-input` with all that is wrong by the contract; the service may have further rules.
 */
export async function remoteParameters(
  proxy: ServiceProxy,
  operation: string,
  words: readonly string[],
): Promise<{ readonly parameters: Record<string, unknown>; readonly uploads: readonly PendingUpload[] }> {
  const known = proxy
    .parameters(operation)
    .flatMap(one =>
      one.name === 'options' ? [] : [{ name: one.name, isFile: isFileParameter(one), isList: one.max > 1 }],
    )
  const uploads: PendingUpload[] = []
  const { parameters, problems } = await sortWords(words, known, (name, value) => fileParameter(name, value, uploads))
  const all = joinProblems(problems, proxy.problems(operation, parameters))
  if (all.length > 0) throw new GridwrapError('invalid-input', 'The inputs are wrong.', { detail: { problem: all } })
  return { parameters, uploads }
}

/** `images` of `images[2].content`. */
const memberOf = (path: string): string => path.replace(/[[.].*$/, '')

/** FileIn of wsdl/job.xsd. */
type FileParameter =
  | { readonly text: string }
  | { readonly url: string }
  | { readonly name: string; readonly content: Uint8Array }
  | { readonly name: string; readonly upload: true }

/** What a FileIn parameter is, of a word. What is too large for a message is added to `uploads`. */
export async function fileParameter(
  input: string,
  value: string,
  uploads: PendingUpload[],
): Promise<FileParameter | InputProblem> {
  const file = await fileWord(input, value)
  if ('rule' in file) return file
  if ('text' in file || 'url' in file) return file
  const name = basename(file.path)
  if (file.size <= mostInlineBytes) return { name, content: await readFile(file.path) }
  uploads.push({ input, path: file.path, size: file.size })
  return { name, upload: true }
}

export const openUpload = (upload: PendingUpload): ReturnType<typeof createReadStream> =>
  createReadStream(upload.path, { highWaterMark: 1024 * 1024 })
