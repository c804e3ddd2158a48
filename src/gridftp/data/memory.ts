import type { ByteSink, ByteSource } from './byte-ends.ts'

/** Bytes in memory as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (into, position) => {
    const part = bytes.subarray(position, position + into.length)
    into.set(part)
    return part.length
  },
})

/** A sink in memory, of at most so many bytes. */
export class MemorySink implements ByteSink {
  #bytes = Buffer.alloc(0)
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const end = position + size
    if (end > this.#most) throw new Error(`More came than the ${this.#most} bytes there is room for.`)
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(end)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    let at = position
    for (const chunk of chunks) {
      this.#bytes.set(chunk, at)
      at += chunk.length
    }
  }
}
