import { connect, type Socket } from 'node:net'
import { GridwrapError } from '../../core/errors.ts'
import type { GssContext } from '../../gsi/gss/gss-context.ts'
import { loggable, writeCommand } from '../protocol/command.ts'
import { LineSplitter } from '../protocol/line-splitter.ts'
import { readProtectedLine, writeEnc } from '../protocol/protection.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import { isPreliminary, type Reply, ReplyAssembler } from '../protocol/reply.ts'

/** The longest line of a reply: a security token of a long chain in base64. */
const longestLine = 262_144

/** What goes over a control connection, for whoever wants to see it; secrets are left out. */
export interface DialogListener {
  onCommand?(line: string): void
  onReply?(reply: Reply): void
}

export interface ControlOptions {
  readonly host: string
  readonly port: number
  /** Where to connect. Default: the host. */
  readonly address: string | undefined
  /** Until the server's greeting. */
  readonly connectTimeoutMs: number
  /** How long the server may say nothing while it is asked for something. */
  readonly idleTimeoutMs: number
  readonly listener?: DialogListener | undefined
  /** Ends the connecting. */
  readonly signal?: AbortSignal | undefined
}

interface Exchange {
  readonly done: PromiseWithResolvers<Reply>
  readonly onPreliminary: ((reply: Reply) => void) | undefined
  readonly patienceMs: number
}

/**
 * A client's control connection: commands out, replies in, in order, so that commands may be sent ahead (pipelining). It is
 * closed once, for one reason; every exchange that is open then, and every later one, fails with it.
 */
export class ControlChannel implements Disposable {
  readonly #socket: Socket
  readonly #options: ControlOptions
  readonly #lines = new LineSplitter(longestLine)
  readonly #outer = new ReplyAssembler()
  readonly #inner = new ReplyAssembler()
  readonly #greeting = Promise.withResolvers<Reply>()
  readonly #exchanges: Exchange[] = []
  #context: GssContext | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed: Error | undefined
  #idle: NodeJS.Timeout | undefined
  #moving = 0
  readonly #onClose = new Set<(reason: Error) => void>()

  private constructor(socket: Socket, options: ControlOptions) {
    this.#socket = socket
    this.#options = options
    this.#greeting.promise.catch(() => undefined)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', error => this.close(error))
    // Behind what it said last, which is still being unwrapped.
    const hungUp = (): void => this.#inTurn(async () => this.close(this.#hungUp()))
    socket.on('end', hungUp).on('close', hungUp)
  }

  /** Connects, and waits for the greeting. Throws GridwrapError (`busy`) or what node:net throws. */
  static async connect(options: ControlOptions): Promise<ControlChannel> {
    const { host, port, address = host, connectTimeoutMs, signal } = options
    const socket = connect({ host: address, port, noDelay: true, keepAlive: true })
    const channel = new ControlChannel(socket, options)
    const timer = setTimeout(() => channel.close(late(options, connectTimeoutMs)), connectTimeoutMs)
    const stop = (): void =>
      channel.close(signal?.reason instanceof Error ? signal.reason : new Error('It was stopped.'))
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const greeting = await channel.#greeting.promise
      // 120: the service will be ready in so many minutes; nobody waits for that here.
      if (greeting.code !== 220) throw new GridwrapError('busy', `${host}:${port} says: ${greeting.lines.join(' ')}`)
      return channel
    } catch (error) {
      channel.close(error instanceof Error ? error : new Error(String(error)))
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  /** The address at the other end, as the socket knows it. */
  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? ''
  }

  /** The address at this end. */
  get localAddress(): string {
    return this.#socket.localAddress ?? ''
  }

  /** Why the connection is of no more use; undefined while it is. */
  get closed(): Error | undefined {
    return this.#closed
  }

  /** Protects all that is said from now on (RFC 2228 section 4). Owns the context from now on. */
  protect(context: GssContext): void {
    this.#context = context
  }

  /**
   * Sends a command and resolves with the reply that ends it; those before it go to `onPreliminary`. `patienceMs`: for
   * how much longer than usual the server may be at it without a word.
   */
  exchange(line: string, onPreliminary?: (reply: Reply) => void, patienceMs = 0): Promise<Reply> {
    const text = writeCommand(line)
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const exchange: Exchange = { done: Promise.withResolvers<Reply>(), onPreliminary, patienceMs }
    this.#exchanges.push(exchange)
    this.#options.listener?.onCommand?.(loggable(line))
    this.#watchIdle()
    this.#inTurn(async () => {
      const context = this.#context
      const wire = context === undefined ? text : `${writeEnc(await context.wrap(Buffer.from(text)))}\r\n`
      this.#socket.write(wire)
    })
    return exchange.done.promise
  }

  /**
   * Data moves that belongs to this connection, until what is answered is called: meanwhile it is watched that something
   * happens, also when the server has said its last word. `onClose`: told why the connection is of no more use.
   */
  accompany(onClose: (reason: Error) => void): () => void {
    this.#moving++
    this.#onClose.add(onClose)
    this.#watchIdle()
    return () => {
      this.#moving--
      this.#onClose.delete(onClose)
      this.#watchIdle()
    }
  }

  /** Tells once when the connection is of no more use. */
  onClosed(tell: () => void): void {
    if (this.#closed === undefined) this.#onClose.add(tell)
    else tell()
  }

  /** Something else shows that the server is at work: data that comes. */
  touch(): void {
    this.#idle?.refresh()
  }

  /** Ends the connection; the first reason is the one that is told. */
  close(reason: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    clearTimeout(this.#idle)
    this.#greeting.reject(reason)
    for (const { done } of this.#exchanges.splice(0)) done.reject(reason)
    for (const tell of [...this.#onClose]) tell(reason)
    this.#socket.destroy()
    this.#context?.[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.close(new Error('The connection was closed.'))
  }

  #take(chunk: Buffer): void {
    try {
      for (const line of this.#lines.feed(chunk)) this.#takeLine(line.toString('utf8'))
    } catch (error) {
      this.close(error as Error)
    }
  }

  #takeLine(line: string): void {
    const context = this.#context
    if (context === undefined) {
      const reply = this.#outer.feed(line)
      if (reply !== undefined) this.#settle(reply)
      return
    }
    // Tokens are unwrapped one after the other; wrapping uses the same session, and waits for its turn as well.
    this.#inTurn(async () => {
      const token = readProtectedLine(line)
      if (token === undefined) throw new ProtocolError('The server said something without protection.')
      const text = (await context.unwrap(token)).toString('utf8')
      for (const inner of text.split(/\r?\n/)) {
        if (inner === '') continue
        const reply = this.#inner.feed(inner)
        if (reply !== undefined) this.#settle(reply)
      }
    })
  }

  #settle(reply: Reply): void {
    this.#options.listener?.onReply?.(reply)
    const [exchange] = this.#exchanges
    if (exchange === undefined) {
      if (reply.code === 421) this.close(closing(reply))
      else this.#greeting.resolve(reply)
      return
    }
    if (isPreliminary(reply)) {
      // Of a command that moves no data nothing comes before its reply; who says so for ever says nothing.
      exchange.onPreliminary?.(reply)
      if (exchange.onPreliminary !== undefined) this.#idle?.refresh()
      return
    }
    this.#exchanges.shift()
    exchange.done.resolve(reply)
    if (reply.code === 421) this.close(closing(reply))
    else this.#watchIdle()
  }

  #watchIdle(): void {
    clearTimeout(this.#idle)
    if (this.#closed !== undefined) return
    const [exchange] = this.#exchanges
    if (exchange === undefined && this.#moving === 0) return
    const idleTimeoutMs = this.#options.idleTimeoutMs + (exchange?.patienceMs ?? 0)
    this.#idle = setTimeout(() => this.close(late(this.#options, idleTimeoutMs)), idleTimeoutMs)
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed !== undefined) return
      try {
        await work()
      } catch (error) {
        this.close(this.#mutilated(error))
      }
    })
  }

  /** What a security context does not take was not said by the server. */
  #mutilated(error: unknown): Error {
    if (error instanceof GridwrapError || error instanceof ProtocolError) return error
    const why = error instanceof Error ? error.message.trim() : String(error)
    const { host } = this.#options
    return new GridwrapError('busy', `What ${host} said was changed on its way: ${why}`, { cause: error })
  }

  #hungUp(): GridwrapError {
    return new GridwrapError('busy', `${this.#options.host}:${this.#options.port} closed the connection.`)
  }
}

const late = ({ host, port }: ControlOptions, ms: number): GridwrapError =>
  new GridwrapError('busy', `${host}:${port} has said nothing for ${ms / 1000} s.`)

const closing = (reply: Reply): GridwrapError =>
  new GridwrapError('busy', `The server closes the connection: ${reply.lines.join(' ')}`)
