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
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

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

/** Opens a regular file for reading and writing, as it is; with `create` made if it is not there. The caller closes the handle. */
export const openForChange = (
  root: string,
  path: string,
  { create = false, mode = 0o640 }: { readonly create?: boolean; readonly mode?: number } = {},
): Promise<FileHandle> =>
  inParent(root, path, async (directory, name) => {
    const there = at(directory, name)
    const opened = await openRegular(there, O_RDWR).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || !create) throw error
      return open(there, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode).then(handle => ({ handle }))
    })
    if (opened === undefined) throw notRegular(path)
    return opened.handle
  })

/** Gives something another name, which takes the place of a file that has it. Both in one step, and on disk when it returns. */
export const move = (root: string, from: string, to: string): Promise<void> =>
  inParent(root, from, (source, name) =>
    inParent(root, to, async (target, newName) => {
      await rename(at(source, name), at(target, newName))
      const [one, other] = await Promise.all([target.stat(), source.stat()])
      for (const directory of one.ino === other.ino ? [target] : [target, source]) {
        await using readable = await open(itself(directory), O_RDONLY)
        await readable.sync()
      }
    }),
  )

/** The directory that holds the last name of a path, open, with that name. The caller closes it. */
export const holdParent = (
  root: string,
  path: string,
): Promise<{ readonly folder: FileHandle; readonly name: string }> =>
  telling(path, async () => {
    const names = pathNames(path)
    const name = names.at(-1)
    if (name === undefined) throw notRegular('')
    return { folder: (await Walk.begin(root, names.slice(0, -1))).here, name }
  })

/** Makes one directory; the one above it must be there, and nothing of its name. */
export const makeDirectory = (root: string, path: string, mode = 0o750): Promise<void> =>
  inParent(root, path, (directory, name) => mkdir(at(directory, name), mode))

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
    const { folder, name } = await holdParent(root, path)
    try {
      return await work(folder, name)
    } finally {
      await folder.close()
    }
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
