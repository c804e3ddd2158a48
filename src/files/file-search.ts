import { lstat } from 'node:fs/promises'
import { matchesPath, mayHoldMatches } from '../core/name-pattern.ts'
import { atBytes } from './directory-handle.ts'
import { pathNames } from './path-names.ts'
import { walkFiles } from './walk-files.ts'

/** Which files are meant. The names are relative to the working directory. */
export type FilePattern =
  | { readonly kind: 'file'; readonly name: string }
  /** `*` and `?` in any part of the path; neither crosses a `/`. */
  | { readonly kind: 'files'; readonly pattern: string }
  /** All files below it. */
  | { readonly kind: 'directory'; readonly name: string }

export interface Search {
  readonly matches: (path: string) => boolean
  /** Whether there may be matches in a directory. */
  readonly enter: (path: string) => boolean
}

/** Entries looked at before a search is given up. */
export const mostEntries = 1_000_000

/** @throws GridwrapError `denied` when a plain name or directory could leave the working directory */
export function searchFor(pattern: FilePattern): Search {
  if (pattern.kind === 'files')
    return {
      matches: path => matchesPath(pattern.pattern, path),
      enter: path => mayHoldMatches(pattern.pattern, path),
    }
  const names = pathNames(pattern.name)
  const wanted = names.join('/')
  if (pattern.kind === 'file') return { matches: path => path === wanted, enter: path => wanted.startsWith(`${path}/`) }
  // Nothing for the root itself.
  const prefix = names.map(name => `${name}/`).join('')
  return {
    matches: path => path.startsWith(prefix),
    enter: path => `${path}/`.startsWith(prefix) || prefix.startsWith(`${path}/`),
  }
}

/** A file that was found; `modified` in milliseconds since the epoch. */
export interface FoundFile {
  readonly name: string
  readonly size: number
  readonly modified: number
}

/** The regular files that a pattern stands for, in no order; `truncated` when there are more than `most`. Links are not followed. */
export async function findFiles(
  root: string,
  pattern: FilePattern,
  most = 10_000,
): Promise<{ readonly files: readonly FoundFile[]; readonly truncated: boolean }> {
  const { matches, enter } = searchFor(pattern)
  const found: FoundFile[] = []
  let entries = 0
  for await (const { path, name, kind, directory } of walkFiles(root, { enter })) {
    if (++entries > mostEntries) return { files: found, truncated: true }
    if (kind !== 'file' || !matches(path)) continue
    if (found.length >= most) return { files: found, truncated: true }
    const stat = await lstat(atBytes(directory, name)).catch(() => undefined)
    if (stat?.isFile() === true) found.push({ name: path, size: stat.size, modified: stat.mtimeMs })
  }
  return { files: found, truncated: false }
}
