import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { ReportLimit } from './connection-limits.ts'
import type { Credential } from './credential.ts'
import { readFirstRecord } from './first-record.ts'
import { peekClientHello } from './peek-client-hello.ts'
import { takePeerChain } from './peer-chain.ts'
import { serverTlsOptions } from './server-tls-options.ts'

/** How a connection came in: an HTTP client with ALPN, one without, or a Globus client that sent its flag. */
export type Entry = 'https' | 'https-no-alpn' | 'httpg'

export interface GsiListenerOptions {
  /** The host's certificate and key. */
  readonly credential: Credential
  /**
   * A secured connection, with the peer's certificates in wire order (none: anonymous). Read it, or pause it, before
   * returning. Its errors need no listener; its end comes as `close`.
   */
  readonly onConnection: (socket: TLSSocket, chain: readonly Buffer[], entry: Entry) => void
  /**
   * A Globus client wants to delegate: takes the exchange over, on a paused socket, and leaves it paused behind the last
   * octet of the exchange. The connection is handed on when it resolves.
   */
  readonly onDelegation?: (socket: TLSSocket, chain: readonly Buffer[]) => Promise<void>
  /** Told of connections that failed before they were handed on, at most 10 a second; `suppressed` counts the others. */
  readonly onHandshakeError?: (error: Error, remoteAddress: string | undefined, suppressed: number) => void
  /** From the TCP connection until it is handed on. Default 10,000. */
  readonly handshakeTimeoutMs?: number
  /** Connections that are not handed on yet. Default 256. */
  readonly maximumHandshakes?: number
  /** Connections beyond these are closed at once: those that are there go on. Default 4096. */
  readonly maximumConnections?: number
}

const noTls =
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\nThis port speaks TLS: use https://\n'

/**
 * The one port of a container. Every connection's ClientHello is looked at first: with ALPN it is an HTTP client and may
 * have TLS 1.3; without, it may be a Globus client and gets TLS 1.2, whose streams no session ticket corrupts. There a
 * first record `0` or `D` is httpg. Client certificates are asked for and not judged: that is validatePath's work.
 */
export class GsiListener {
  readonly #options: GsiListenerOptions
  readonly #server: Server
  readonly #modern: TlsServer
  readonly #globus: TlsServer
  readonly #sockets = new Set<Socket>()
  /** Connections that are not handed on yet, and what ends them in time. */
  readonly #pending = new Map<string, { readonly socket: Socket; readonly timer: NodeJS.Timeout }>()
  readonly #reports = new ReportLimit(10)
  #closed: Promise<void> | undefined

  constructor(options: GsiListenerOptions) {
    this.#options = options
    this.#modern = createTlsServer({
      ...serverTlsOptions(options.credential, 'TLSv1.3'),
      ALPNProtocols: ['http/1.1', 'http/1.0'],
    })
    this.#globus = createTlsServer(serverTlsOptions(options.credential, 'TLSv1.2'))
    this.#modern.on('secureConnection', socket => this.#handOn(socket, takePeerChain(socket), 'https'))
    this.#globus.on('secureConnection', socket => {
      this.#sort(socket, takePeerChain(socket)).catch((error: unknown) => this.#fail(socket, error))
    })
    for (const server of [this.#modern, this.#globus]) {
      server.on('tlsClientError', (error, socket) => this.#fail(socket, error))
    }
    this.#server = createServer({ noDelay: true, keepAlive: true }, socket => {
      this.#accept(socket).catch((error: unknown) => this.#fail(socket, error))
    })
  }

  /** Begins to listen and resolves with the real address; port 0 lets the system choose. */
  listen(where: ListenOptions): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(where, () => {
        this.#server.off('error', reject)
        this.#server.on('error', error => this.#report(error, undefined))
        const address = this.#server.address()
        if (address !== null && typeof address === 'object') resolve(address)
        else reject(new Error('The listener has no IP address.'))
      })
    })
  }

  /** Connections that are open, handed on or not. */
  get connections(): number {
    return this.#sockets.size
  }

  /** From now on new connections see this certificate; those that are there go on. */
  setCredential(credential: Credential): void {
    this.#modern.setSecureContext(serverTlsOptions(credential, 'TLSv1.3'))
    this.#globus.setSecureContext(serverTlsOptions(credential, 'TLSv1.2'))
  }

  /** Takes no new connections; those that are there go on. Resolves when the last one has ended. */
  drain(): Promise<void> {
    this.#closed ??= new Promise(resolve => this.#server.close(() => resolve()))
    return this.#closed
  }

  /** Ends everything. */
  close(): Promise<void> {
    const closed = this.drain()
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #accept(socket: Socket): Promise<void> {
    const key = connectionKey(socket)
    this.#sockets.add(socket)
    // What goes wrong on the raw socket comes as the end of the TLS one, or of the peek.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#settle(key)
    })
    if (this.#sockets.size > (this.#options.maximumConnections ?? 4096)) {
      this.#report(new Error('There are too many connections; the newest is closed.'), socket.remoteAddress)
      socket.destroy()
      return
    }
    // Of those that are being set up the oldest goes: who means it is through in no time, who only keeps a place is not.
    const [oldest] = this.#pending.values()
    if (oldest !== undefined && this.#pending.size >= (this.#options.maximumHandshakes ?? 256))
      this.#fail(oldest.socket, new Error('There are too many connections that are not set up; the oldest is closed.'))
    const limit = this.#options.handshakeTimeoutMs ?? 10_000
    const timer = setTimeout(() => {
      this.#fail(socket, new Error(`The connection was not set up within ${limit} ms.`))
    }, limit)
    this.#pending.set(key, { socket, timer })
    const hello = await peekClientHello(socket)
    if (hello === undefined || socket.destroyed) socket.destroy()
    else if (hello.kind === 'client-hello') {
      const server = hello.alpn.length > 0 ? this.#modern : this.#globus
      server.emit('connection', socket)
    } else {
      this.#report(new Error(`This is no TLS connection: ${hello.why}.`), socket.remoteAddress)
      if (hello.isHttp) socket.end(noTls)
      else socket.destroy()
    }
  }

  async #sort(socket: TLSSocket, chain: readonly Buffer[]): Promise<void> {
    const first = await readFirstRecord(socket)
    if (first === undefined) return void socket.destroy()
    if (first === 'plain') return this.#handOn(socket, chain, 'https-no-alpn')
    if (first === 'delegation') {
      if (this.#options.onDelegation === undefined) {
        return this.#fail(socket, new Error('The peer wants to delegate its credential, which is not taken here.'))
      }
      await this.#options.onDelegation(socket, chain)
    }
    this.#handOn(socket, chain, 'httpg')
  }

  #handOn(socket: TLSSocket, chain: readonly Buffer[], entry: Entry): void {
    if (socket.destroyed || !this.#settle(connectionKey(socket))) return void socket.destroy()
    socket.on('error', () => undefined)
    try {
      // Undoes the pause of the first record, which no later listener would.
      if (entry !== 'https') socket.resume()
      this.#options.onConnection(socket, chain, entry)
    } catch (error) {
      this.#report(error, socket.remoteAddress)
      socket.destroy()
    }
  }

  #fail(socket: Socket, error: unknown): void {
    // A connection ends once; what else goes wrong with it afterwards is a consequence.
    if (this.#settle(connectionKey(socket))) this.#report(error, socket.remoteAddress)
    socket.destroy()
  }

  /** Whether the connection was still being set up. */
  #settle(key: string): boolean {
    clearTimeout(this.#pending.get(key)?.timer)
    return this.#pending.delete(key)
  }

  #report(error: unknown, remoteAddress: string | undefined): void {
    const suppressed = this.#reports.pass()
    if (suppressed === undefined) return
    this.#options.onHandshakeError?.(
      error instanceof Error ? error : new Error(String(error)),
      remoteAddress,
      suppressed,
    )
  }
}

// A TLS socket does not say which raw one is below it; the ends of the connection do.
const connectionKey = (socket: Socket): string =>
  `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`
