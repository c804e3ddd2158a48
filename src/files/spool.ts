import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatSize } from '../core/quantities.ts'
import { moveInto } from './confined.ts'
import { fileError } from './file-error.ts'

export interface SpoolOptions {
  /** The most bytes that are taken. */
  readonly limit: number
  /** What is being received, as its sender calls it; for messages. */
  readonly what: string
}

/** What was received, whole and on disk. */
export interface Received {
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * Bytes coming in, written under a random name in a spool directory until they are whole. Whoever opens one disposes of
 * it (`await using`): what was not committed by then is removed. A crash leaves files that {@link isSpooling} names.
 */
export class SpoolFile implements AsyncDisposable {
  readonly path: string
  readonly #handle: FileHandle
  readonly #options: SpoolOptions
  readonly #hash = createHash('sha256')
  #size = 0
  #state: 'open' | 'whole' | 'committed' | 'disposed' = 'open'

  private constructor(path: string, handle: FileHandle, options: SpoolOptions) {
    this.path = path
    this.#handle = handle
    this.#options = options
  }

  /** Opens a new spool file in an existing directory of the container's own. */
  static async open(directory: string, options: SpoolOptions): Promise<SpoolFile> {
    const path = join(directory, `${prefix}${newId()}`)
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants
    try {
      return new SpoolFile(path, await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640), options)
    } catch (error) {
      throw fileError(error, options.what)
    }
  }

  get size(): number {
    return this.#size
  }

  /**
   * Appends a chunk; one call at a time.
   * @throws GridwrapError `too-large` when the limit is passed, `busy` when the disk is full
   */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== 'open') throw new Error('Bytes came after the end of a spool file.')
    if (this.#size + chunk.length > this.#options.limit) {
      throw new GridwrapError(
        'too-large',
        `${this.#options.what} is larger than the ${formatSize(this.#options.limit)} that are taken.`,
      )
    }
    try {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, this.#size + done)
        done += bytesWritten
      }
    } catch (error) {
      throw fileError(error, this.#options.what)
    }
    this.#hash.update(chunk)
    this.#size += chunk.length
  }

  /** Writes all that comes and {@link finish}es. Holds one chunk in memory at a time. */
  async receive(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Received> {
    for await (const chunk of source) {
      signal?.throwIfAborted()
      await this.write(chunk)
    }
    signal?.throwIfAborted()
    return this.finish()
  }

  /** Declares the bytes whole, and puts them on disk. */
  async finish(): Promise<Received> {
    if (this.#state !== 'open') throw new Error('A spool file was finished twice.')
    try {
      await this.#handle.sync()
    } catch (error) {
      throw fileError(error, this.#options.what)
    }
    this.#state = 'whole'
    return { size: this.#size, sha256: this.#hash.digest('hex') }
  }

  /** Gives the file its place, in one step: `path` below `root`, a confined path on the same file system. */
  async commit(root: string, path: string): Promise<void> {
    if (this.#state !== 'whole') throw new Error('A spool file was committed before it was whole, or twice.')
    crashPoint('front.upload.before-rename')
    await moveInto(root, path, this.path)
    this.#state = 'committed'
    crashPoint('front.upload.after-rename')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'disposed') return
    const committed = this.#state === 'committed'
    this.#state = 'disposed'
    await this.#handle.close()
    if (!committed) await unlink(this.path).catch(unlessGone)
  }
}

const prefix = '.incoming-'

/** Whether a name in a spool directory is that of bytes that are not whole; left by a crash, when nobody writes it. */
export const isSpooling = (name: string): boolean => name.startsWith(prefix)

const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error
}
