import { SinkRefusal } from './xml-error.ts'

/** Where bytes go that are too many for memory. `end` may give what the reader of the tree shall find. */
export interface ByteWriter {
  write(chunk: Buffer): void
  end(): unknown
}

export interface ByteSpoolOptions {
  /** Bytes that are taken at most. */
  readonly maxBytes: number
  /** Bytes that are kept in memory; the first one more opens the writer. */
  readonly memoryBytes: number
  /** Opens the writer; without it everything stays in memory. */
  readonly open?: () => ByteWriter
}

/** What a {@link ByteSpool} ends with: either the bytes, or what the writer's `end` returned. */
export type SpooledBytes =
  | { readonly kind: 'memory'; readonly bytes: Buffer; readonly size: number }
  | { readonly kind: 'written'; readonly written: unknown; readonly size: number }

/** Takes bytes as they come: a few into memory, many to where the writer puts them. */
export class ByteSpool {
  readonly #options: ByteSpoolOptions
  readonly #chunks: Buffer[] = []
  #size = 0
  #writer: ByteWriter | undefined

  constructor(options: ByteSpoolOptions) {
    this.#options = options
  }

  /** Throws SinkRefusal for more than is taken. */
  write(bytes: Buffer): void {
    const { maxBytes, memoryBytes, open } = this.#options
    this.#size += bytes.length
    if (this.#size > maxBytes)
      throw new SinkRefusal('limit', `Inline content is larger than ${maxBytes} bytes: send it by URL or PUT`)
    if (this.#writer === undefined && this.#size > memoryBytes && open !== undefined) {
      this.#writer = open()
      for (const chunk of this.#chunks.splice(0)) this.#writer.write(chunk)
    }
    if (this.#writer === undefined) this.#chunks.push(bytes)
    else this.#writer.write(bytes)
  }

  end(): SpooledBytes {
    const size = this.#size
    if (this.#writer !== undefined) return { kind: 'written', written: this.#writer.end(), size }
    return { kind: 'memory', bytes: Buffer.concat(this.#chunks), size }
  }
}
