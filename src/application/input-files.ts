import type { InputProblem } from '../core/errors.ts'
import { matchesPath } from '../core/name-pattern.ts'
import { givenValue, isGiven } from './conditions.ts'
import { baseName, isSafeFileName } from './file-names.ts'
import type { Application, FileSource, FileValue, Input, Value, Values } from './model.ts'
import { shortened } from './names.ts'

/** A file of the caller and the name it gets in the work directory. */
export interface InputFile {
  readonly name: string
  readonly input: string
  /** Which element of a list; 0 of a single file. */
  readonly index: number
  readonly source: FileSource
}

/**
 * Gives every file of the caller its name: ours (`a.fasta`, `images-0001.fits`), the fixed one of the description, or
 * the caller's own where the description keeps it. No two are alike, and none is that of an output or a shipped file.
 */
export function placeInputFiles(
  application: Application,
  values: Values,
): { readonly files: readonly InputFile[]; readonly problems: InputProblem[] } {
  const problems: InputProblem[] = []
  const files: InputFile[] = []
  const taken = takenNames(application)
  const sources = [...application.outputs.map(output => output.source), ...(application.checkpoint?.state ?? [])]
  const patterns = sources.flatMap(source => (source.kind === 'files' ? [source.pattern] : []))
  const isTaken = (name: string): boolean => taken.has(name) || patterns.some(pattern => matchesPath(pattern, name))
  // Names that callers choose come first, so that ours keep out of their way.
  const keepsName = (input: Input): boolean => input.fileName?.startsWith('*') === true
  for (const input of application.inputs.toSorted((a, b) => Number(keepsName(b)) - Number(keepsName(a)))) {
    const given = givenValue(values, input.name)
    if (input.type !== 'file' || input.isCheckpoint === true || !isGiven(given)) continue
    const list = asList(given).filter(isFile)
    const folder = input.isDirectory === true ? `${folderFor(input, isTaken)}/` : ''
    for (const [index, value] of list.entries()) {
      const own = keepsName(input) && value.name !== undefined ? baseName(value.name) : undefined
      const kept = own === undefined ? undefined : `${folder}${own}`
      if (kept !== undefined && isTaken(kept)) {
        const rule = files.some(file => file.name === kept)
          ? 'two files of the same name were given; rename one'
          : 'the name is that of a file the program reads or writes; rename the file'
        problems.push({ input: input.name, value: shortened(kept), rule })
      }
      const name = kept ?? `${folder}${ourName(input, value, index, one => isTaken(`${folder}${one}`))}`
      taken.add(name)
      if (folder !== '') taken.add(folder.slice(0, -1))
      files.push({ name, input: input.name, index, source: value.file })
    }
  }
  return { files, problems }
}

/** The names in the work directory that belong to the program: outputs, state and shipped files (their first component). */
function takenNames(application: Application): Set<string> {
  const names = application.files.map(file => file.name)
  const { checkpoint } = application
  for (const source of [...application.outputs.map(output => output.source), ...(checkpoint?.state ?? [])]) {
    if (source.kind === 'file' || source.kind === 'directory') names.push(source.name)
  }
  if (checkpoint?.how.by === 'file') names.push(checkpoint.how.name)
  for (const input of application.inputs) {
    if (input.fileName !== undefined && !input.fileName.startsWith('*')) names.push(input.fileName)
  }
  return new Set(names.flatMap(name => [name, name.split('/')[0] ?? name]))
}

function ourName(input: Input, value: FileValue, index: number, isTaken: (name: string) => boolean): string {
  const { fileName } = input
  if (fileName !== undefined && !fileName.startsWith('*')) return fileName
  const stem = input.many === undefined ? input.name : `${input.name}-${String(index + 1).padStart(4, '0')}`
  const extension = fileName?.slice(1) ?? extensionOf(input, value)
  const candidates = [`${stem}${extension}`, ...(fileName === undefined ? [stem] : [])]
  const free = candidates.find(name => !isTaken(name))
  if (free !== undefined) return free
  for (let n = 1; ; n++) {
    const name = `${stem}-in${n}${extension}`
    if (!isTaken(name) || n > 1000) return name
  }
}

function folderFor(input: Input, isTaken: (name: string) => boolean): string {
  for (let n = 0; ; n++) {
    const name = n === 0 ? input.name : `${input.name}-in${n}`
    if (!isTaken(name) || n > 1000) return name
  }
}

/** The format when it is a plain word, else the extension of the caller's name when it is one. */
function extensionOf(input: Input, value: FileValue): string {
  if (input.format !== undefined && /^[A-Za-z0-9]{1,10}$/.test(input.format)) return `.${input.format}`
  const base = value.name === undefined ? '' : baseName(value.name)
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(base)?.[0] ?? ''
  return isSafeFileName(`x${extension}`) ? extension : ''
}

export const asList = (value: Value | readonly Value[] | undefined): readonly Value[] =>
  value === undefined ? [] : isValueList(value) ? value : [value]

const isValueList = (value: Value | readonly Value[]): value is readonly Value[] => Array.isArray(value)
export const isFile = (value: Value): value is FileValue => typeof value === 'object'
