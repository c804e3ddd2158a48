import type { ByteSink, ByteSource } from '../gridftp/data/byte-ends.ts'

/** What is held between who brings and who takes. */
const mostHeld = 8 * 1_048_576

/**
 * A pipe between a reading and a writing protocol: a sink on the one side, a source on the other, in order, with a bounded
 * amount between them.
 */
export class Relay implements ByteSink, ByteSource {
  readonly size: number | undefined
  readonly #chunks: Uint8Array[] = []
  #held = 0
  #written: number
  #read: number
  #end: 'open' | 'ended' | Error = 'open'
  #wake: (() => void)[] = []

  /** `size`: that of the whole file, when it is known. `from`: where the first byte belongs. */
  constructor(size: number | undefined, from = 0) {
    this.size = size
    this.#written = from
    this.#read = from
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#throwFailure()
    if (position !== this.#written)
      throw new Error(
        `Bytes of ${position} came where those of ${this.#written} were due: they can only be handed on in order.`,
      )
    for (const chunk of chunks) {
      // Whoever wrote them may use the memory again.
      this.#chunks.push(Buffer.from(chunk))
      this.#held += chunk.length
      this.#written += chunk.length
    }
    this.#notify()
    while (this.#held > mostHeld) await this.#change()
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    if (position !== this.#read)
      throw new Error(`What was handed on is gone: ${position} was asked for, ${this.#read} is next.`)
    while (this.#chunks.length === 0) {
      if (this.#end === 'ended') return 0
      await this.#change()
    }
    let count = 0
    while (count < into.length) {
      const chunk = this.#chunks.shift()
      if (chunk === undefined) break
      const part = chunk.subarray(0, into.length - count)
      into.set(part, count)
      count += part.length
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length))
    }
    this.#held -= count
    this.#read += count
    this.#notify()
    return count
  }

  /** Whether all that there is has been taken. */
  get isDrained(): boolean {
    return this.size === undefined ? this.#end === 'ended' && this.#held === 0 : this.#read >= this.size
  }

  /** No more will come. */
  end(): void {
    if (this.#end === 'open') this.#end = 'ended'
    this.#notify()
  }

  /** One side gave up; the other one is told why. */
  fail(error: Error): void {
    if (this.#end === 'open') this.#end = error
    this.#notify()
  }

  #throwFailure(): void {
    if (this.#end instanceof Error) throw this.#end
  }

  async #change(): Promise<void> {
    this.#throwFailure()
    await new Promise<void>(resolve => this.#wake.push(resolve))
    this.#throwFailure()
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
