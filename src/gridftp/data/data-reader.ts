import type { Socket } from 'node:net'
import { ConnectionBroken } from './connection-broken.ts'

/** What is held of a connection before it is told to wait. */
const mostHeld = 4 * 1_048_576

/**
 * Reads a data connection in batches: all that came while the last batch was written is the next one, so that a slow disk
 * gets few large writes and a fast one does not wait. The socket's errors come out here, and nowhere else.
 */
export class DataReader {
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #held = 0
  #end: 'open' | 'clean' | Error = 'open'
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#held += chunk.length
      if (this.#held >= mostHeld) socket.pause()
      this.#wake?.()
    })
    const finish = (how: 'clean' | Error): void => {
      if (this.#end === 'open') this.#end = how
      this.#wake?.()
    }
    // Only a FIN is the end of the data: a reset may have swallowed some of it (RFC 959 section 3.4.1 knows no other sign).
    socket.on('end', () => finish('clean'))
    socket.on('error', error => finish(new ConnectionBroken(error.message, { cause: error })))
    socket.on('close', () => finish(new ConnectionBroken('The data connection was closed before its end.')))
    // The end of an empty stream is seen although nobody reads.
    if (socket.readableEnded) finish('clean')
    if (socket.destroyed) finish(new ConnectionBroken(socket.errored?.message ?? 'The data connection is closed.'))
    socket.resume()
  }

  /** What has come since; waits for something. undefined at the clean end. Throws what ended the connection otherwise. */
  async take(): Promise<readonly Buffer[] | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#end === 'clean') return undefined
      if (this.#end !== 'open') throw this.#end
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const chunks = this.#chunks
    this.#chunks = []
    if (this.#held >= mostHeld) this.#socket.resume()
    this.#held = 0
    return chunks
  }
}
