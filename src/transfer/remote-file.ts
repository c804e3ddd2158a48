import { Readable, Writable } from 'node:stream'
import { GridwrapError } from '../core/errors.ts'
import type { ByteSink } from '../gridftp/data/byte-ends.ts'
import type { Endpoint } from './endpoint.ts'

/** What is fetched at least, and written at most, at once: each piece costs a connection. */
const pieceBytes = 4 * 1_048_576

/**
 * A file of a server that is open, to be read and written anywhere in it (the CoG Kit's gassFile). What is near to what
 * was read is there already; what is written one behind the other goes in large pieces, at the latest with `flush` and
 * `close`. One operation at a time. Errors are GridwrapErrors, or those of the connection.
 */
export class RemoteFile implements AsyncDisposable {
  readonly #endpoint: Endpoint
  readonly #path: string
  #size: number
  #position = 0
  #read = { start: 0, bytes: Buffer.alloc(0) }
  #unwritten: { readonly start: number; readonly chunks: Buffer[]; length: number } | undefined
  #closed = false

  private constructor(endpoint: Endpoint, path: string, size: number) {
    this.#endpoint = endpoint
    this.#path = path
    this.#size = size
  }

  /** Opens a file. `r`: it must be there; `r+`: the same, to be written; `w`: it is empty from now on; `a`: written behind its end. */
  static async open(endpoint: Endpoint, path: string, mode: 'r' | 'r+' | 'w' | 'a'): Promise<RemoteFile> {
    if (mode !== 'r' && endpoint.writeSpan === undefined)
      throw new GridwrapError('invalid-input', `${path} cannot be written in the middle by this protocol.`, {
        hint: 'Copy a whole file there instead.',
      })
    if (mode === 'w') await empty(endpoint, path)
    const size = await sizeOf(endpoint, path, mode)
    const file = new RemoteFile(endpoint, path, size)
    if (mode === 'a') file.seek(size)
    return file
  }

  /** Bytes that it has, those that were written here included. */
  get size(): number {
    return this.#size
  }

  /** Where the next byte is read or written that is not said to be elsewhere. */
  get position(): number {
    return this.#position
  }

  seek(position: number): void {
    if (!Number.isSafeInteger(position) || position < 0)
      throw new GridwrapError('invalid-input', `${position} is no position in a file.`)
    this.#position = position
  }

  /** Fills a buffer; answers how many bytes it got: fewer than there is room only at the end of the file. */
  async read(into: Uint8Array, position?: number): Promise<number> {
    this.#demandOpen()
    await this.flush()
    const start = position ?? this.#position
    let count = 0
    while (count < into.length && start + count < this.#size) {
      const at = start + count
      const held = at - this.#read.start
      if (held < 0 || held >= this.#read.bytes.length) await this.#fetch(at, into.length - count)
      const part = this.#read.bytes.subarray(at - this.#read.start, at - this.#read.start + into.length - count)
      if (part.length === 0) break
      into.set(part, count)
      count += part.length
    }
    if (position === undefined) this.#position += count
    return count
  }

  /** Writes bytes; they are at the server after {@link flush} or {@link close}. */
  async write(bytes: Uint8Array, position?: number): Promise<void> {
    this.#demandOpen()
    const start = position ?? this.#position
    const before = this.#unwritten
    if (before !== undefined && (before.start + before.length !== start || before.length + bytes.length > pieceBytes))
      await this.flush()
    this.#unwritten ??= { start, chunks: [], length: 0 }
    this.#unwritten.chunks.push(Buffer.from(bytes))
    this.#unwritten.length += bytes.length
    this.#size = Math.max(this.#size, start + bytes.length)
    this.#read = { start: 0, bytes: Buffer.alloc(0) }
    if (position === undefined) this.#position += bytes.length
  }

  /** Brings to the server what was written. */
  async flush(): Promise<void> {
    const unwritten = this.#unwritten
    if (unwritten === undefined) return
    await this.#endpoint.writeSpan?.(this.#path, Buffer.concat(unwritten.chunks), unwritten.start)
    this.#unwritten = undefined
  }

  /** A stream of it, from `start` up to, and without, `end`. */
  readable({
    start = 0,
    end = Number.MAX_SAFE_INTEGER,
  }: {
    readonly start?: number
    readonly end?: number
  } = {}): Readable {
    const file = this
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; ) {
          const chunk = Buffer.allocUnsafe(Math.min(1_048_576, end - at))
          const count = await file.read(chunk, at)
          if (count === 0) return
          yield chunk.subarray(0, count)
          at += count
        }
      })(),
      { objectMode: false },
    )
  }

  /** A stream into it, from `start` on. What went through is at the server when the stream has finished. */
  writable({ start = 0 }: { readonly start?: number } = {}): Writable {
    let at = start
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const position = at
        at += chunk.length
        this.write(chunk, position).then(() => done(), done)
      },
      final: done => void this.flush().then(() => done(), done),
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.flush()
    this.#closed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #fetch(at: number, wanted: number): Promise<void> {
    const end = Math.min(this.#size, at + Math.max(wanted, pieceBytes))
    const bytes = Buffer.alloc(end - at)
    let length = 0
    const sink: ByteSink = {
      write: async (chunks, position) => {
        let place = position - at
        for (const chunk of chunks) {
          bytes.set(chunk, place)
          place += chunk.length
        }
        length = Math.max(length, place)
      },
    }
    if (this.#endpoint.readSpan === undefined) throw new Error('This protocol reads no parts.')
    await this.#endpoint.readSpan(this.#path, { start: at, end }, sink)
    this.#read = { start: at, bytes: bytes.subarray(0, length) }
  }

  #demandOpen(): void {
    if (this.#closed) throw new GridwrapError('invalid-input', `${this.#path} is closed.`)
  }
}

const empty = (endpoint: Endpoint, path: string): Promise<void> =>
  endpoint.write(
    path,
    { size: 0, read: async () => 0 },
    { stored: undefined, onStored: () => undefined, signal: undefined, onBytes: () => undefined },
  )

async function sizeOf(endpoint: Endpoint, path: string, mode: string): Promise<number> {
  try {
    const { kind, size } = await endpoint.stat(path)
    if (kind !== 'directory' && size !== undefined) return size
    throw new GridwrapError('denied', `${path} is ${kind === 'directory' ? 'a directory' : 'of no size that is told'}.`)
  } catch (error) {
    if (mode === 'a' && error instanceof GridwrapError && error.code === 'not-found') return 0
    throw error
  }
}
