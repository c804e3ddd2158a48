import { createServer, type Server, type Socket } from 'node:net'
import { GridwrapError } from '../../core/errors.ts'
import { AcceptQueue } from '../../gsi/accept-queue.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { acceptData } from './accept-data.ts'
import type { DataTerms } from './data-terms.ts'

export interface DataListenerOptions {
  /** The local address that the peer will be told. */
  readonly host: string
  /** First and last port that may be used. Default: any. */
  readonly ports?: readonly [number, number]
  readonly terms: DataTerms
  /** The address of the control connection's peer, the only one that may connect when data is not authenticated. */
  readonly from: string
  readonly timeoutMs: number
  /** Told of connections that were refused. */
  readonly onRefused?: (error: Error) => void
}

/** Connections that wait for their turn; nobody honest opens more. */
const backlog = 64

/** A port that data connections come in by. */
export class DataListener implements Disposable {
  readonly address: HostPort
  readonly #server: Server
  #unknown = 0
  readonly #queue = new AcceptQueue<Socket>(backlog, socket => socket.destroy())

  private constructor(server: Server, address: HostPort, options: DataListenerOptions) {
    this.#server = server
    this.address = address
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined)
      const { terms, from, timeoutMs, onRefused } = options
      if (!terms.authenticate && plainAddress(socket.remoteAddress) !== plainAddress(from)) {
        onRefused?.(new Error(`A data connection came from ${socket.remoteAddress} and not from ${from}.`))
        socket.destroy()
        return
      }
      // Whoever knows the port can connect; who they are is known only after the handshake.
      if (this.#unknown >= backlog) {
        onRefused?.(new Error('Too many data connections are not authenticated.'))
        socket.destroy()
        return
      }
      this.#unknown++
      acceptData(socket, terms, timeoutMs)
        .then(
          secured => this.#queue.put(secured),
          (error: unknown) => onRefused?.(error instanceof Error ? error : new Error(String(error))),
        )
        .finally(() => this.#unknown--)
    })
  }

  /** Begins to listen. Rejects when no port is free. */
  static async listen(options: DataListenerOptions): Promise<DataListener> {
    const [first, last] = options.ports ?? [0, 0]
    // Begun somewhere in the range: many transfers do not try the same ports in the same order.
    const count = last - first + 1
    const begin = Math.floor(Math.random() * count)
    for (let tries = 0; ; tries++) {
      const port = first + ((begin + tries) % count)
      const server = createServer({ noDelay: true, pauseOnConnect: true })
      try {
        const address = await listen(server, options.host, port)
        return new DataListener(server, address, options)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
        if (tries + 1 >= count)
          throw new GridwrapError('busy', `No port from ${first} to ${last} is free for data connections.`, {
            hint: 'Wait, or take a wider range (GLOBUS_TCP_PORT_RANGE).',
          })
      }
    }
  }

  /** The next connection, secured and paused. Rejects with the signal's reason, and when the listener is closed. */
  accept(signal?: AbortSignal): Promise<Socket> {
    return this.#queue.take(signal)
  }

  /** Ends the listening; connections that were taken go on. */
  [Symbol.dispose](): void {
    this.#server.close()
    this.#queue.close()
  }
}

/** An IPv4 address is often told as one of IPv6. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d)/i, '')

const listen = (server: Server, host: string, port: number): Promise<HostPort> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    // Its own, also in a process of a cluster, whose listeners would otherwise be everybody's.
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      const address = server.address()
      if (address !== null && typeof address === 'object') resolve({ host, port: address.port })
      else reject(new Error('The listener has no IP address.'))
    })
  })
