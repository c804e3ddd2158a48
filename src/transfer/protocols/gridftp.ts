// Longer than most: the adapter of one protocol, a method an operation.
import type { ChecksumName } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import * as files from '../../gridftp/client/files.ts'
import { FtpSession } from '../../gridftp/client/ftp-session.ts'
import { listDirectory, listNames } from '../../gridftp/client/list-directory.ts'
import { retrieveMany, storeMany } from '../../gridftp/client/many-files.ts'
import { RestartRefused } from '../../gridftp/client/reply-fault.ts'
import { retrieve } from '../../gridftp/client/retrieve.ts'
import { store } from '../../gridftp/client/store.ts'
import { thirdParty } from '../../gridftp/client/third-party.ts'
import type { ByteSink, ByteSource } from '../../gridftp/data/byte-ends.ts'
import { memorySource } from '../../gridftp/data/memory.ts'
import { ByteRanges, type ByteSpan } from '../../gridftp/protocol/byte-ranges.ts'
import type { Access } from '../access.ts'
import type { Endpoint, Entry, ManyOptions, ReadOptions, WriteOptions } from '../endpoint.ts'
import type { Location } from '../location.ts'
import { entryOf, nameOf } from './listed-entry.ts'
import { sessionTerms } from './session-terms.ts'

/** What a server may have written out of order, or not at all, behind the size that it tells of an unfinished file. */
const doubtful = 16 * 1_048_576

/** Sessions that are kept for the next operation. */
const mostIdle = 16

/** A GridFTP or FTP server. Sessions are kept, and used by one operation at a time. */
export class GridFtpEndpoint implements Endpoint {
  readonly #location: Location
  readonly #access: Access
  readonly #idle: FtpSession[] = []
  #closed = false

  constructor(location: Location, access: Access) {
    this.#location = location
    this.#access = access
  }

  async stat(path: string, signal?: AbortSignal): Promise<Entry> {
    return this.#with(signal, async session => {
      if ((await session.features()).has('MLST')) {
        // What is named is meant, also when it is a link.
        const { kind, size, modified, link } = await files.describe(session, path)
        const isFollowed = link === undefined || path.endsWith('/')
        return { name: nameOf(path), kind, size, modified, ...(isFollowed ? {} : { isLink: true }) }
      }
      return { name: nameOf(path), ...(await files.guess(session, path)) }
    })
  }

  async *list(path: string, signal?: AbortSignal): AsyncGenerator<Entry, void, undefined> {
    const entries: Entry[] = []
    await this.#with(signal, session =>
      listDirectory(session, path, entry => void entries.push(entryOf(entry, entry.name)), {
        ...this.#data(),
        ...signalOf(signal),
      }),
    )
    yield* entries
  }

  names(path: string, signal?: AbortSignal): Promise<readonly string[]> {
    return this.#with(signal, session => listNames(session, path, { ...this.#data(), ...signalOf(signal) }))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#with(undefined, session => files.rename(session, from, to))
  }

  readMany(
    list: readonly { readonly path: string; readonly sink: ByteSink }[],
    { signal, onEnd }: ManyOptions,
  ): Promise<void> {
    const { streams } = this.#terms('E')
    return this.#with(signal, session => retrieveMany(session, list, { streams, onEnd, ...signalOf(signal) }))
  }

  writeMany(
    list: readonly { readonly path: string; readonly source: ByteSource & { readonly size: number } }[],
    { signal, onEnd }: ManyOptions,
  ): Promise<readonly (number | undefined)[]> {
    const { streams } = this.#terms('E')
    return this.#with(signal, async session => {
      await storeMany(session, list, { streams, onEnd, ...signalOf(signal) })
      // All at once: what is asked ahead costs one round trip.
      return await Promise.all(list.map(({ path }) => files.sizeOf(session, path).catch(() => undefined)))
    })
  }

  makeDirectories(path: string): Promise<void> {
    return this.#with(undefined, session => files.makeDirectories(session, path))
  }

  removeFile(path: string): Promise<void> {
    return this.#with(undefined, session => files.removeFile(session, path))
  }

  removeDirectory(path: string): Promise<void> {
    return this.#with(undefined, session => files.removeDirectory(session, path))
  }

  async setModified(path: string, ms: number): Promise<void> {
    await this.#with(undefined, async session => {
      if ((await session.features()).has('MFMT')) await files.setModified(session, path, ms)
    })
  }

  checksum(
    path: string,
    names: readonly ChecksumName[],
    signal?: AbortSignal,
  ): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined> {
    return this.#with(signal, async session => {
      const offered = await files.checksumsAt(session)
      const name = names.find(one => offered.includes(one))
      return name === undefined ? undefined : { name, value: await files.checksumAt(session, path, name) }
    })
  }

  read(path: string, sink: ByteSink, { have, inOrder, signal, onBytes }: ReadOptions): Promise<void> {
    return this.#with(signal, session =>
      retrieve(session, path, sink, {
        ...this.#terms(inOrder ? 'S' : undefined),
        ...signalOf(signal),
        have,
        listener: { onBytes },
      }),
    )
  }

  readSpan(path: string, span: ByteSpan, sink: ByteSink, signal?: AbortSignal): Promise<void> {
    return this.#with(signal, session =>
      retrieve(session, path, sink, { span, mode: 'S', ...this.#data(), ...signalOf(signal) }),
    )
  }

  writeSpan(path: string, bytes: Uint8Array, position: number, signal?: AbortSignal): Promise<void> {
    return this.#with(signal, session =>
      store(session, path, memorySource(bytes), { at: position, mode: 'S', ...this.#data(), ...signalOf(signal) }),
    )
  }

  write(
    path: string,
    source: ByteSource,
    { stored, sent = 0, onStored, onResumed, signal, onBytes, onPerformance }: WriteOptions,
  ): Promise<void> {
    return this.#with(signal, async session => {
      const terms = this.#terms(await markingMode(session))
      const inOrder = source.size === undefined
      const have =
        inOrder || stored === undefined ? undefined : await this.#stored(session, path, stored, sent, terms.mode)
      await fromMarkers(have, known => {
        onResumed?.(known?.size ?? 0)
        return store(session, path, source, {
          ...terms,
          ...signalOf(signal),
          ...(known === undefined ? {} : { have: known }),
          listener: { onBytes, onRestart: onStored, ...performing(onPerformance) },
        })
      })
    })
  }

  /** Moves a file to another server without its bytes coming by here. */
  sendTo(
    path: string,
    to: GridFtpEndpoint,
    toPath: string,
    size: number | undefined,
    options: WriteOptions,
  ): Promise<void> {
    const { stored, sent = 0, onStored, onResumed, onBytes, onPerformance, signal } = options
    return this.#with(signal, source =>
      to.#with(signal, async destination => {
        const modes = await Promise.all([source, destination].map(markingMode))
        const terms = this.#terms(modes.includes('S') ? 'S' : 'E')
        const have = stored === undefined ? undefined : await to.#stored(destination, toPath, stored, sent, terms.mode)
        onResumed?.(have?.size ?? 0)
        const marks = new Map<number, number>()
        let before = 0
        const move = (known: ByteRanges | undefined): Promise<void> =>
          thirdParty(source, path, destination, toPath, {
            ...terms,
            ...signalOf(signal),
            ...(size === undefined ? {} : { size }),
            ...(known === undefined ? {} : { have: known }),
            listener: {
              onRestart: onStored,
              onPerformance: marker => {
                const { stripe, bytes } = marker
                onPerformance?.(marker)
                marks.set(stripe, bytes)
                const now = [...marks.values()].reduce((sum, count) => sum + count, 0)
                onBytes(Math.max(0, now - before))
                before = Math.max(before, now)
              },
            },
          })
        await fromMarkers(have, move)
        // In stream mode nobody tells how far it is.
        if (size !== undefined && stored === undefined) onBytes(Math.max(0, size - before))
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const session of this.#idle.splice(0)) session[Symbol.dispose]()
  }

  /**
   * What a server has of a file that did not arrive whole: by its markers, or, in stream mode, by its size. A file that
   * is larger than what was sent is another one.
   */
  async #stored(
    session: FtpSession,
    path: string,
    marked: ByteRanges,
    sent: number,
    mode: 'S' | 'E',
  ): Promise<ByteRanges> {
    if (mode === 'E') return marked
    const size = sent === 0 ? 0 : await files.sizeOf(session, path).catch(() => 0)
    const sure = size > sent ? 0 : Math.max(0, size - doubtful)
    return ByteRanges.of([{ start: 0, end: sure }])
  }

  /** Who connects to whom for data. */
  #data(): { readonly passive?: boolean } {
    return this.#access.gridftp?.active === true ? { passive: false } : {}
  }

  #terms(mode?: 'S' | 'E'): {
    readonly streams: number
    readonly mode: 'S' | 'E'
    readonly tcpBuffer?: number
    readonly passive?: boolean
  } {
    const { streams = 1, extended = false, tcpBuffer } = this.#access.gridftp ?? {}
    return {
      ...this.#data(),
      streams: mode === 'S' ? 1 : streams,
      mode: mode ?? (streams > 1 || extended ? 'E' : 'S'),
      ...(tcpBuffer === undefined ? {} : { tcpBuffer }),
    }
  }

  /** Runs an operation on a session of its own; one that broke is not used again. */
  async #with<T>(signal: AbortSignal | undefined, work: (session: FtpSession) => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const kept = this.#take()
    const session =
      kept ?? (await FtpSession.open({ ...(await sessionTerms(this.#location, this.#access)), ...signalOf(signal) }))
    const stop = (): void =>
      session.channel.close(signal?.reason instanceof Error ? signal.reason : new Error('It was stopped.'))
    signal?.addEventListener('abort', stop, { once: true })
    try {
      signal?.throwIfAborted()
      return await work(session)
    } catch (error) {
      // What was delegated with it is not good any more.
      if (error instanceof GridwrapError && error.code === 'credential-problem') session[Symbol.dispose]()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      if (session.channel.closed === undefined && !this.#closed && this.#idle.length < mostIdle)
        this.#idle.push(session)
      else session[Symbol.dispose]()
    }
  }

  #take(): FtpSession | undefined {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.channel.closed === undefined) return session
      session[Symbol.dispose]()
    }
    return undefined
  }
}

const performing = (
  onPerformance: WriteOptions['onPerformance'],
): { readonly onPerformance?: NonNullable<typeof onPerformance> } =>
  onPerformance === undefined ? {} : { onPerformance }

/**
 * In which mode a server stores: in extended mode it tells what it has on disk, so that one can go on there. Reading is
 * another matter: there the server would have to connect to this machine (GFD.20 section 6.1).
 */
const markingMode = async (session: FtpSession): Promise<'S' | 'E'> =>
  (await session.features()).has('PARALLEL') ? 'E' : 'S'

/** Sends what a server has not; all of it to one that has lost what it had. */
async function fromMarkers(
  have: ByteRanges | undefined,
  send: (have: ByteRanges | undefined) => Promise<void>,
): Promise<void> {
  try {
    await send(have)
  } catch (error) {
    if (have === undefined || !(error instanceof RestartRefused)) throw error
    await send(undefined)
  }
}

const signalOf = (signal: AbortSignal | undefined): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal }
