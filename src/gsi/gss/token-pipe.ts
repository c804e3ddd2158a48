import { Duplex } from 'node:stream'

/** Turns of the event loop without output after which node:tls has made of its input what there was to make of it. */
const quietTurns = 4

/**
 * The transport of a TLS session that travels in tokens: what is fed comes out of it as if a network had brought it, and
 * what the session writes is kept until it is collected.
 */
export class TokenPipe extends Duplex {
  #written: Buffer[] = []

  /** Hands a token to the session. */
  feed(token: Uint8Array): void {
    this.push(Buffer.from(token))
  }

  /** What the session has written, once it writes no more of its own accord: it works on between turns of the event loop. */
  async collect(): Promise<Buffer> {
    for (let quiet = 0, before = this.#written.length; quiet < quietTurns; quiet++) {
      await new Promise(resolve => setImmediate(resolve))
      if (this.#written.length === before) continue
      before = this.#written.length
      quiet = -1
    }
    const token = Buffer.concat(this.#written)
    this.#written = []
    return token
  }

  override _read(): void {
    // What there is was pushed when it came.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#written.push(chunk)
    done()
  }
}
