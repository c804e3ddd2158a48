import type { Socket } from 'node:net'
import { BlockConnection, type BlockReceiver } from '../data/block-receiver.ts'
import type { DataListener } from '../data/data-listener.ts'
import { DataReader } from '../data/data-reader.ts'
import { announceOwn, listenForServer } from './data-address.ts'
import type { FtpSession } from './ftp-session.ts'

/**
 * A port of this machine by which a server brings files in extended mode, and the connections that came in by it: they
 * outlive a file (GFD.20 section 3.4.1), and the next one comes over the same. Files come one after the other.
 */
export class IncomingData implements Disposable {
  readonly #port: DataListener
  readonly #connections = new Map<BlockConnection, Socket>()
  readonly #over = new AbortController()
  readonly #ahead: boolean
  #receiver: BlockReceiver | undefined
  #broken: Error | undefined

  private constructor(port: DataListener, ahead: boolean) {
    this.#port = port
    this.#ahead = ahead
    void this.#accept()
  }

  /** Listens, and tells the server where. `ahead`: files are asked for before the one before them is there. */
  static async open(session: FtpSession, { ahead = false } = {}): Promise<IncomingData> {
    const port = await listenForServer(session)
    try {
      await announceOwn(session, port.address)
      return new IncomingData(port, ahead)
    } catch (error) {
      port[Symbol.dispose]()
      throw error
    }
  }

  /** Whether a file can come. */
  get isGood(): boolean {
    return this.#broken === undefined && !this.#over.signal.aborted
  }

  /**
   * Receives one file over the connections that are there, and those that come. Rejects when it does not come whole; then
   * nobody knows where in a file its connections are, and nothing more can come.
   */
  async receive(receiver: BlockReceiver, stop: AbortSignal): Promise<void> {
    const fail = (): void => receiver.fail(asError(stop.reason))
    if (this.#broken !== undefined) receiver.fail(this.#broken)
    if (stop.aborted) fail()
    stop.addEventListener('abort', fail, { once: true })
    this.#receiver = receiver
    try {
      for (const connection of this.#connections.keys()) void this.#read(receiver, connection, true)
      await receiver.whole
    } catch (error) {
      this.#broken ??= asError(error)
      throw error
    } finally {
      stop.removeEventListener('abort', fail)
      this.#receiver = undefined
    }
    for (const connection of this.#connections.keys()) void this.#watch(connection)
  }

  [Symbol.dispose](): void {
    this.#over.abort(new Error('The files are there.'))
    this.#port[Symbol.dispose]()
    for (const socket of this.#connections.values()) socket.destroy()
    this.#connections.clear()
  }

  async #accept(): Promise<void> {
    try {
      for (;;) {
        const socket = await this.#port.accept(this.#over.signal)
        // Between two files nobody was asked for anything.
        if (this.#receiver === undefined && !this.#ahead) {
          socket.destroy()
          continue
        }
        const connection = new BlockConnection(new DataReader(socket))
        this.#connections.set(connection, socket)
        if (this.#receiver !== undefined) void this.#read(this.#receiver, connection, false)
      }
    } catch (error) {
      this.#broken = asError(error)
      this.#receiver?.fail(this.#broken)
    }
  }

  async #read(receiver: BlockReceiver, connection: BlockConnection, isKept: boolean): Promise<void> {
    const end = await receiver.read(connection, isKept)
    if (end?.closes === true) this.#drop(connection)
  }

  /** A connection that the server ends between two files takes nothing with it; what comes by one is of no file. */
  async #watch(connection: BlockConnection): Promise<void> {
    const next = await connection.nextHeader().catch(() => undefined)
    if (this.#receiver !== undefined || (this.#ahead && next !== undefined)) return
    this.#drop(connection)
  }

  #drop(connection: BlockConnection): void {
    this.#connections.get(connection)?.destroy()
    this.#connections.delete(connection)
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
