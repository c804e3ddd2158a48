import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { wallClock } from '../core/clock.ts'
import { acceptDelegation, type DelegatedCredential } from './accept-delegation.ts'
import { AcceptQueue } from './accept-queue.ts'
import type { Credential } from './credential.ts'
import { GsiListener } from './gsi-listener.ts'
import { GssAcceptor } from './gss/gss-context.ts'
import { standOver } from './gss/stand-over.ts'
import { KeyPool } from './key-pool.ts'
import { type PathOptions, type ValidatedPath, validatePath } from './path-validation.ts'
import { expectPeer, type PeerExpectation } from './peer-expectation.ts'
import { receiveDelegation } from './receive-delegation.ts'
import type { TrustStore } from './trust-store.ts'

export interface GsiServerOptions {
  /** Default: all interfaces. */
  readonly host?: string
  /** Default: one that the system chooses. */
  readonly port?: number
  readonly credential: Credential
  readonly trust: TrustStore
  readonly path?: Omit<PathOptions, 'now'>
  /** Who may come in, beside those with a valid chain. Default: whoever has one. */
  readonly expect?: Exclude<PeerExpectation, { mode: 'host' }>
  /** `wrapped`: everything goes through TLS; `clear`: only the handshake does. Default wrapped. */
  readonly channel?: 'wrapped' | 'clear'
  /** Whether a peer may delegate. Default take. */
  readonly delegation?: 'take' | 'refuse'
  /** Told of who was not let in, and why. */
  readonly onRefused?: (error: Error, remoteAddress: string | undefined) => void
}

/** A connection that was let in. */
export interface AcceptedGsi {
  /** A TLSSocket, but in the channel mode clear. Paused; what the peer said since is in it. */
  readonly socket: Socket
  readonly peer: ValidatedPath
  /** What the peer delegated: `writeCredential` puts it into a file. */
  readonly delegated: DelegatedCredential | undefined
}

const handshakeMs = 10_000
/** Connections that nobody has accepted yet; and, in the clear mode, those that are being set up. */
const backlog = 128

/**
 * The acceptor's side of GSI connections, for servers of one's own: `listen`, then `accept` or `for await`. Peers speak
 * the Globus security context, as {@link connectGsi} does; their chains are validated, and who is not let in never comes
 * out of `accept`.
 */
export class GsiServer implements AsyncDisposable {
  readonly port: number
  readonly #queue: AcceptQueue<AcceptedGsi>
  readonly #close: () => Promise<void>

  private constructor(port: number, queue: AcceptQueue<AcceptedGsi>, close: () => Promise<void>) {
    this.port = port
    this.#queue = queue
    this.#close = close
  }

  /** Rejects with the errors of node:net when it cannot listen there. */
  static async listen(options: GsiServerOptions): Promise<GsiServer> {
    const queue = new AcceptQueue<AcceptedGsi>(backlog, ({ socket }) => socket.destroy())
    const keys = new KeyPool()
    const { port, close } = await (options.channel === 'clear'
      ? listenClear(options, keys, queue)
      : listenWrapped(options, keys, queue))
    return new GsiServer(port, queue, async () => {
      queue.close()
      keys[Symbol.dispose]()
      await close()
    })
  }

  /** The next connection. Rejects with the signal's reason, and once the server is closed. */
  accept(signal?: AbortSignal): Promise<AcceptedGsi> {
    return this.#queue.take(signal)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AcceptedGsi, never, undefined> {
    for (;;) yield await this.accept()
  }

  /** Ends the server and all its connections. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

interface Listening {
  readonly port: number
  readonly close: () => Promise<void>
}

async function listenWrapped(
  options: GsiServerOptions,
  keys: KeyPool,
  queue: AcceptQueue<AcceptedGsi>,
): Promise<Listening> {
  const { trust, path, onRefused } = options
  const delegated = new WeakMap<TLSSocket, DelegatedCredential>()
  const judge = (chain: readonly Buffer[], socket: Socket): ValidatedPath => {
    const peer = validatePath(chain, trust.current(), { ...path, now: wallClock() })
    admit(peer, options, socket)
    return peer
  }
  const listener = new GsiListener({
    credential: options.credential,
    handshakeTimeoutMs: handshakeMs,
    onConnection: (socket, chain, entry) => {
      socket.pause()
      if (entry !== 'httpg') throw new Error('The peer does not speak the Globus security context.')
      queue.put({ socket, peer: judge(chain, socket), delegated: delegated.get(socket) })
    },
    ...(options.delegation === 'refuse'
      ? {}
      : {
          onDelegation: async (socket, chain) => {
            const { identity } = judge(chain, socket)
            const key = await keys.take()
            const certificate = await receiveDelegation(socket, key)
            const now = wallClock()
            const all = [certificate, ...chain]
            delegated.set(socket, acceptDelegation(key, all, identity.subject, trust.current(), { ...path, now }))
          },
        }),
    onHandshakeError: (error, remoteAddress) => onRefused?.(error, remoteAddress),
  })
  const { port } = await listener.listen({ host: options.host, port: options.port ?? 0 })
  return { port, close: () => listener.close() }
}

async function listenClear(
  options: GsiServerOptions,
  keys: KeyPool,
  queue: AcceptQueue<AcceptedGsi>,
): Promise<Listening> {
  const sockets = new Set<Socket>()
  let pending = 0
  const server = createServer({ noDelay: true, pauseOnConnect: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    if (pending >= backlog) return void socket.destroy()
    pending++
    acceptClear(socket, options, keys)
      .then(accepted => queue.put(accepted))
      .catch((error: Error) => {
        options.onRefused?.(error, socket.remoteAddress)
        socket.destroy()
      })
      .finally(() => pending--)
  })
  const port = await listening(server, options)
  const close = async (): Promise<void> => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { port, close }
}

async function acceptClear(socket: Socket, options: GsiServerOptions, keys: KeyPool): Promise<AcceptedGsi> {
  const { credential, trust, path } = options
  const timer = setTimeout(() => socket.destroy(), handshakeMs)
  const newKey = (): ReturnType<KeyPool['take']> => {
    if (options.delegation === 'refuse')
      throw new Error('The peer wants to delegate its credential, which is not taken here.')
    return keys.take()
  }
  using context = new GssAcceptor({ credential, trust, newKey, ...(path === undefined ? {} : { path }) })
  try {
    await standOver(socket, context)
    admit(context.peer, options, socket)
    return { socket, peer: context.peer, delegated: context.delegated }
  } finally {
    clearTimeout(timer)
  }
}

const admit = (peer: ValidatedPath, { expect, credential }: GsiServerOptions, { remoteAddress }: Socket): void => {
  if (expect !== undefined) expectPeer(peer, expect, remoteAddress ?? 'the other end', credential)
}

const listening = (server: Server, { host, port = 0 }: GsiServerOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') resolve(address.port)
      else reject(new Error('The server has no IP address.'))
    })
  })
