import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** An answer as far as the bench looks at it. */
export interface Answer {
  readonly status: number
  /** Bytes of the body. */
  readonly length: number
}

const nothing = Buffer.alloc(0)

/**
 * One connection of the load generator: writes requests made before and finds the end of their answers, no more, because
 * what a full HTTP client costs on the same cores would be taken from the servers that are compared.
 */
export class HttpConnection {
  readonly #socket: TLSSocket
  #received: Buffer = nothing
  #waiting: PromiseWithResolvers<Answer> | undefined

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.setNoDelay()
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('close', () => this.#waiting?.reject(new Error('The server closed the connection before it answered.')))
  }

  /** Resolves when the handshake is done; it is always a full one. */
  static open(options: ConnectionOptions): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(options)
      socket.on('error', reject)
      socket.once('secureConnect', () => resolve(new HttpConnection(socket)))
    })
  }

  /** One request at a time. */
  exchange(request: Buffer): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting = waiting
    this.#socket.write(request)
    return waiting.promise
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.end()
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = wholeAnswer(this.#received)
    if (answer === undefined) return
    this.#received = nothing
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }
}

/** The answer that these bytes are; undefined while some are missing. Answers without Content-Length are not read. */
function wholeAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const length = /\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`An answer without Content-Length:\n${head}`)
  return bytes.length < end + 4 + Number(length)
    ? undefined
    : { status: Number(head.slice(9, 12)), length: Number(length) }
}
