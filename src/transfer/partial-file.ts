import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import { writeAll } from '../files/write-all.ts'
import type { ByteSink } from '../gridftp/data/byte-ends.ts'
import { ByteRanges, readRanges, writeRanges } from '../gridftp/protocol/byte-ranges.ts'
import { telling } from './local-error.ts'
import { lockFile } from './lock-file.ts'

/** What a file is made from: bytes of an earlier attempt are good only when this is the same. */
export interface PartOf {
  readonly source: string
  readonly size: number | undefined
  readonly modified: number | undefined
  /** What tells this very content from any other, where the source says it. */
  readonly tag?: string | undefined
}

/** Bytes after which what was written is put on disk and noted, so that a crash costs no more than these. */
const noteEvery = 64 * 1_048_576

const ending = '.gridwrap-part'

/**
 * A file of this machine while it comes: written beside its place under another name, with a note of what is there, and
 * given its name in one step when it is whole. Who begins the same copy again goes on where the last one ended, also
 * after a crash. What is no regular file (a pipe, a device) is written as it is.
 */
export class PartialFile implements ByteSink, AsyncDisposable {
  readonly ranges: ByteRanges
  readonly #path: string
  readonly #part: string | undefined
  readonly #of: PartOf | undefined
  readonly #handle: FileHandle
  /** That of the file that is replaced, which it keeps. */
  readonly #mode: number | undefined
  readonly #lock: AsyncDisposable | undefined
  #unnoted = 0
  #forgotten = false
  #noting: Promise<void> = Promise.resolve()
  #state: 'open' | 'committed' | 'disposed' = 'open'

  private constructor(
    path: string,
    part: string | undefined,
    of: PartOf | undefined,
    handle: FileHandle,
    ranges: ByteRanges,
    mode?: number,
    lock?: AsyncDisposable,
  ) {
    this.#path = path
    this.#part = part
    this.#of = of
    this.#handle = handle
    this.ranges = ranges
    this.#mode = mode
    this.#lock = lock
  }

  /** Begins a file, or goes on with one. `of`: what it is made from; without it nothing is kept of a failed attempt. */
  static async open(path: string, of: PartOf | undefined): Promise<PartialFile> {
    const there = await stat(path).catch(() => undefined)
    if (there?.isDirectory() === true) throw new GridwrapError('denied', `${path} is a directory, not a file.`)
    if (there !== undefined && !there.isFile()) {
      const handle = await telling(path, () => open(path, constants.O_WRONLY))
      return new PartialFile(path, undefined, undefined, handle, new ByteRanges())
    }
    const part = partOf(path, of?.source)
    const lock = of === undefined ? undefined : await telling(path, () => lockFile(`${part}.lock`))
    // Somebody is at the very same copy: this one writes a file of its own.
    if (of !== undefined && lock === undefined) return PartialFile.open(path, undefined)
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants
    try {
      const ranges = of === undefined ? new ByteRanges() : await notedRanges(part, of)
      const handle = await telling(path, () => open(part, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666))
      if (ranges.size === 0) await handle.truncate(0)
      const mode = there === undefined ? undefined : there.mode & 0o7777
      return new PartialFile(path, part, of, handle, ranges, mode, lock)
    } catch (error) {
      await lock?.[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Whether a name is that of a file that is not whole, or of the note beside it. */
  static isPart(name: string): boolean {
    return /^\..*\.gridwrap-part(?:\.json~?|\.lock(?:\..*)?)?$/s.test(name)
  }

  /** Removes what a copy that was killed left of a file, now that the file is there by other means. */
  static async removeLeft(path: string, source: string): Promise<void> {
    const part = partOf(path, source)
    const left = await Promise.all(beside(part).map(name => lstat(name).catch(() => undefined)))
    if (left.every(one => one === undefined)) return
    await using lock = await lockFile(`${part}.lock`).catch(() => undefined)
    // Somebody is at this copy now, or one may not write here.
    if (lock === undefined) return
    await removeAll(beside(part).filter(name => !name.endsWith('.lock')))
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let at = position
    if (this.#part === undefined) {
      // A pipe has no positions: what comes, comes in order.
      for (const chunk of chunks) await telling(this.#path, () => writeAll(this.#handle, [chunk], null))
      return
    }
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    await telling(this.#path, () => writeAll(this.#handle, chunks, at))
    at += size
    this.ranges.add(position, at)
    this.#unnoted += size
    if (this.#unnoted < noteEvery) return
    this.#unnoted = 0
    // Beside the writing: what fails here fails again where it is waited for.
    this.#note().catch(() => undefined)
  }

  /** Whether all of a file of this size is there. */
  covers(size: number): boolean {
    return this.#part === undefined || this.ranges.covers(0, size)
  }

  /** Forgets what was written: it is not what it should be. Nothing can be written any more. */
  async forget(): Promise<void> {
    this.#forgotten = true
    if (this.#part !== undefined) await unlink(`${this.#part}.json`).catch(() => undefined)
  }

  /** Where its bytes are until it is committed. */
  get place(): string {
    return this.#part ?? this.#path
  }

  /** Whether it has a place of its own, in which it can be read again. */
  get isRegular(): boolean {
    return this.#part !== undefined
  }

  /** Declares the file whole: puts it on disk, and in its place. */
  async commit(modified?: number): Promise<void> {
    if (this.#part === undefined) return
    await this.#noting.catch(() => undefined)
    if (this.#mode !== undefined) await this.#handle.chmod(this.#mode).catch(() => undefined)
    if (modified !== undefined) await this.#handle.utimes(modified / 1000, modified / 1000)
    await telling(this.#path, () => this.#handle.sync())
    const part = this.#part
    // The note goes first: without its file it would tell of bytes that are not there.
    await removeAll([`${part}.json`, `${part}.json~`])
    crashPoint('copy.part.before-rename')
    await telling(this.#path, () => rename(part, this.#path))
    crashPoint('copy.part.after-rename')
    this.#state = 'committed'
    await using directory = await open(dirname(this.#path), constants.O_RDONLY)
    await directory.sync().catch(() => undefined)
  }

  /** Closes the file. What is not whole stays, with its note, when it is known what it is made from. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'disposed') return
    const committed = this.#state === 'committed'
    this.#state = 'disposed'
    try {
      if (!committed && this.#part !== undefined) {
        const isOfUse = this.#of !== undefined && this.ranges.size > 0 && !this.#forgotten
        if (isOfUse) await this.#note().catch(() => this.#discardUnnoted())
        else await unlink(this.#part).catch(() => undefined)
      }
    } finally {
      await this.#handle.close()
      await this.#lock?.[Symbol.asyncDispose]()
    }
  }

  /** What no note tells of is of no use, and takes room: that of notes may be what is missing. */
  async #discardUnnoted(): Promise<void> {
    if (this.#part === undefined) return
    await unlink(`${this.#part}.json~`).catch(() => undefined)
    const noted = await lstat(`${this.#part}.json`).catch(() => undefined)
    if (noted === undefined) await unlink(this.#part).catch(() => undefined)
  }

  /** Notes what is there, after it was put on disk: a note may say too little, never too much. */
  #note(): Promise<void> {
    const before = this.#noting.catch(() => undefined)
    this.#noting = before.then(async () => {
      if (this.#part === undefined || this.#of === undefined) return
      const ranges = writeRanges(this.ranges)
      await this.#handle.datasync()
      const note = `${this.#part}.json`
      await writeFile(`${note}~`, JSON.stringify({ ...this.#of, ranges }))
      await rename(`${note}~`, note)
      crashPoint('copy.part.after-note')
    })
    return this.#noting
  }
}

/** All that may be beside a file while it comes. */
const beside = (part: string): readonly string[] => [part, `${part}.json`, `${part}.json~`, `${part}.lock`]

async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(path => unlink(path).catch(() => undefined)))
}

function partOf(path: string, source: string | undefined): string {
  const id = createHash('sha256')
    .update(source ?? `${process.pid} ${performance.now()}`)
    .digest('hex')
    .slice(0, 8)
  // A name has at most 255 bytes.
  const name = Buffer.from(basename(path))
    .subarray(0, 200)
    .toString()
    .replace(/\ufffd+$/, '')
  return join(dirname(path), `.${name}.${id}${ending}`)
}

async function notedRanges(part: string, of: PartOf): Promise<ByteRanges> {
  const none = new ByteRanges()
  try {
    if (of.size === undefined || of.modified === undefined) return none
    const note = JSON.parse(await readFile(`${part}.json`, 'utf8')) as Partial<PartOf & { ranges: string }>
    const same =
      note.source === of.source && note.size === of.size && note.modified === of.modified && note.tag === of.tag
    if (!same || typeof note.ranges !== 'string' || note.ranges === '') return none
    const ranges = readRanges(note.ranges)
    const { size } = await lstat(part)
    return [...ranges].every(({ end }) => end <= size) ? ranges : none
  } catch {
    // There is none, or it cannot be read: the copy begins anew.
    return none
  }
}
