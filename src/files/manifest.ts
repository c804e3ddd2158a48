import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { GridwrapError } from '../core/errors.ts'
import { sha256Of } from './checksum.ts'
import { openForReading } from './confined.ts'
import { atBytes, openRegular } from './directory-handle.ts'
import { type FilePattern, mostEntries, searchFor } from './file-search.ts'
import { mediaTypeOf } from './media-type.ts'
import { pathNames } from './path-names.ts'
import { walkFiles } from './walk-files.ts'

/** One result file. `name` is its path relative to the working directory, as callers name it. */
export interface ManifestFile {
  readonly name: string
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly mediaType: string
}

export interface Manifest {
  /** In the order of their names (by code unit), whatever order the disk has. */
  readonly files: readonly ManifestFile[]
  /** Whether there were more files than the most that are listed. */
  readonly truncated: boolean
}

/** An instance with more results should hand back a directory packed into one file. */
const mostFiles = 10_000
/** Files read at the same time: Node does so much of file work side by side. */
const mostAtOnce = 4

/**
 * The files in a working directory that a pattern stands for, with their checksums. Regular files only; links are not
 * followed. To be made when the program has ended: a file that still grows is listed as it was found.
 * @throws GridwrapError `denied` when a plain name or directory could leave the working directory
 */
export async function makeManifest(
  root: string,
  pattern: FilePattern,
  { most = mostFiles, signal }: { readonly most?: number; readonly signal?: AbortSignal } = {},
): Promise<Manifest> {
  if (pattern.kind === 'file') return manifestOfOne(root, pattern.name, signal)
  const { matches, enter } = searchFor(pattern)
  const files: ManifestFile[] = []
  const reading = new Set<Promise<void>>()
  let [entries, found] = [0, 0]
  for await (const { path, name, kind, directory } of walkFiles(root, { enter })) {
    signal?.throwIfAborted()
    if (++entries > mostEntries) return finished(files, reading, true)
    if (kind !== 'file' || !matches(path)) continue
    if (found >= most) return finished(files, reading, true)
    const opened = await openRegular(atBytes(directory, name)).catch(unlessGone)
    if (opened === undefined) continue
    found++
    const one = describe(opened, path, signal).then(file => {
      files.push(file)
      reading.delete(one)
    })
    reading.add(one)
    if (reading.size >= mostAtOnce) await Promise.race(reading)
  }
  return finished(files, reading, false)
}

async function manifestOfOne(root: string, name: string, signal: AbortSignal | undefined): Promise<Manifest> {
  try {
    return { files: [await describe(await openForReading(root, name), name, signal)], truncated: false }
  } catch (error) {
    // A link or a fifo is no result, and so is nothing; a name that climbs is a mistake of the description.
    if (error instanceof GridwrapError && pathNames(name).length > 0) return { files: [], truncated: false }
    throw error
  }
}

/**
 * Not more than the file had when it was opened: who still writes to it does not keep us here. It is on disk before
 * anybody is told its checksum. Closes the handle.
 */
async function describe(
  { handle, stat }: { readonly handle: FileHandle; readonly stat: Stats },
  name: string,
  signal: AbortSignal | undefined,
): Promise<ManifestFile> {
  await using file = handle
  if (stat.size > 0) await file.datasync()
  return { name, ...(await sha256Of(file, stat.size, signal)), mediaType: mediaTypeOf(name) }
}

/** Waits for the files that are still being read. */
async function finished(
  files: ManifestFile[],
  reading: ReadonlySet<Promise<void>>,
  truncated: boolean,
): Promise<Manifest> {
  await Promise.all(reading)
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), truncated }
}

/** Also unreadable: then it is no result that anybody could fetch. */
function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'EACCES') throw error
  return undefined
}
