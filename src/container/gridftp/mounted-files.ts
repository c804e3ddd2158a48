import { GridwrapError } from '../../core/errors.ts'
import { unlessNotFound } from '../../core/not-found.ts'
import type {
  IncomingFile,
  OutgoingFile,
  ServedEntry,
  ServedFiles,
  Storing,
} from '../../gridftp/server/served-files.ts'

/** Several trees of files under one root, a name each. */
export class MountedFiles implements ServedFiles {
  readonly home = '/'
  readonly #mounts: ReadonlyMap<string, ServedFiles>

  constructor(mounts: ReadonlyMap<string, ServedFiles>) {
    this.#mounts = mounts
  }

  async stat(path: string): Promise<ServedEntry> {
    if (path === '/') return { name: '/', kind: 'directory', size: 0, modified: 0, writable: false }
    const { files, inside, name } = this.#at(path)
    const entry = await files.stat(inside)
    return inside === '/' ? { ...entry, name } : entry
  }

  async *list(path: string): AsyncGenerator<ServedEntry, void, undefined> {
    if (path !== '/') {
      const { files, inside } = this.#at(path)
      return yield* files.list(inside)
    }
    for (const [name, files] of this.#mounts) {
      // One whose folder is gone does not hide the others.
      const entry = await files.stat('/').catch(unlessNotFound)
      if (entry !== undefined) yield { ...entry, name }
    }
  }

  read(path: string): Promise<OutgoingFile> {
    return this.#in(path, (files, inside) => files.read(inside))
  }

  write(path: string, storing: Storing): Promise<IncomingFile> {
    return this.#in(path, (files, inside) => files.write(inside, storing))
  }

  makeDirectory(path: string): Promise<void> {
    return this.#in(path, (files, inside) => files.makeDirectory(inside))
  }

  removeDirectory(path: string): Promise<void> {
    return this.#in(path, (files, inside) => files.removeDirectory(inside))
  }

  removeFile(path: string): Promise<void> {
    return this.#in(path, (files, inside) => files.removeFile(inside))
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.#at(from), this.#at(to)]
    if (source.name !== target.name)
      throw new GridwrapError('denied', `${from} and ${to} lie in different trees: copy it instead.`)
    await source.files.rename(source.inside, target.inside)
  }

  setModified(path: string, ms: number): Promise<void> {
    return this.#in(path, (files, inside) => files.setModified(inside, ms))
  }

  async #in<T>(path: string, work: (files: ServedFiles, inside: string) => Promise<T>): Promise<T> {
    const { files, inside } = this.#at(path)
    if (inside === '/') throw new GridwrapError('denied', `${path} is a directory that cannot be changed.`)
    return await work(files, inside)
  }

  #at(path: string): { readonly files: ServedFiles; readonly inside: string; readonly name: string } {
    const [, name = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? []
    const files = this.#mounts.get(name)
    if (files === undefined)
      throw new GridwrapError('not-found', `There is no file ${JSON.stringify(path.slice(0, 120))}.`)
    return { files, inside: rest === '' ? '/' : rest, name }
  }
}
