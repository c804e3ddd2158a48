import type { Socket } from 'node:net'
import { isIPv6 } from 'node:net'
import { BlockConnection } from '../data/block-receiver.ts'
import { connectData } from '../data/connect-data.ts'
import { DataListener, plainAddress } from '../data/data-listener.ts'
import { DataReader } from '../data/data-reader.ts'
import type { DataTerms } from '../data/data-terms.ts'
import { DataWriter } from '../data/data-writer.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { Refusal } from './refusal.ts'

/** A data connection that a file has travelled over, and the next one may. */
interface Kept {
  readonly socket: Socket
  readonly writer?: DataWriter
  readonly blocks?: BlockConnection
}

/**
 * Where a session's data goes: to an address that the client named, or through a port that was opened for it. In extended
 * mode connections outlive a file (GFD.20 section 3.4.1): Globus clients wait for ever when one is closed behind it.
 */
export class DataPort implements Disposable {
  #listener: DataListener | undefined
  #target: HostPort | undefined
  #delayed = false
  #kept: Kept[] = []

  /** Whether a client has said where data goes. */
  get isSet(): boolean {
    return this.#listener !== undefined || this.#target !== undefined || this.#delayed
  }

  /** Whether a port is to be opened when it is known what for. */
  get isDelayed(): boolean {
    return this.#delayed
  }

  /** A port will be opened when it is known what for (Globus's AllowDelayed); what was said before is over. */
  delay(): void {
    this.forget()
    this.#delayed = true
  }

  /** Whether connections are there over which the next file goes in extended mode. */
  keeps(direction: 'out' | 'in'): boolean {
    return this.#kept.some(({ socket, writer }) => !socket.destroyed && (writer === undefined) === (direction === 'in'))
  }

  /** Opens a port for the client (PASV, EPSV); what was said before is over. */
  async listen(
    host: string,
    ports: readonly [number, number] | undefined,
    terms: DataTerms,
    from: string,
    timeoutMs: number,
  ): Promise<HostPort> {
    this.forget()
    this.#listener = await DataListener.listen({
      host,
      terms,
      from,
      timeoutMs,
      ...(ports === undefined ? {} : { ports }),
    })
    return this.#listener.address
  }

  /**
   * Will connect to an address (PORT, EPRT). An address of somebody else is taken only when the data connection will show
   * who is there: the server could otherwise be made to speak to anybody (RFC 2577).
   */
  connectTo(address: HostPort, authenticated: boolean, client: string): void {
    if (!authenticated && plainAddress(address.host) !== plainAddress(client))
      throw new Refusal(504, `Without data channel authentication data goes to ${plainAddress(client)} only.`)
    if (address.port < 1024) throw new Refusal(504, 'Data is not sent to ports below 1024.')
    if (isIPv6(address.host) !== isIPv6(plainAddress(client)))
      throw new Refusal(522, 'The address is of another protocol than the control connection.')
    this.forget()
    this.#target = address
  }

  /** One connection for stream mode, secured. It is used once. */
  async stream(terms: DataTerms, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
    const listener = this.#listener
    const target = this.#target
    this.#closeKept()
    try {
      if (listener !== undefined) return await listener.accept(timed(signal, timeoutMs))
      return await connectData(this.#needed(target), terms, timeoutMs, signal)
    } finally {
      // A stream is over with its connection.
      this.forget()
    }
  }

  /** Connections to send blocks over: those of the last file, else new ones. */
  async writers(
    terms: DataTerms,
    count: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly DataWriter[]> {
    const kept = this.#kept.filter(({ socket, writer }) => writer !== undefined && !socket.destroyed)
    if (kept.length > 0) return kept.flatMap(({ writer }) => writer ?? [])
    this.#closeKept()
    const sockets =
      this.#listener === undefined
        ? await this.#connectAll(terms, count, timeoutMs, signal)
        : [await this.#listener.accept(timed(signal, timeoutMs))]
    this.#kept = sockets.map(socket => ({ socket, writer: new DataWriter(socket) }))
    return this.#kept.flatMap(({ writer }) => writer ?? [])
  }

  /** Connections that blocks come over: those of the last file, then those that come in, until the signal is aborted. */
  async *incoming(
    terms: DataTerms,
    timeoutMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<BlockConnection, void, undefined> {
    for (const { socket, writer } of this.#kept) if (writer !== undefined) socket.destroy()
    this.#kept = this.#kept.filter(({ socket }) => !socket.destroyed)
    for (const { blocks } of this.#kept) if (blocks !== undefined) yield blocks
    const add = (socket: Socket): BlockConnection => {
      const blocks = new BlockConnection(new DataReader(socket))
      this.#kept.push({ socket, blocks })
      return blocks
    }
    if (this.#listener === undefined) {
      if (this.#kept.length === 0) yield add(await connectData(this.#needed(this.#target), terms, timeoutMs, signal))
      return
    }
    for (;;) yield add(await this.#listener.accept(signal))
  }

  /** Keeps a connection whose transfer has failed, until {@link abandon} ends it. */
  hold(socket: Socket): void {
    this.#kept.push({ socket })
  }

  /** Ends the connections that are kept: the transfer over them has failed. */
  abandon(error: Error): void {
    for (const { socket } of this.#kept) socket.destroy(error)
    this.forget()
  }

  /** Ends one connection that the client said it closes. */
  drop(connection: BlockConnection): void {
    this.#kept = this.#kept.filter(({ socket, blocks }) => {
      if (blocks !== connection) return true
      socket.destroy()
      return false
    })
  }

  [Symbol.dispose](): void {
    this.forget()
  }

  async #connectAll(
    terms: DataTerms,
    count: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly Socket[]> {
    const target = this.#needed(this.#target)
    const connecting = Array.from({ length: count }, () => connectData(target, terms, timeoutMs, signal))
    const results = await Promise.allSettled(connecting)
    const sockets = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    const broken = results.find(result => result.status === 'rejected')
    if (broken === undefined) return sockets
    for (const socket of sockets) socket.destroy()
    throw broken.reason
  }

  #needed(target: HostPort | undefined): HostPort {
    if (target === undefined) throw new Refusal(425, 'Say first where the data goes: PASV or PORT.')
    return target
  }

  /** Nothing that a client has said of where data goes holds any more. */
  forget(): void {
    this.#listener?.[Symbol.dispose]()
    this.#listener = undefined
    this.#target = undefined
    this.#delayed = false
    this.#closeKept()
  }

  #closeKept(): void {
    for (const { socket } of this.#kept) socket.destroy()
    this.#kept = []
  }
}

const timed = (signal: AbortSignal, timeoutMs: number): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
