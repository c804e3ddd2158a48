import { posix } from 'node:path'
import type { Action } from '../../authz/actions.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { GsiIdentity } from '../../core/identity.ts'
import { unlessNotFound } from '../../core/not-found.ts'
import type { InstanceTarget } from '../../dispatcher/call.ts'
import type { InstanceFiles } from '../../factory/instance-files.ts'
import * as confined from '../../files/confined.ts'
import { telling } from '../../files/file-error.ts'
import { instanceDirectory } from '../../files/instance-directory.ts'
import { UnfinishedFile } from '../../files/unfinished-file.ts'
import { writeAll } from '../../files/write-all.ts'
import type {
  IncomingFile,
  OutgoingFile,
  ServedEntry,
  ServedFiles,
  Storing,
} from '../../gridftp/server/served-files.ts'
import type { InstanceStore } from '../../store/instance-store.ts'
import { type InstanceRow, isTerminal } from '../../store/rows.ts'
import type { PromisedUploads } from '../promised-uploads.ts'
import { type PermitParts, permit } from '../stages/permit.ts'
import type { FoundTarget, TargetFinder } from '../target-finder.ts'

export interface InstanceTreeParts extends PermitParts {
  readonly instances: InstanceStore
  readonly instancesRoot: string
  readonly targets: TargetFinder
  readonly files: InstanceFiles
  readonly uploads: PromisedUploads
  /** Hints the keeper that something is there. */
  readonly changed: () => void
}

const pageSize = 100
const streams = ['stdout', 'stderr'] as const

/**
 * The instances that a caller may see, a directory each: what lies in its work directory, the streams of its program, and
 * the files that were sent to it. What it waits for can be written, once; by the same rules as over https.
 */
export class InstanceTree implements ServedFiles {
  readonly home = '/'
  readonly #identity: GsiIdentity
  readonly #parts: InstanceTreeParts

  constructor(identity: GsiIdentity, parts: InstanceTreeParts) {
    this.#identity = identity
    this.#parts = parts
  }

  async stat(path: string): Promise<ServedEntry> {
    const { id, name } = split(path)
    if (id === '') return { name: '/', kind: 'directory', size: 0, modified: 0, writable: false }
    const { row } = await this.#instance(id, 'instance.read')
    if (name === '') return entryOfInstance(row)
    if (isStream(name)) return await this.#stream(row, name)
    const { root, path: inside } = await this.#place(row, name)
    return { ...entryOf(await confined.stat(root, inside)), name: posix.basename(name) }
  }

  async *list(path: string): AsyncGenerator<ServedEntry, void, undefined> {
    const { id, name } = split(path)
    if (id === '') return yield* this.#instances()
    const { row } = await this.#instance(id, 'instance.read')
    const seen = new Set<string>()
    for await (const entry of confined.list(this.#work(row), name)) {
      if (name === '') seen.add(entry.name)
      yield entryOf(entry)
    }
    if (name !== '') return
    for (const stream of streams) {
      const entry = await this.#stream(row, stream).catch(unlessNotFound)
      if (entry !== undefined && !seen.has(stream)) yield entry
    }
    const uploads = await this.#parts.instances.uploads(row.id)
    for (const { name: sent, size, spool, received } of uploads)
      if (spool !== null && !isTerminal(row.state) && !seen.has(sent))
        yield {
          name: sent,
          kind: 'file',
          size: size ?? 0,
          modified: received ?? row.created,
          writable: takesFiles(row),
        }
  }

  async read(path: string): Promise<OutgoingFile> {
    const { id, name } = split(path)
    const { row } = await this.#instance(id, 'instance.read')
    const { handle, stat } = await this.#open(row, name)
    return {
      size: stat.size,
      modified: stat.mtimeMs,
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      [Symbol.asyncDispose]: () => handle.close(),
    }
  }

  async write(path: string, { how, size }: Storing): Promise<IncomingFile> {
    const { id, name } = split(path)
    const { row } = await this.#instance(id, 'instance.write')
    if (how === 'change')
      throw new GridwrapError('denied', 'A file of an instance is sent whole, not changed in its place.')
    const { uploads, changed } = this.#parts
    const limit = await uploads.room(row, name, size ?? 0)
    const spool = uploads.spoolOf(row)
    const { subject } = this.#identity
    const begun = how === 'resume' ? await UnfinishedFile.resume(spool, name, subject) : undefined
    const file = begun ?? (await UnfinishedFile.begin(spool, name, subject))
    return {
      size: (await file.handle.stat()).size,
      write: (chunks, position) => {
        const end = position + chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        if (end > limit)
          throw new GridwrapError('too-large', `${name} is larger than the ${limit} bytes that are taken.`)
        return telling(name, () => writeAll(file.handle, chunks, position))
      },
      commit: async end => {
        const whole = end ?? (await file.handle.stat()).size
        await file.handle.truncate(whole)
        await uploads.take(row, name, whole, place => file.moveTo(place))
        changed()
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  }

  makeDirectory(path: string): Promise<void> {
    return this.#refuse(path)
  }

  removeDirectory(path: string): Promise<void> {
    return this.#refuse(path)
  }

  removeFile(path: string): Promise<void> {
    return this.#refuse(path)
  }

  rename(from: string): Promise<void> {
    return this.#refuse(from)
  }

  setModified(path: string): Promise<void> {
    return this.#refuse(path)
  }

  async #refuse(path: string): Promise<never> {
    const { id } = split(path)
    if (id !== '') await this.#instance(id, 'instance.read')
    throw new GridwrapError('denied', 'Of an instance only the files that it waits for may be written.')
  }

  async *#instances(): AsyncGenerator<ServedEntry, void, undefined> {
    const { instances, targets, authorization } = this.#parts
    const viewer = { ...targets.viewer(this.#identity), administrator: false }
    const all = { viewer, application: undefined, states: [], label: undefined, since: undefined, most: pageSize }
    for (let cursor: { created: number; id: string } | undefined; ; ) {
      const rows = await instances.list({ ...all, cursor })
      for (const row of rows) {
        const found = await targets.instance(row.id, this.#identity).catch(unlessNotFound)
        if (found === undefined) continue
        const question = { identity: this.#identity, action: 'instance.read', service: found.service } as const
        const asked = { ...question, instance: found.instance, parameters: undefined, parametersFollow: false }
        if (authorization.decide(asked).effect === 'permit') yield entryOfInstance(row)
      }
      cursor = rows.at(-1)
      if (rows.length < pageSize) return
    }
  }

  async #instance(id: string, action: Action): Promise<InstanceTarget> {
    const found: FoundTarget<InstanceTarget> = await this.#parts.targets.instance(id, this.#identity)
    const { service, instance } = found
    permit({ identity: this.#identity, action, service, instance, operation: 'gridftp' }, this.#parts)
    return found.target
  }

  #work(row: InstanceRow): string {
    return instanceDirectory(this.#parts.instancesRoot, row.id).work
  }

  /** What was sent lies in the spool until it is laid out for the program. */
  async #place(row: InstanceRow, name: string): Promise<{ readonly root: string; readonly path: string }> {
    const work = { root: this.#work(row), path: name }
    if (isTerminal(row.state)) return work
    const sent = await this.#parts.uploads.find(row, name)
    if (sent?.spool == null || (await confined.stat(work.root, name).catch(unlessNotFound)) !== undefined) return work
    return { root: this.#parts.uploads.spoolOf(row), path: sent.spool }
  }

  async #open(row: InstanceRow, name: string): ReturnType<InstanceFiles['open']> {
    if (isStream(name)) return await this.#parts.files.open(row, name)
    const { root, path } = await this.#place(row, name)
    return await confined.openForReading(root, path)
  }

  async #stream(row: InstanceRow, name: string): Promise<ServedEntry> {
    const { handle, stat } = await this.#parts.files.open(row, name)
    await handle.close()
    return { name, kind: 'file', size: stat.size, modified: stat.mtimeMs, writable: false }
  }
}

/** `/ID/a/b` → ID and `a/b`. */
function split(path: string): { readonly id: string; readonly name: string } {
  const [, id = '', name = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  return { id, name }
}

const isStream = (name: string): boolean => (streams as readonly string[]).includes(name)
const takesFiles = ({ state }: InstanceRow): boolean => state === 'Unsubmitted' || state === 'StageIn'

const entryOfInstance = (row: InstanceRow): ServedEntry => ({
  ...{ name: row.id, kind: 'directory', size: 0, modified: row.created },
  writable: takesFiles(row),
})

const entryOf = ({ name, kind, size, modified }: confined.Entry): ServedEntry => ({
  ...{ name, kind, size, modified, writable: false },
})
