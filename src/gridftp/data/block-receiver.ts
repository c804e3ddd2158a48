import type { ByteSpan } from '../protocol/byte-ranges.ts'
import { blockHeaderBytes, endOfData, endOfFile, readBlockHeader, senderCloses } from '../protocol/extended-block.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { ByteSink } from './byte-ends.ts'
import { ConnectionBroken } from './connection-broken.ts'
import type { DataReader } from './data-reader.ts'

export interface BlockReceiverOptions {
  readonly sink: ByteSink
  /** Bytes that may come; others are refused. */
  readonly within: ByteSpan
  /** The most connections that a sender may open for one file. */
  readonly mostConnections: number
  /** Added to each offset (ESTO A; the start of what ERET asked for). Default 0. */
  readonly shift?: number
  /** Told of bytes that the sink has taken. */
  readonly onBytes?: (start: number, end: number) => void
}

/** What the reader of one connection found at the end of its data. */
export interface ConnectionEnd {
  /** Whether the sender will close this connection, rather than use it again. */
  readonly closes: boolean
}

/**
 * Receives one file in extended mode over connections that come in one after the other. The file is whole when one of
 * them has said how many ends of data there are and so many have come (GFD.20 section 3.4.2); a connection that ends
 * before its end of data has lost some.
 */
export class BlockReceiver {
  readonly #options: BlockReceiverOptions
  readonly #whole = Promise.withResolvers<void>()
  #connections = 0
  #ends = 0
  #expected: number | undefined
  #isWhole = false

  constructor(options: BlockReceiverOptions) {
    this.#options = options
    this.#whole.promise.catch(() => undefined)
  }

  /** Resolves when all ends of data have come; rejects with what went wrong on one of the connections. */
  get whole(): Promise<void> {
    return this.#whole.promise
  }

  /** Ends the waiting: no more connections will bring what is missing. */
  fail(error: Error): void {
    this.#whole.reject(error)
  }

  /**
   * Reads a connection up to its end of data; what comes behind that is put back in `rest`, for the next file. Failures
   * are those of {@link whole}, too. `isKept`: it is one of an earlier file, which may end without having been used again.
   */
  async read(connection: BlockConnection, isKept = false): Promise<ConnectionEnd | undefined> {
    try {
      if (++this.#connections > this.#options.mostConnections)
        throw new ProtocolError(
          `The sender opened more than ${this.#options.mostConnections} connections for one file.`,
        )
      return await this.#readBlocks(connection, isKept)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
      return undefined
    }
  }

  async #readBlocks(connection: BlockConnection, isKept: boolean): Promise<ConnectionEnd | undefined> {
    for (let isUsed = !isKept; ; isUsed = true) {
      const header = await connection.nextHeader()
      // A connection that this file did not need: what comes is of the next one, whose receiver waits for it, too.
      if (this.#isWhole) return undefined
      connection.takeHeader()
      if (header === undefined && !isUsed) return { closes: true }
      if (header === undefined) throw new ConnectionBroken('A data connection ended before its end of data.')
      const { descriptor, count, offset } = header
      if ((descriptor & endOfFile) !== 0) this.#expect(offset)
      else await this.#receive(connection, offset + (this.#options.shift ?? 0), count)
      if ((descriptor & endOfData) === 0) continue
      this.#ends++
      this.#settle()
      return { closes: (descriptor & senderCloses) !== 0 }
    }
  }

  async #receive(connection: BlockConnection, offset: number, count: number): Promise<void> {
    const { sink, within, onBytes } = this.#options
    if (count > 0 && (offset < within.start || offset + count > within.end))
      throw new ProtocolError(
        `A block of ${count} bytes at ${offset} lies outside of what was asked for (${within.start}-${within.end}).`,
      )
    for (let at = offset; at < offset + count; ) {
      const chunks = await connection.bytes(offset + count - at)
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      await sink.write(chunks, at)
      onBytes?.(at, at + size)
      at += size
    }
  }

  #expect(ends: number): void {
    if (this.#expected !== undefined) throw new ProtocolError('The sender told the end of the file twice.')
    if (ends < 1 || ends > this.#options.mostConnections)
      throw new ProtocolError(`The sender announced ${ends} ends of data.`)
    this.#expected = ends
  }

  #settle(): void {
    if (this.#expected !== undefined && this.#ends === this.#expected) {
      this.#isWhole = true
      this.#whole.resolve()
    } else if (this.#expected !== undefined && this.#ends > this.#expected)
      throw new ProtocolError('More ends of data came than were announced.')
  }
}

/** One data connection of extended mode: it outlives a file. */
export class BlockConnection {
  readonly #reader: DataReader
  #chunks: Buffer[] = []
  #coming: Promise<ReturnType<typeof readBlockHeader>> | undefined

  constructor(reader: DataReader) {
    this.#reader = reader
  }

  /** The next header, the same for all who ask until one takes it; undefined when the connection ends cleanly before it. */
  nextHeader(): Promise<ReturnType<typeof readBlockHeader>> {
    this.#coming ??= this.#header()
    return this.#coming
  }

  /** The header that came is of whoever takes it. */
  takeHeader(): void {
    this.#coming = undefined
  }

  async #header(): Promise<ReturnType<typeof readBlockHeader>> {
    let held: Buffer = Buffer.alloc(0)
    while (held.length < blockHeaderBytes) {
      const chunk = await this.#next()
      if (chunk === undefined) {
        if (held.length === 0) return undefined
        throw new ConnectionBroken('A data connection ended in the middle of a block.')
      }
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    }
    this.#putBack(held.subarray(blockHeaderBytes))
    return readBlockHeader(held)
  }

  /** Some of the next bytes, at least one and at most so many. */
  async bytes(most: number): Promise<readonly Buffer[]> {
    const taken: Buffer[] = []
    let room = most
    if (this.#chunks.length === 0 && !(await this.#fill()))
      throw new ConnectionBroken('A data connection ended in the middle of a block.')
    while (room > 0) {
      const chunk = this.#chunks.shift()
      if (chunk === undefined) break
      taken.push(chunk.subarray(0, room))
      if (chunk.length > room) this.#putBack(chunk.subarray(room))
      room -= Math.min(room, chunk.length)
    }
    return taken
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#chunks.length === 0 && !(await this.#fill())) return undefined
    return this.#chunks.shift()
  }

  async #fill(): Promise<boolean> {
    const chunks = await this.#reader.take()
    if (chunks !== undefined) this.#chunks = [...chunks]
    return chunks !== undefined
  }

  #putBack(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.unshift(chunk)
  }
}
