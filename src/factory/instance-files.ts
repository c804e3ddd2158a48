import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { GridwrapError } from '../core/errors.ts'
import { openForReading } from '../files/confined.ts'
import { instanceDirectory, ownersFile } from '../files/instance-directory.ts'
import type { InstanceRow } from '../store/rows.ts'

/** A file that was found and opened; whoever got it closes the handle. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly stat: Stats
}

/** A part of a file: where the next part begins, and whether the file will grow no more and was read to its end. */
export interface FilePart {
  readonly content: Uint8Array
  readonly next: number
  readonly end: boolean
}

const mostPart = 16 * 1024 * 1024

/**
 * The files of an instance as its owner sees them: what lies in the work directory, and the streams `stdout` and
 * `stderr` of its last attempt under these names.
 */
export class InstanceFiles {
  readonly #root: string

  constructor(instancesRoot: string) {
    this.#root = instancesRoot
  }

  /** The directory in which the program of an instance works. */
  workOf(row: InstanceRow): string {
    return instanceDirectory(this.#root, row.id).work
  }

  /** Opens a file by the path that the caller named; not-found when there is none that may be read. */
  async open(row: InstanceRow, path: string): Promise<OpenFile> {
    const { root, name } = this.#locate(row, path)
    return openForReading(root, name)
  }

  /** The bytes of a file known to be small. Undefined when it is gone or is not that size any more. */
  async readWhole(row: InstanceRow, path: string, size: number): Promise<Uint8Array | undefined> {
    try {
      await using handle = (await this.open(row, path)).handle
      const buffer = Buffer.alloc(size)
      const { bytesRead } = await handle.read(buffer, 0, size, 0)
      return bytesRead === size ? buffer : undefined
    } catch (error) {
      if (error instanceof GridwrapError) return undefined
      throw error
    }
  }

  /** Part of a file that may still grow. A stream of a program that has not started yet is empty. */
  async readPart(row: InstanceRow, path: string, offset: number, maxBytes: number, final: boolean): Promise<FilePart> {
    let file: OpenFile
    try {
      file = await this.open(row, path)
    } catch (error) {
      if (!final && error instanceof GridwrapError && error.code === 'not-found')
        return { content: new Uint8Array(), next: offset, end: false }
      throw error
    }
    await using handle = file.handle
    const buffer = Buffer.alloc(Math.max(0, Math.min(maxBytes, mostPart, file.stat.size - offset)))
    const { bytesRead } = buffer.length === 0 ? { bytesRead: 0 } : await handle.read(buffer, 0, buffer.length, offset)
    const next = offset + bytesRead
    return { content: buffer.subarray(0, bytesRead), next, end: final && next >= file.stat.size }
  }

  /** The last bytes of a stream, as text; undefined when there are none. */
  async tail(row: InstanceRow, stream: 'stdout' | 'stderr', bytes: number): Promise<string | undefined> {
    try {
      const { handle, stat } = await this.open(row, stream)
      await handle.close()
      const part = await this.readPart(row, stream, Math.max(0, stat.size - bytes), bytes, true)
      return part.content.length === 0 ? undefined : Buffer.from(part.content).toString('utf8')
    } catch {
      return undefined
    }
  }

  #locate(row: InstanceRow, path: string): { root: string; name: string } {
    return ownersFile(instanceDirectory(this.#root, row.id), row.attempts, path)
  }
}
