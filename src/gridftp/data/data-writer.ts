import type { Socket } from 'node:net'
import { ConnectionBroken } from './connection-broken.ts'

/** Writes that may be under way at once: while one is being sent the next is being read. */
const mostPending = 2

/** Writes a data connection, no faster than it sends. The socket's errors come out here, and nowhere else. */
export class DataWriter {
  readonly #socket: Socket
  #pending = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', error => this.#fail(new ConnectionBroken(error.message, { cause: error })))
    socket.on('close', () => this.#fail(new ConnectionBroken('The data connection was closed before its end.')))
    if (socket.destroyed) this.#fail(new ConnectionBroken(socket.errored?.message ?? 'The data connection is closed.'))
  }

  /** Why it cannot be written any more; undefined while it can. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Sends buffers in one go; resolves when there is room for more. `sent`: they may be changed again. */
  async write(buffers: readonly Uint8Array[], sent?: () => void): Promise<void> {
    this.#throwFailure()
    const last = buffers.length - 1
    this.#pending++
    this.#socket.cork()
    buffers.forEach((buffer, index) => {
      this.#socket.write(buffer, error => {
        if (index < last) return
        this.#pending--
        if (error == null) sent?.()
        else this.#fail(new ConnectionBroken(error.message, { cause: error }))
        this.#wake?.()
      })
    })
    this.#socket.uncork()
    while (this.#pending >= mostPending && !this.#failed) await this.#next()
    this.#throwFailure()
  }

  /** Waits until all is handed over to the system. */
  async flush(): Promise<void> {
    while (this.#pending > 0 && !this.#failed) await this.#next()
    this.#throwFailure()
  }

  /** Sends the end, and waits until the peer has it or closes. */
  async end(): Promise<void> {
    await this.flush()
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.end(resolve)
    })
  }

  get #failed(): boolean {
    return this.#failure !== undefined
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #next(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }
}
