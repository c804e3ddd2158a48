import { constants } from 'node:fs'
import { lstat, mkdir, open, opendir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type ChecksumName, runningChecksum } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { writeAll } from '../../files/write-all.ts'
import type { ByteSink, ByteSource } from '../../gridftp/data/byte-ends.ts'
import type { ByteSpan } from '../../gridftp/protocol/byte-ranges.ts'
import type { Endpoint, Entry, OpenFile, ReadOptions, WriteOptions } from '../endpoint.ts'
import { telling } from '../local-error.ts'
import { PartialFile } from '../partial-file.ts'
import { pump } from '../pump.ts'

const chunkBytes = 1_048_576

/**
 * Files of this machine, with the rights of whoever runs this. A link that is named is followed, and one to a file in a
 * directory, too; one to a directory is not, because it may lead in a circle.
 */
export class LocalFiles implements Endpoint {
  async stat(path: string): Promise<Entry> {
    return telling(path, async () => {
      const found = await stat(path)
      const isLink = !path.endsWith('/') && (await lstat(path)).isSymbolicLink()
      return {
        ...(isLink ? { isLink } : {}),
        name: basename(path),
        kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other',
        size: found.isFile() ? found.size : undefined,
        modified: found.mtimeMs,
      }
    })
  }

  async *list(path: string): AsyncGenerator<Entry, void, undefined> {
    const directory = await telling(path, () =>
      opendir(path, { bufferSize: 256, encoding: 'buffer' as unknown as BufferEncoding }),
    )
    for await (const { name: raw } of directory as AsyncIterable<{ readonly name: unknown }>) {
      const bytes = raw as Buffer
      const name = bytes.toString()
      if (PartialFile.isPart(name)) continue
      const inside = join(path, name)
      const problem = Buffer.from(name).equals(bytes)
        ? await lstat(inside).then(unproblematic, whyNot)
        : 'its name is not UTF-8'
      if (problem === 'gone') continue
      if (problem !== undefined) {
        yield { name, kind: 'other', size: undefined, modified: undefined, problem }
        continue
      }
      const isLink = (await lstat(inside)).isSymbolicLink()
      const entry = await this.stat(inside).catch((error: unknown) => {
        // A link that leads nowhere is there, and no file.
        if (error instanceof GridwrapError && error.code === 'not-found') return undefined
        throw error
      })
      if (entry === undefined || (isLink && entry.kind === 'directory'))
        yield { name, kind: 'other', size: undefined, modified: entry?.modified }
      else yield entry
    }
  }

  async makeDirectories(path: string): Promise<void> {
    await telling(path, () => mkdir(path, { recursive: true }))
  }

  async rename(from: string, to: string): Promise<void> {
    await telling(from, () => rename(from, to))
  }

  removeFile(path: string): Promise<void> {
    return telling(path, () => unlink(path))
  }

  removeDirectory(path: string): Promise<void> {
    return telling(path, () => rmdir(path))
  }

  setModified(path: string, ms: number): Promise<void> {
    return telling(path, () => utimes(path, ms / 1000, ms / 1000))
  }

  async checksum(
    path: string,
    [name]: readonly ChecksumName[],
    signal?: AbortSignal,
  ): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined> {
    if (name === undefined) return undefined
    await using handle = await telling(path, () => open(path, constants.O_RDONLY))
    const sum = runningChecksum(name)
    const buffer = Buffer.allocUnsafeSlow(chunkBytes)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return { name, value: sum.digest() }
      sum.update(buffer.subarray(0, bytesRead))
    }
  }

  open(path: string): Promise<OpenFile> {
    return openSource(path)
  }

  async read(path: string, sink: ByteSink, { have, signal, onBytes }: ReadOptions): Promise<void> {
    await using source = await openSource(path)
    await pump(source, sink, have.missing(0, source.size), { signal, onBytes })
  }

  async readSpan(path: string, span: ByteSpan, sink: ByteSink, signal?: AbortSignal): Promise<void> {
    await using source = await openSource(path)
    await pump(source, sink, [{ start: span.start, end: Math.min(span.end, source.size) }], {
      signal,
      onBytes: () => undefined,
    })
  }

  async writeSpan(path: string, bytes: Uint8Array, position: number): Promise<void> {
    await using handle = await telling(path, () => open(path, constants.O_WRONLY | constants.O_CREAT, 0o666))
    await telling(path, () => writeAll(handle, [bytes], position))
  }

  async write(path: string, source: ByteSource, { signal, onBytes }: WriteOptions): Promise<void> {
    await using file = await PartialFile.open(path, undefined)
    await pump(source, file, [{ start: 0, end: source.size ?? Number.MAX_SAFE_INTEGER }], { signal, onBytes })
    await file.commit()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is kept open.
  }
}

const unproblematic = (): undefined => undefined

/** Why something that is listed cannot be looked at: its directory may be read, and not entered. */
const whyNot = ({ code }: NodeJS.ErrnoException): string =>
  code === 'ENOENT'
    ? 'gone'
    : code === 'EACCES'
      ? 'its directory may not be entered'
      : `it cannot be looked at (${code})`

/** A file of this machine to read from. */
async function openSource(path: string): Promise<OpenFile> {
  const handle = await telling(path, () => open(path, constants.O_RDONLY))
  const found = await handle.stat()
  if (!found.isFile()) {
    await handle.close()
    throw new GridwrapError('denied', `${path} is ${found.isDirectory() ? 'a directory' : 'no regular file'}.`, {
      ...(found.isDirectory() ? { hint: 'Copy a directory with -r.' } : {}),
    })
  }
  return {
    size: found.size,
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
