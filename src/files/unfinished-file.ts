import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import * as confined from './confined.ts'
import { at, entriesOf, itself, openRegular } from './directory-handle.ts'
import { notRegular, telling } from './file-error.ts'
import { nameProblem } from './path-names.ts'

const ending = '.gridftp-part'

/** Whether a name is that of a file that is not whole. It is not shown. */
export const isUnfinished = (name: string): boolean => name.startsWith('.') && name.endsWith(ending)

/** The directory of a file that comes, which stays open: what is done in it costs no way, and is done in this very one. */
interface Place {
  readonly folder: FileHandle
  /** For messages. */
  readonly target: string
  /** Under which this attempt writes it. */
  readonly name: string
  /** Under which it is left. */
  readonly left: string
}

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY } = constants

/**
 * A file that is written beside its place until it is whole, under a name that nobody else writes. When it is not
 * finished it gets a name by which the next attempt of the same person finds it (`owner`), and only one finds it.
 */
export class UnfinishedFile implements AsyncDisposable {
  readonly handle: FileHandle
  readonly #place: Place
  readonly #begun = wallClock()
  #state: 'open' | 'moved' | 'unwanted' = 'open'

  private constructor(handle: FileHandle, place: Place) {
    this.handle = handle
    this.#place = place
  }

  /** Begins one for what shall be at `target` below `root`. Throws GridwrapErrors. */
  static begin(root: string, target: string, owner: string): Promise<UnfinishedFile> {
    return inPlace(root, target, owner, async place => {
      const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
      return new UnfinishedFile(await open(at(place.folder, place.name), flags, 0o640), place)
    })
  }

  /** Goes on with what an earlier attempt left; undefined when none did. */
  static resume(root: string, target: string, owner: string): Promise<UnfinishedFile | undefined> {
    return inPlace(root, target, owner, async place => {
      if (!(await claim(place, place.left))) {
        // That of an attempt that was killed has still the name under which it was written.
        const found = await newest(place)
        if (found === undefined || !(await claim(place, found))) return undefined
      }
      const opened = await openRegular(at(place.folder, place.name), O_RDWR)
      if (opened === undefined) throw notRegular(target)
      return new UnfinishedFile(opened.handle, place)
    })
  }

  /**
   * Gives it its name, in the place of what has it, in one step; on disk when it returns unless `durable` is false.
   * `name`: one in the same directory.
   */
  async moveTo(name: string, { durable = true }: { readonly durable?: boolean } = {}): Promise<void> {
    const { folder, target, name: own } = this.#place
    await telling(target, async () => {
      if (nameProblem(name) !== undefined) throw notRegular(target)
      if (durable) await this.handle.sync()
      await rename(at(folder, own), at(folder, name))
      this.#state = 'moved'
      if (!durable) return
      await using readable = await open(itself(folder), O_RDONLY)
      await readable.sync()
    })
    await this.#removeLeft().catch(() => undefined)
  }

  /** There is nothing in it that anybody would go on with. */
  discard(): void {
    if (this.#state === 'open') this.#state = 'unwanted'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { folder, name, left } = this.#place
    try {
      const isOfUse = this.#state === 'open' && (await this.handle.stat()).size > 0
      await this.handle.close()
      if (this.#state === 'moved') return
      // Also gone: a later attempt took it over.
      const done = isOfUse ? rename(at(folder, name), at(folder, left)) : unlink(at(folder, name))
      await done.catch(unlessGone)
    } finally {
      await folder.close()
    }
  }

  /** What an earlier attempt left is of no more use; what another one left meanwhile may be. */
  async #removeLeft(): Promise<void> {
    const left = at(this.#place.folder, this.#place.left)
    if ((await lstat(left)).mtimeMs < this.#begun) await unlink(left)
  }
}

/** Opens the directory of a target, which the file that is made in it owns. Nothing but a file may be where it goes. */
async function inPlace<T extends UnfinishedFile | undefined>(
  root: string,
  target: string,
  owner: string,
  make: (place: Place) => Promise<T>,
): Promise<T> {
  const { folder, name: last } = await confined.holdParent(root, target)
  const hash = createHash('sha256').update(`${owner}\0${target}`).digest('hex').slice(0, 16)
  const place = { folder, target, name: `.${hash}.${newId()}${ending}`, left: `.${hash}${ending}` }
  let made: T | undefined
  try {
    made = await telling(target, async () => {
      const there = await lstat(at(folder, last)).catch(unlessGone)
      if (there !== undefined && !there.isFile())
        throw there.isDirectory()
          ? new GridwrapError('denied', `${target} is a directory, not a file.`)
          : notRegular(target)
      return await make(place)
    })
    return made
  } finally {
    if (made === undefined) await folder.close()
  }
}

/** Gives it a name of one's own. Of two who want it one gets it. */
async function claim({ folder, name }: Place, from: string): Promise<boolean> {
  try {
    await rename(at(folder, from), at(folder, name))
    return true
  } catch (error) {
    unlessGone(error as NodeJS.ErrnoException)
    return false
  }
}

async function newest({ folder, left }: Place): Promise<string | undefined> {
  const prefix = `${left.slice(0, -ending.length)}.`
  let best: { readonly name: string; readonly modified: number } | undefined
  for await (const { name: bytes } of entriesOf(folder)) {
    const name = bytes.toString()
    if (!name.startsWith(prefix) || !isUnfinished(name)) continue
    const modified = (await lstat(at(folder, name)).catch(unlessGone))?.mtimeMs
    if (modified !== undefined && (best === undefined || modified > best.modified)) best = { name, modified }
  }
  return best?.name
}

const unlessGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
