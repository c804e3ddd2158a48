import { type FilePattern, type FoundFile, findFiles } from './file-search.ts'
import { isSafeState } from './state-name.ts'

/** What a program has saved, as it lies in its work directory. */
export interface SavedState {
  /** What `{checkpoint}` stands for: a file, or a directory. */
  readonly name: string
  readonly files: readonly FoundFile[]
  /** Whether there are more files than are taken. */
  readonly truncated: boolean
}

/** What a run could go on from; undefined when nothing was saved. The first of `states` decides. */
export async function findState(work: string, states: readonly FilePattern[]): Promise<SavedState | undefined> {
  const [first, ...others] = states
  if (first === undefined) return undefined
  const found = await findFiles(work, first)
  const isDirectory = first.kind === 'directory'
  const newest = isDirectory
    ? undefined
    : newestComplete(found.files.filter(({ name, size }) => size > 0 && isSafeState(name)))
  const files = isDirectory ? found.files : newest === undefined ? [] : [newest]
  if (files.length === 0) return undefined
  const rest = await Promise.all(others.map(one => findFiles(work, one)))
  const all = new Map([...files, ...rest.flatMap(one => one.files)].map(file => [file.name, file]))
  return {
    name: newest?.name ?? (isDirectory ? first.name : ''),
    files: [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    truncated: [found, ...rest].some(one => one.truncated),
  }
}

/**
 * Of several states the newest, unless it is smaller than the one before it: a program that is killed while it writes
 * leaves half a file. Pure.
 */
export function newestComplete(files: readonly FoundFile[]): FoundFile | undefined {
  const [newest, before] = files.toSorted((a, b) => b.modified - a.modified || byNumber(b.name, a.name))
  return newest !== undefined && before !== undefined && newest.size < before.size ? before : newest
}

/** Two states that were written in one tick of the file system's clock: `state.1000` comes after `state.500`. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** Whether nothing was written between two looks. */
export const sameState = (a: SavedState | undefined, b: SavedState | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b)
