import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, opendir, rename, rmdir, unlink } from 'node:fs/promises'
import { at, itself, openDirectory, openRegular } from './directory-handle.ts'
import { notRegular, telling } from './file-error.ts'
import { nameProblem, pathNames } from './path-names.ts'

/**
 * The only way to a path that a caller named, below a root that the container named. The path is walked name by name
 * from one open directory into the next, so that no link is followed, also not one that is put there meanwhile. Errors
 * are GridwrapErrors (`not-found`, `denied`, `busy`) that name the caller's path and never the root.
 */
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants

export interface Entry {
  readonly name: string
  /** `other`: a link, a fifo, a device, a socket; none of them is ever opened. */
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** Opens a regular file for reading. The caller closes the handle. */
export const openForReading = (
  root: string,
  path: string,
): Promise<{ readonly handle: FileHandle; readonly stat: Stats }> =>
  inParent(root, path, async (directory, name) => {
    const opened = await openRegular(at(directory, name))
    if (opened === undefined) throw notRegular(path)
    return opened
  })

/**
 * Opens a regular file for writing from its beginning, made if it is not there; with `exclusive` only then. The caller
 * closes the handle. A file that was there is emptied.
 */
export const createForWriting = (
  root: string,
  path: string,
  { exclusive = false, mode = 0o640 }: { readonly exclusive?: boolean; readonly mode?: number } = {},
): Promise<FileHandle> =>
  inParent(root, path, async (directory, name) => {
    // O_NONBLOCK: a fifo fails instead of waiting for its reader. Emptied only when it is known to be a regular file.
    const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | (exclusive ? O_EXCL : 0)
    const handle = await open(at(directory, name), flags, mode)
    try {
      if (!(await handle.stat()).isFile()) throw notRegular(path)
      await handle.truncate(0)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  })

/** Makes a directory and those above it, as far as they are not there. */
export const makeDirectories = (root: string, path: string, mode = 0o750): Promise<void> =>
  telling(path, async () => {
    await using walk = await Walk.begin(root)
    for (const name of pathNames(path)) {
      try {
        await walk.into(name)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        await mkdir(at(walk.here, name), mode).catch(unlessExists)
        await walk.into(name)
      }
    }
  })

/** The entries of a directory (the root for ''), one by one, in no order. Names that no caller could say are left out. */
export async function* list(root: string, path: string): AsyncGenerator<Entry, void, undefined> {
  const names = pathNames(path)
  await using walk = await telling(path, () => Walk.begin(root, names))
  const directory = await telling(path, () => opendir(itself(walk.here)))
  for await (const { name } of directory) {
    if (nameProblem(name) !== undefined) continue
    // Also gone: a name that is not UTF-8, which came to us with other characters in it.
    const stat = await lstat(at(walk.here, name)).catch(unlessGone)
    if (stat !== undefined) yield entryOf(name, stat)
  }
}

/** What lies at a path; the root for ''. */
export async function stat(root: string, path: string): Promise<Entry> {
  const names = pathNames(path)
  if (names.length > 0)
    return inParent(root, path, async (directory, name) => entryOf(name, await lstat(at(directory, name))))
  return telling(path, async () => {
    await using walk = await Walk.begin(root)
    return entryOf('', await walk.here.stat())
  })
}

/** Removes a file, or whatever else is there (never what a link points to), or an empty directory. */
export const remove = (root: string, path: string): Promise<void> =>
  inParent(root, path, async (directory, name) => {
    const isDirectory = (await lstat(at(directory, name))).isDirectory()
    await (isDirectory ? rmdir(at(directory, name)) : unlink(at(directory, name)))
  })

/**
 * Moves a file of the container's own, on the same file system, to a path: in one step, in place of what was there
 * (unless that is a directory), and on disk when it returns.
 */
export const moveInto = (root: string, path: string, source: string): Promise<void> =>
  inParent(root, path, async (directory, name) => {
    await rename(source, at(directory, name))
    await using readable = await open(itself(directory), O_RDONLY)
    await readable.sync()
  })

/** Runs a piece of work with the open directory that holds the last name of a path. */
const inParent = <T>(
  root: string,
  path: string,
  work: (directory: FileHandle, name: string) => Promise<T>,
): Promise<T> =>
  telling(path, async () => {
    const names = pathNames(path)
    const last = names.at(-1)
    if (last === undefined) throw notRegular('')
    await using walk = await Walk.begin(root, names.slice(0, -1))
    return await work(walk.here, last)
  })

/** One open directory, which steps down name by name. */
class Walk implements AsyncDisposable {
  #here: FileHandle

  private constructor(here: FileHandle) {
    this.#here = here
  }

  static async begin(root: string, names: readonly string[] = []): Promise<Walk> {
    const walk = new Walk(await openDirectory(root))
    try {
      for (const name of names) await walk.into(name)
      return walk
    } catch (error) {
      await walk[Symbol.asyncDispose]()
      throw error
    }
  }

  get here(): FileHandle {
    return this.#here
  }

  async into(name: string): Promise<void> {
    const next = await openDirectory(at(this.#here, name))
    const before = this.#here
    this.#here = next
    await before.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#here.close()
  }
}

const entryOf = (name: string, stat: Stats): Entry => ({
  name,
  kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
  size: stat.size,
  modified: stat.mtimeMs,
})

const unlessExists = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

const unlessGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
