import type { FileHandle } from 'node:fs/promises'
import { GridwrapError } from '../../core/errors.ts'
import * as confined from '../../files/confined.ts'
import { telling } from '../../files/file-error.ts'
import { isUnfinished, UnfinishedFile } from '../../files/unfinished-file.ts'
import { writeAll } from '../../files/write-all.ts'
import type {
  IncomingFile,
  OutgoingFile,
  ServedEntry,
  ServedFiles,
  Storing,
} from '../../gridftp/server/served-files.ts'

export interface ExportTerms {
  /** A directory of this machine. Nothing outside of it is reached, also not by links. */
  readonly root: string
  readonly writable: boolean
  /** Who it is shown to, so that two people do not write the same unfinished file. */
  readonly subject: string
}

/**
 * A directory of this machine, as a GridFTP server shows it. What was received is as safe as with other servers of files:
 * from the end of this process, not from that of the machine's power; waiting for the disk costs small files most of
 * their time.
 */
export class ExportedDirectory implements ServedFiles {
  readonly home = '/'
  readonly #terms: ExportTerms

  constructor(terms: ExportTerms) {
    this.#terms = terms
  }

  async stat(path: string): Promise<ServedEntry> {
    return this.#entry(await confined.stat(this.#terms.root, relative(path)))
  }

  async *list(path: string): AsyncGenerator<ServedEntry, void, undefined> {
    for await (const entry of confined.list(this.#terms.root, relative(path)))
      if (!isUnfinished(entry.name)) yield this.#entry(entry)
  }

  async read(path: string): Promise<OutgoingFile> {
    const { handle, stat } = await confined.openForReading(this.#terms.root, relative(path))
    return {
      size: stat.size,
      modified: stat.mtimeMs,
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      [Symbol.asyncDispose]: () => handle.close(),
    }
  }

  async write(path: string, { how }: Storing): Promise<IncomingFile> {
    this.#demandWritable(path)
    const { root, subject } = this.#terms
    const target = relative(path)
    if (how === 'change') return changing(path, await confined.openForChange(root, target, { create: true }))
    // Of a file that is there nobody knows whether it is the beginning of the one that comes: only what an attempt left is.
    const begun = how === 'resume' ? await UnfinishedFile.resume(root, target, subject) : undefined
    const file = begun ?? (await UnfinishedFile.begin(root, target, subject).catch(sayingDirectory(path)))
    const size = begun === undefined ? 0 : (await file.handle.stat()).size
    const name = target.slice(target.lastIndexOf('/') + 1)
    return {
      ...incoming(path, file.handle, size, () => file.moveTo(name, { durable: false }), file),
      write: (chunks, position) =>
        telling(path, () => writeAll(file.handle, chunks, position).catch(keepingNoFullDisk(file))),
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.#demandWritable(path)
    await confined.makeDirectory(this.#terms.root, relative(path))
  }

  async removeDirectory(path: string): Promise<void> {
    this.#demandWritable(path)
    if ((await this.stat(path)).kind !== 'directory') throw new GridwrapError('denied', `${path} is no directory.`)
    const { root } = this.#terms
    // What is not shown does not keep a directory from being empty.
    const parts: string[] = []
    for await (const { name } of confined.list(root, relative(path))) {
      if (!isUnfinished(name)) return await confined.remove(root, relative(path))
      parts.push(name)
    }
    for (const name of parts) await confined.remove(root, `${relative(path)}/${name}`)
    await confined.remove(root, relative(path))
  }

  async removeFile(path: string): Promise<void> {
    this.#demandWritable(path)
    if ((await this.stat(path)).kind === 'directory')
      throw new GridwrapError('denied', `${path} is a directory, not a file.`)
    await confined.remove(this.#terms.root, relative(path))
  }

  async rename(from: string, to: string): Promise<void> {
    this.#demandWritable(from)
    await confined.move(this.#terms.root, relative(from), relative(to))
  }

  async setModified(path: string, ms: number): Promise<void> {
    this.#demandWritable(path)
    await using handle = await confined.openForChange(this.#terms.root, relative(path))
    await handle.utimes(ms / 1000, ms / 1000)
  }

  #entry({ name, kind, size, modified }: confined.Entry): ServedEntry {
    return { name: name === '' ? '/' : name, kind, size, modified, writable: this.#terms.writable && kind !== 'other' }
  }

  #demandWritable(path: string): void {
    if (!this.#terms.writable) throw new GridwrapError('denied', `${path} is there to be read only.`)
  }
}

/** What is written into a file; `whole` says what makes it whole. */
const incoming = (
  path: string,
  handle: FileHandle,
  size: number,
  whole: () => Promise<void>,
  owner: AsyncDisposable,
): IncomingFile => ({
  size,
  write: (chunks, position) => telling(path, () => writeAll(handle, chunks, position)),
  commit: end =>
    telling(path, async () => {
      // What was left by an earlier attempt may have been longer.
      if (end !== undefined && end < size) await handle.truncate(end)
      await whole()
    }),
  [Symbol.asyncDispose]: () => owner[Symbol.asyncDispose](),
})

async function changing(path: string, handle: FileHandle): Promise<IncomingFile> {
  return incoming(path, handle, (await handle.stat()).size, async () => undefined, handle)
}

/** What fills the disk is not kept to be gone on with: nobody sees it, and nobody could make room. */
const keepingNoFullDisk =
  (file: UnfinishedFile) =>
  (error: NodeJS.ErrnoException): never => {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') file.discard()
    throw error
  }

/** What is wrong is said of the directory, and not of a name that nobody has heard of. */
const sayingDirectory =
  (path: string) =>
  (error: unknown): never => {
    if (error instanceof GridwrapError && error.code === 'not-found')
      throw new GridwrapError('not-found', `There is no directory ${path.replace(/\/[^/]*$/, '') || '/'}.`)
    throw error
  }

const relative = (path: string): string => path.replace(/^\/+/, '')
