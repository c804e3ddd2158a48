import { chmod, type FileHandle, mkdir, rename, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isId, newId } from '../core/ids.ts'
import { at, atBytes, entriesOf, itself, type Listed, openDirectory } from './directory-handle.ts'

/** The directories of one instance, absolute. Only `work` is ever shown to a caller or to the program. */
export interface InstanceDirectory {
  readonly path: string
  readonly work: string
  readonly control: string
  readonly spool: string
  /** Archives of its state; there is none before the first. */
  readonly checkpoints: string
}

/** Where an instance's directories lie: `BASE/ab/ab…/{work,control,spool}`; the first two letters keep lists short. */
export function instanceDirectory(base: string, id: string): InstanceDirectory {
  if (!isId(id)) throw new Error(`${JSON.stringify(id)} is no instance id.`)
  const path = join(base, id.slice(0, 2), id)
  return {
    path,
    work: join(path, 'work'),
    control: join(path, 'control'),
    spool: join(path, 'spool'),
    checkpoints: join(path, 'checkpoints'),
  }
}

/** The control directory of one attempt of an instance (counted from 1): each has its own. */
export const attemptControl = (directory: InstanceDirectory, attempt: number): string =>
  join(directory.control, String(attempt))

/** The path by which the owner of an instance reads one of its checkpoints. No output has a name that begins with a dot. */
export const checkpointPath = (number: number): string => `.checkpoints/${number}.tar`

/**
 * Where a file of an instance lies that its owner may read: in the work directory, or, what the program says on `stdout` and
 * `stderr`, beside the attempt that says it; and the archives of its state apart from both.
 */
export function ownersFile(
  directory: InstanceDirectory,
  attempt: number,
  path: string,
): { root: string; name: string } {
  const [, checkpoint] = /^\.checkpoints\/(\d{1,9}\.tar)$/.exec(path) ?? []
  if (checkpoint !== undefined) return { root: directory.checkpoints, name: checkpoint }
  const isStream = path === 'stdout' || path === 'stderr'
  return { root: isStream ? attemptControl(directory, attempt) : directory.work, name: path }
}

/** Makes the directories of an instance, as far as they are not there. */
export async function createInstanceDirectory(base: string, id: string): Promise<InstanceDirectory> {
  const directory = instanceDirectory(base, id)
  await mkdir(directory.path, { recursive: true, mode: 0o750 })
  await makeOne(directory.work, 0o750)
  await makeOne(directory.control, 0o700)
  await makeOne(directory.spool, 0o700)
  return directory
}

/** Removes all directories of an instance; nothing happens when they are gone already. May be called again after a crash. */
export const removeInstanceDirectory = (base: string, id: string): Promise<void> =>
  removeTree(instanceDirectory(base, id).path)

/** Removes a directory and all that is in it. */
export async function removeTree(path: string): Promise<void> {
  await emptyDirectory(path)
  await rmdir(path).catch(unlessGone)
}

/** More rounds than directories that a program could nest before it runs out of disk would never end. */
const mostRounds = 1_000_000

/**
 * Removes all that is in a directory and leaves the directory. Follows no link, whatever is put where meanwhile; takes
 * names of any bytes, directories that the program closed to us, and trees of any depth and width in constant memory:
 * each directory that is found inside another is moved up here first, so that no walk is ever deeper than two.
 */
export async function emptyDirectory(path: string): Promise<void> {
  let top: FileHandle
  try {
    top = await openDirectory(path)
  } catch (error) {
    return unlessGone(error as NodeJS.ErrnoException)
  }
  await using root = top
  await admitUs(root)
  const mover = new Mover(root)
  for (let round = 0; ; round++) {
    if (round > mostRounds) throw new Error('A directory fills faster than it can be emptied.')
    let left = 0
    for await (const entry of entriesOf(root)) {
      left++
      if (!(await removeLeaf(root, entry))) await emptyIntoTop(root, entry.name, mover)
    }
    if (left === 0) return
  }
}

/** Empties a directory of the top: files are removed, directories moved to the top, where a later round finds them. */
async function emptyIntoTop(root: FileHandle, name: Buffer, mover: Mover): Promise<void> {
  let directory: FileHandle
  try {
    directory = await openDirectory(atBytes(root, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return
    return unlessGone(error as NodeJS.ErrnoException)
  }
  await using parent = directory
  await admitUs(parent)
  for await (const inner of entriesOf(parent)) {
    if (!(await removeLeaf(parent, inner))) await mover.raise(parent, inner.name)
  }
  await rmdir(atBytes(root, name)).catch(unlessBusy)
}

/** Removes what is not a directory, or is an empty one; false when it is one with something in it. */
async function removeLeaf(parent: FileHandle, { name, kind }: Listed): Promise<boolean> {
  const path = atBytes(parent, name)
  try {
    await (kind === 'directory' ? rmdir(path) : unlink(path))
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return true
    // Something else than it was: the next round sees what.
    if (code === 'ENOTDIR' || code === 'EISDIR') return true
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

/** Gives directories found further down a name at the top that nothing has there. */
class Mover {
  readonly #root: FileHandle
  readonly #prefix = `.removing-${newId()}-`
  #count = 0

  constructor(root: FileHandle) {
    this.#root = root
  }

  async raise(parent: FileHandle, name: Buffer): Promise<void> {
    // A directory that moves gets another "..", for which its own permissions count (rename(2)).
    await using directory = await openDirectory(atBytes(parent, name))
    await admitUs(directory)
    await rename(atBytes(parent, name), at(this.#root, `${this.#prefix}${this.#count++}`))
  }
}

/** Makes a directory readable, writable and searchable for us: this very one, not what its name may mean by now. */
const admitUs = async (directory: FileHandle): Promise<void> => {
  const { mode } = await directory.stat()
  if ((mode & 0o700) !== 0o700) await chmod(itself(directory), 0o700)
}

async function makeOne(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error
}

const unlessBusy = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') unlessGone(error)
}
