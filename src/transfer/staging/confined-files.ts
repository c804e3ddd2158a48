import type { FileHandle } from 'node:fs/promises'
import { type ChecksumName, runningChecksum } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { openForReading, stat } from '../../files/confined.ts'
import type { ByteSink } from '../../gridftp/data/byte-ends.ts'
import type { Endpoint, Entry, OpenFile, ReadOptions } from '../endpoint.ts'
import { pump } from '../pump.ts'

/**
 * The files below one directory, for reading: what a program left there is walked to without following a link, whatever
 * it does with its directory meanwhile. Paths are relative.
 */
export class ConfinedFiles implements Endpoint {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async stat(path: string): Promise<Entry> {
    const entry = await stat(this.#root, path)
    return { ...entry, size: entry.kind === 'file' ? entry.size : undefined }
  }

  // biome-ignore lint/correctness/useYield: single files are delivered, by name.
  async *list(): AsyncGenerator<Entry, void, undefined> {
    throw readOnly()
  }

  makeDirectories(): Promise<void> {
    return Promise.reject(readOnly())
  }

  removeFile(): Promise<void> {
    return Promise.reject(readOnly())
  }

  removeDirectory(): Promise<void> {
    return Promise.reject(readOnly())
  }

  setModified(): Promise<void> {
    return Promise.reject(readOnly())
  }

  write(): Promise<void> {
    return Promise.reject(readOnly())
  }

  async checksum(
    path: string,
    [name]: readonly ChecksumName[],
    signal?: AbortSignal,
  ): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined> {
    if (name === undefined) return undefined
    const { handle } = await openForReading(this.#root, path)
    await using _open = handle
    return { name, value: await checksumOf(handle, name, signal) }
  }

  async open(path: string): Promise<OpenFile> {
    const { handle, stat: found } = await openForReading(this.#root, path)
    return {
      size: found.size,
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      [Symbol.asyncDispose]: () => handle.close(),
    }
  }

  async read(path: string, sink: ByteSink, { have, signal, onBytes }: ReadOptions): Promise<void> {
    await using source = await this.open(path)
    await pump(source, sink, have.missing(0, source.size), { signal, onBytes })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is kept open.
  }
}

async function checksumOf(handle: FileHandle, name: ChecksumName, signal: AbortSignal | undefined): Promise<string> {
  const sum = runningChecksum(name)
  const buffer = Buffer.allocUnsafeSlow(1_048_576)
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return sum.digest()
    sum.update(buffer.subarray(0, bytesRead))
  }
}

const readOnly = (): GridwrapError => new GridwrapError('denied', 'These files are there to be read only.')
