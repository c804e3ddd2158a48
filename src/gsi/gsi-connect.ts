import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { ChainRejection } from './chain-rejection.ts'
import type { Credential } from './credential.ts'
import { destroyOnAbort } from './destroy-on-abort.ts'
import { type PathOptions, type ValidatedPath, validatePath } from './path-validation.ts'
import { takePeerChain } from './peer-chain.ts'
import { expectPeer, type PeerExpectation } from './peer-expectation.ts'
import { type Delegation, sendDelegation } from './send-delegation.ts'
import type { TrustStore } from './trust-store.ts'

export interface GsiConnectOptions {
  readonly host: string
  readonly port: number
  /** Where to connect, when `host` is only the name that is expected there. */
  readonly address?: string
  /** Who calls; without one, nobody in particular. */
  readonly credential?: Credential | undefined
  readonly trust: TrustStore
  readonly path?: Omit<PathOptions, 'now'>
  /** Default: the host that is connected to. */
  readonly expect?: PeerExpectation
  /**
   * Whether a server may also have a certificate from one of the authorities of the web, as this system knows them, in
   * place of one of the grid's. Only for servers that are to be nobody but their host. Default not.
   */
  readonly webAuthorities?: boolean
  /** Default none. */
  readonly delegation?: Delegation
  /** Of the delegated proxy. Default 12. */
  readonly delegationHours?: number
  /**
   * `gsi`: the Globus security context: after the handshake comes a flag, and perhaps a delegation. `tls`: plain TLS,
   * with `alpn` (SSL_COMPATIBLE in Globus's words). Default gsi.
   */
  readonly context?: 'gsi' | 'tls'
  readonly alpn?: readonly string[]
  /** Until the context stands. Default 30,000. */
  readonly timeoutMs?: number
  /** Ends the attempt, with its reason. */
  readonly signal?: AbortSignal
}

/** A connection whose peer has been authenticated and is the one that was expected. */
export interface GsiConnection {
  /** Paused; what the peer said since is in it. */
  readonly socket: TLSSocket
  readonly peer: ValidatedPath
}

/** The same, where it may be a host that an authority of the web vouches for: then there is no `peer`. */
export type WebConnection = Omit<GsiConnection, 'peer'> & { readonly peer: ValidatedPath | undefined }

/**
 * Connects as a GSI initiator. Nothing but the handshake is sent before the peer's chain has been validated and is that
 * of the one who was expected. Throws GridwrapError (`credential-problem`) when it is not, the errors of node:net and
 * node:tls when there is no connection.
 */
export function connectGsi(options: GsiConnectOptions & { readonly webAuthorities?: false }): Promise<GsiConnection>
export function connectGsi(options: GsiConnectOptions): Promise<WebConnection>
export async function connectGsi(options: GsiConnectOptions): Promise<WebConnection> {
  const { host, port, credential, context = 'gsi', timeoutMs = 30_000 } = options
  const socket = connect({
    host: options.address ?? host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(credential?.toTls() ?? {}),
    // The verdict is ours: node:tls knows neither proxies nor signing policies.
    rejectUnauthorized: false,
    ...(options.webAuthorities === true ? {} : { checkServerIdentity: () => undefined }),
    minVersion: 'TLSv1.2',
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
  })
  const timer = setTimeout(() => {
    socket.destroy(new GridwrapError('busy', `${host}:${port} did not answer within ${timeoutMs / 1000} s.`, {}))
  }, timeoutMs)
  const settle = destroyOnAbort(socket, options.signal)
  // Also what happens right behind the handshake, before anybody could listen, must not end the process.
  socket.on('error', () => undefined)
  try {
    await once(socket, 'secureConnect')
    socket.pause()
    const peer = authenticate(socket, options)
    if (context === 'gsi') await agree(socket, options)
    return { socket, peer }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    settle()
    clearTimeout(timer)
  }
}

function authenticate(socket: TLSSocket, options: GsiConnectOptions): ValidatedPath | undefined {
  const { host, trust, credential, expect = { mode: 'host' } } = options
  // Of servers' certificates, which are no proxies, node:tls knows by the authorities of the web, and by the name.
  if (options.webAuthorities === true && socket.authorized) return undefined
  try {
    const peer = validatePath(takePeerChain(socket), trust.current(), { ...options.path, now: wallClock() })
    expectPeer(peer, expect, host, credential)
    return peer
  } catch (error) {
    if (!(error instanceof ChainRejection)) throw error
    throw new GridwrapError('credential-problem', `The peer at ${host} cannot be believed. ${error.message}`, {
      hint: 'Set X509_CERT_DIR to a directory that holds its authority, with the signing_policy and revocation list.',
      detail: { kind: error.reason },
      cause: error,
    })
  }
}

/** The end of the context: on TLS 1.3 the acceptor has nothing left to say and says so with a NUL; then comes our flag. */
async function agree(
  socket: TLSSocket,
  { credential, delegation = 'none', delegationHours }: GsiConnectOptions,
): Promise<void> {
  if (socket.getProtocol() === 'TLSv1.3') await swallowNul(socket)
  if (delegation === 'none') {
    socket.write('0')
    return
  }
  if (credential === undefined)
    throw new GridwrapError('credential-problem', 'There is no credential that could be delegated.', {
      hint: 'Make a proxy with `gridwrap proxy init`.',
    })
  socket.write('D')
  await sendDelegation(socket, credential, delegation, delegationHours)
}

const swallowNul = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off('data', onData).off('close', onEnd).off('end', onEnd).off('error', onError)
      socket.pause()
    }
    const onError = (error: Error): void => {
      stop()
      reject(error)
    }
    const onEnd = (): void => onError(new Error('The peer hung up before the security context stood.'))
    const onData = (chunk: Buffer): void => {
      stop()
      if (chunk.length > 1) socket.unshift(chunk.subarray(1))
      if (chunk[0] === 0) resolve()
      else reject(new Error('The peer does not speak the Globus security context.'))
    }
    socket.on('data', onData).on('close', onEnd).on('end', onEnd).on('error', onError)
    socket.resume()
  })
