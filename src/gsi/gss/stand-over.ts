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

/**
 * The TLS records that come over a socket, one at a time. What comes behind them is left where it is: once it was taken it
 * could not be given back when the end of the stream has been seen meanwhile.
 */
class Records {
  readonly #socket: Socket
  #wake: (() => void) | undefined
  readonly #onChange = (): void => this.#wake?.()

  constructor(socket: Socket) {
    this.#socket = socket
    for (const event of changes) socket.on(event, this.#onChange)
  }

  async next(): Promise<Buffer> {
    const head = await this.#take(headBytes)
    const [type = 0, major] = head
    if (type < 20 || type > 24 || major !== 3) throw new Error('The peer does not speak TLS.')
    const size = head.readUInt16BE(3)
    if (size > longestRecord) throw new Error(`A TLS record of ${size} bytes is too long.`)
    return Buffer.concat([head, await this.#take(size)])
  }

  release(): void {
    for (const event of changes) this.#socket.off(event, this.#onChange)
    this.#socket.pause()
  }

  async #take(count: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null
      if (bytes?.length === count) return bytes
      if (bytes !== null || this.#socket.readableEnded || this.#socket.destroyed)
        throw new Error('The peer hung up before the security context stood.')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

const changes = ['readable', 'end', 'close'] as const
