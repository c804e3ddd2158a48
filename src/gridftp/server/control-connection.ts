import type { Socket } from 'node:net'
import type { GssContext } from '../../gsi/gss/gss-context.ts'
import { type Command, longestCommand, readCommand } from '../protocol/command.ts'
import { LineSplitter } from '../protocol/line-splitter.ts'
import { readBase64, writeProtectedLine } from '../protocol/protection.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import { writeReply } from '../protocol/reply.ts'

/** Commands that are read ahead of the one that is being done: clients send many at once (pipelining). */
const mostAhead = 256

/** Lines of a reply that are protected in one go. */
const mostAtOnce = 64

/** How long a client may leave replies unread. */
const unreadMs = 60_000

/** What a command line turned out to be. */
export type Received = { readonly command: Command } | { readonly broken: ProtocolError }

/** A server's end of a control connection: commands in, in order; replies out. */
export class ControlConnection {
  readonly #socket: Socket
  readonly #lines = new LineSplitter(2 * longestCommand)
  #context: GssContext | undefined
  #turn: Promise<void> = Promise.resolve()
  readonly #ready: Received[] = []
  #coming = 0
  #ended = false
  #wake: (() => void) | undefined
  #onAbort: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => this.#end())
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#end())
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? ''
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? ''
  }

  get protected(): boolean {
    return this.#context !== undefined
  }

  get closed(): boolean {
    return this.#ended
  }

  /**
   * Everything is protected from now on. What came before in the clear, and was not begun, anybody on the way may have said:
   * it is refused, as what comes unprotected from now on is (RFC 2228 section 4).
   */
  protect(context: GssContext): void {
    this.#context = context
    this.#ready.fill({ broken: unprotected() })
  }

  /** The next command; undefined when there is none any more, or none came in time. */
  async next(timeoutMs: number): Promise<Received | undefined> {
    // What is said of it then still goes out.
    const patience: { over: boolean } = { over: false }
    const end = setTimeout(() => {
      patience.over = true
      this.#wake?.()
    }, timeoutMs)
    try {
      while (this.#ready.length === 0 && !this.#ended && !patience.over)
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    } finally {
      clearTimeout(end)
    }
    const received = this.#ready.shift()
    if (this.#ready.length + this.#coming < mostAhead) this.#socket.resume()
    return received
  }

  /** While a transfer goes on: told when the client aborts it, or has gone. What is answered ends that. */
  watchAbort(onAbort: () => void): () => void {
    this.#onAbort = onAbort
    if (this.#ended || this.#ready.some(isAbort)) onAbort()
    return () => {
      this.#onAbort = undefined
    }
  }

  /** Sends a reply, or a preliminary one. */
  reply(code: number, text: string | readonly string[]): Promise<void> {
    const wire = writeReply(code, text)
    return this.#inTurn(async () => {
      const context = this.#context
      if (context === undefined) return await this.#send(wire)
      const lines = wire.split(/(?<=\r\n)/)
      // Long replies in several goes: what a client does not read is not made.
      for (let at = 0; at < lines.length; at += mostAtOnce) {
        const some = lines.slice(at, at + mostAtOnce)
        const tokens = await context.wrapEach(some.map(line => Buffer.from(line)))
        const last = at + mostAtOnce >= lines.length
        const text = tokens.map((token, index) => writeProtectedLine(token, last && index === some.length - 1))
        await this.#send(text.join(''))
      }
    })
  }

  /** Who says command after command and reads no reply is not answered until it does, and not for ever. */
  async #send(text: string): Promise<void> {
    if (this.#ended || this.#socket.write(text) || this.#socket.destroyed) return
    const patience = setTimeout(() => this.#socket.destroy(), unreadMs)
    await new Promise<void>(resolve => {
      const go = (): void => {
        this.#socket.off('drain', go).off('close', go)
        resolve()
      }
      this.#socket.on('drain', go).on('close', go)
    })
    clearTimeout(patience)
  }

  /** Says the last of it and closes. */
  async end(): Promise<void> {
    await this.#turn
    this.#end()
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), 1000).unref()
    this.#context?.[Symbol.dispose]()
  }

  #take(chunk: Buffer): void {
    try {
      for (const line of this.#lines.feed(chunk)) {
        this.#coming++
        // In the order of their lines, because to unwrap takes turns of its own.
        void this.#inTurn(() => this.#read(line))
      }
    } catch (error) {
      this.#receive({ broken: error as ProtocolError })
      this.#end()
    }
    if (this.#ready.length + this.#coming >= mostAhead) this.#socket.pause()
  }

  async #read(line: Buffer): Promise<void> {
    this.#coming--
    try {
      this.#receive({ command: await this.#unprotected(line) })
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.#end()
      this.#receive({
        broken: error instanceof ProtocolError ? error : new ProtocolError('The protection of a command is broken.'),
      })
    }
  }

  async #unprotected(line: Buffer): Promise<Command> {
    const outer = readCommand(line)
    const context = this.#context
    if (context === undefined) return outer
    // RFC 2228 section 4: once it is protected, what is not is not of the client.
    if (!/^(?:ENC|MIC|CONF)$/.test(outer.verb)) throw unprotected()
    const text = await context.unwrap(readBase64(outer.argument))
    return readCommand(Buffer.from(text.toString('utf8').replace(/\r?\n$/, '')))
  }

  #receive(received: Received): void {
    this.#ready.push(received)
    if (isAbort(received)) this.#onAbort?.()
    this.#wake?.()
  }

  #end(): void {
    this.#ended = true
    this.#onAbort?.()
    this.#wake?.()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(() => {
      this.#end()
      this.#socket.destroy()
    })
    return this.#turn
  }
}

const unprotected = (): ProtocolError => new ProtocolError('Commands must be protected here.')

const isAbort = (received: Received): boolean => 'command' in received && received.command.verb === 'ABOR'
