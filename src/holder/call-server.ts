import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, writeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { delay } from '../core/deadline.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { sessionFolder, socketName } from './session-config.ts'

/** So long an answer may take on its way when the holder ends. */
const lingerMs = 2000
/** How often a holder looks whether it can still be reached. */
const lookMs = 30_000

/** What a call is answered with: a message, and bytes behind it. */
export interface CallAnswer {
  readonly message: object
  readonly bytes?: readonly Uint8Array[]
}

/** What is known of a kind of calls. */
export interface Calls<Request> {
  /** Throws when it is no call. */
  parse(message: unknown): Request
  /** How many bytes follow its message. */
  bytesOf(request: Request): number
  answer(request: Request, bytes: Buffer): Promise<CallAnswer>
}

/** The socket by which a holder is called: one call a connection. */
export class CallServer<Request> {
  readonly #calls: Calls<Request>
  readonly #server: Server
  readonly #open = new Set<Socket>()

  constructor(calls: Calls<Request>) {
    this.#calls = calls
    this.#server = createServer(socket => this.#serve(socket))
  }

  async listen(): Promise<void> {
    mkdirSync(sessionFolder, { recursive: true, mode: 0o770 })
    // Relative, because the whole path may be longer than a socket's may be (unix(7)).
    const path = join(sessionFolder, socketName)
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    chmodSync(path, 0o660)
    // A holder that nobody can reach any more is of no use to anybody.
    setInterval(() => {
      if (!existsSync(path)) process.exit(1)
    }, lookMs).unref()
  }

  /** Takes no calls any more; resolves when those that were answered have their answers, but not much later. */
  async close(): Promise<void> {
    this.#server.close()
    const sent = [...this.#open].map(socket => once(socket, 'close'))
    await Promise.race([Promise.allSettled(sent), delay(lingerMs)])
  }

  #serve(socket: Socket): void {
    const reader = new FrameReader()
    let asked: Request | undefined
    let done = false
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      if (done) return
      try {
        reader.push(chunk)
        const message = asked === undefined ? reader.message() : undefined
        if (message !== undefined) asked = this.#calls.parse(message)
        const bytes = asked === undefined ? undefined : reader.bytes(this.#calls.bytesOf(asked))
        if (asked === undefined || bytes === undefined) return
        done = true
        void this.#answer(socket, asked, bytes)
      } catch (error) {
        complain(error)
        socket.destroy()
      }
    })
  }

  async #answer(socket: Socket, request: Request, bytes: Buffer): Promise<void> {
    try {
      const answer = await this.#calls.answer(request, bytes)
      socket.write(encodeFrame(answer.message))
      for (const one of answer.bytes ?? []) socket.write(one)
      socket.end()
    } catch (error) {
      complain(error)
      socket.destroy()
    }
  }
}

const complain = (error: unknown): void => {
  writeSync(2, `gridwrap: a call could not be answered: ${(error as Error).message}\n`)
}
