import type { FileHandle } from 'node:fs/promises'
import { GridwrapError } from '../core/errors.ts'
import { openForReading } from '../files/confined.ts'

const chunkBytes = 64 * 1024

/**
 * Reads what was added to a growing file since the last look. Remembers only the offset. The file is the program's: what
 * is a link, a fifo or no file at all by now is not opened, and counts as not there.
 */
export class StreamTail {
  readonly #root: string
  readonly #name: string
  #offset = 0

  /** `name` is a path below `root`, as descriptions name files. */
  constructor(root: string, name: string) {
    this.#root = root
    this.#name = name
  }

  /** Hands on what is new, at most `most` bytes; true when there may be more. A file that is not there yet is empty. */
  async read(most: number, take: (bytes: Uint8Array) => void): Promise<boolean> {
    const opened = await this.#open()
    if (opened === undefined) return false
    await using handle = opened
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (let left = most; left > 0; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(chunkBytes, left), this.#offset)
      if (bytesRead === 0) return false
      this.#offset += bytesRead
      left -= bytesRead
      take(buffer.subarray(0, bytesRead))
    }
    return true
  }

  async #open(): Promise<FileHandle | undefined> {
    try {
      return (await openForReading(this.#root, this.#name)).handle
    } catch (error) {
      if (error instanceof GridwrapError) return undefined
      throw error
    }
  }
}
