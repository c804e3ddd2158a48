import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { GridwrapError } from '../core/errors.ts'
import { destroyOnAbort } from './destroy-on-abort.ts'
import { GssInitiator, type InitiatorTerms } from './gss/gss-context.ts'
import { standOver } from './gss/stand-over.ts'
import type { ValidatedPath } from './path-validation.ts'

export interface ClearConnectOptions extends InitiatorTerms {
  readonly port: number
  /** Where to connect, when `host` is only the name that is expected there. */
  readonly address?: string
  /** Until the context stands. Default 30,000. */
  readonly timeoutMs?: number
  /** Ends the attempt, with its reason. */
  readonly signal?: AbortSignal
}

/** A connection whose peer was authenticated, and which says everything else in the clear. */
export interface ClearConnection {
  /** Paused; what the peer said since is in it. */
  readonly socket: Socket
  readonly peer: ValidatedPath
}

/**
 * Connects as a GSI initiator with the channel mode clear: both sides are authenticated, a credential may be delegated, and
 * what follows is neither encrypted nor protected. On TLS 1.2, because tickets of 1.3 would stand in the clear stream.
 * Throws like {@link connectGsi}.
 */
export async function connectGsiClear(options: ClearConnectOptions): Promise<ClearConnection> {
  const { host, address = host, port, timeoutMs = 30_000 } = options
  const socket = connect({ host: address, port })
  const late = new GridwrapError('busy', `${address}:${port} did not answer within ${timeoutMs / 1000} s.`)
  const timer = setTimeout(() => socket.destroy(late), timeoutMs)
  const settle = destroyOnAbort(socket, options.signal)
  // Stays: also what happens before anybody else could listen must not end the process.
  const broken = new Promise<never>((_resolve, reject) => socket.on('error', reject))
  broken.catch(() => undefined)
  using context = new GssInitiator({ maxVersion: 'TLSv1.2', ...options })
  try {
    await Promise.race([once(socket, 'connect'), broken])
    await Promise.race([standOver(socket, context), broken])
    return { socket, peer: context.peer }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    settle()
    clearTimeout(timer)
  }
}
