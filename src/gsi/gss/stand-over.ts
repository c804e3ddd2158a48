import type { Socket } from 'node:net'
import type { GssContext } from './gss-context.ts'

/** TLS 1.2 and 1.3: type, version, length (RFC 8446 section 5.1); no record is longer than this. */
const headBytes = 5
const longestRecord = 16_384 + 2048

/**
 * Brings a context to stand over a TCP connection, whose records are the tokens, and leaves the socket paused behind the
 * last of them: what comes after it is in the clear (GSI's channel mode clear; GridFTP's data channels with PROT C). The
 * caller bounds the time, and closes the socket when this throws what the context throws, or an Error when the peer
 * hangs up.
 */
export async function standOver(socket: Socket, context: GssContext): Promise<void> {
  socket.pause()
  const records = new Records(socket)
  try {
    if (context.begins) await send(socket, context)
    while (!context.complete) await send(socket, context, await records.next())
  } finally {
    records.release()
  }
}

async function send(socket: Socket, context: GssContext, record?: Buffer): Promise<void> {
  const { token } = await context.step(record)
  if (token !== undefined) socket.write(token)
}

/** The TLS records that come over a socket, one at a time; what comes behind them is given back. */
class Records {
  readonly #socket: Socket
  #seen: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined
  readonly #onData = (chunk: Buffer): void => {
    this.#seen = this.#seen.length === 0 ? chunk : Buffer.concat([this.#seen, chunk])
    this.#socket.pause()
    this.#wake?.()
  }
  readonly #onEnd = (): void => {
    this.#ended = true
    this.#wake?.()
  }

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd)
    socket.pause()
  }

  async next(): Promise<Buffer> {
    for (;;) {
      const size = this.#size()
      if (size !== undefined && this.#seen.length >= size) {
        const record = this.#seen.subarray(0, size)
        this.#seen = this.#seen.subarray(size)
        return record
      }
      if (this.#ended) throw new Error('The peer hung up before the security context stood.')
      await new Promise<void>(resolve => {
        this.#wake = resolve
        this.#socket.resume()
      })
    }
  }

  release(): void {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd)
    this.#socket.pause()
    if (this.#seen.length > 0) this.#socket.unshift(this.#seen)
  }

  #size(): number | undefined {
    const [type, major] = this.#seen
    if (type !== undefined && (type < 20 || type > 24 || (major !== undefined && major !== 3)))
      throw new Error('The peer does not speak TLS.')
    if (this.#seen.length < headBytes) return undefined
    const size = headBytes + this.#seen.readUInt16BE(3)
    if (size > headBytes + longestRecord) throw new Error(`A TLS record of ${size} bytes is too long.`)
    return size
  }
}
