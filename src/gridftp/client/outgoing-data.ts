import type { Socket } from 'node:net'
import { connectData } from '../data/connect-data.ts'
import { DataWriter } from '../data/data-writer.ts'
import type { HostPort } from '../protocol/host-port.ts'
import type { FtpSession } from './ftp-session.ts'

/**
 * Connections to a server over which files go in extended mode: they outlive a file (GFD.20 section 3.4.1), and the next
 * one goes over the same.
 */
export class OutgoingData implements Disposable {
  readonly writers: readonly DataWriter[]
  readonly #sockets: readonly Socket[]

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets
    this.writers = sockets.map(socket => new DataWriter(socket))
    // Nothing comes by them but their end, which nobody would see of what is not read.
    for (const socket of sockets) socket.resume()
  }

  /** Makes so many connections; all of them or none. */
  static async connect(
    session: FtpSession,
    address: HostPort,
    count: number,
    signal: AbortSignal,
  ): Promise<OutgoingData> {
    const { connectTimeoutMs = 30_000 } = session.options
    const results = await Promise.allSettled(
      Array.from({ length: count }, () => connectData(address, session.data, connectTimeoutMs, signal)),
    )
    const sockets = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    const broken = results.find(result => result.status === 'rejected')
    if (broken === undefined) return new OutgoingData(sockets)
    for (const socket of sockets) socket.destroy()
    throw broken.reason
  }

  /** Whether a file that wants so many connections can go over these. */
  isGoodFor(count: number): boolean {
    return this.writers.length === count && this.writers.every(writer => writer.failure === undefined)
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
