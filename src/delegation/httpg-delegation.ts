import type { TLSSocket } from 'node:tls'
import { wallClock } from '../core/clock.ts'
import type { GsiIdentity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import { acceptDelegation } from '../gsi/accept-delegation.ts'
import type { KeyPool } from '../gsi/key-pool.ts'
import type { PathOptions } from '../gsi/path-validation.ts'
import { receiveDelegation } from '../gsi/receive-delegation.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import { type CredentialKeep, connectionCredential, credentialKey } from './credential-keep.ts'
import { Turns } from './turns.ts'

/** Delegations of one person that are under way. */
const atOnce = 4

/** Who is at the other end, and whether they may come in. */
export interface Callers {
  /** Throws ChainRejection when the chain is not valid. */
  identify(chain: readonly Buffer[], socket: TLSSocket): GsiIdentity
  /** Whether they may come in, and whether they may delegate; asked, and written down, once a connection. */
  admits(identity: GsiIdentity, socket: TLSSocket): 'to-delegate' | 'without' | undefined
}

/**
 * Takes what Globus clients delegate when they connect (httpg). The connection is used only when that went well, as in
 * Globus's own acceptor: a client that delegates counts on it. Of those who are not let in nothing is kept.
 */
export class HttpgDelegation {
  readonly #keys: KeyPool
  readonly #trust: TrustStore
  readonly #options: Omit<PathOptions, 'now'>
  readonly #callers: Callers
  readonly #keep: CredentialKeep
  readonly #log: Log
  readonly #turns = new Turns(atOnce)

  constructor(
    keys: KeyPool,
    trust: TrustStore,
    options: Omit<PathOptions, 'now'>,
    callers: Callers,
    keep: CredentialKeep,
    log: Log,
  ) {
    this.#keys = keys
    this.#trust = trust
    this.#options = options
    this.#callers = callers
    this.#keep = keep
    this.#log = log
  }

  /** Rejects when the connection is to be closed. */
  async receive(socket: TLSSocket, chain: readonly Buffer[]): Promise<void> {
    const identity = this.#callers.identify(chain, socket)
    const admitted = this.#callers.admits(identity, socket)
    // Whoever begins many and ends none waits for themselves alone: keys are dear.
    using _turn = await this.#turns.take(identity.subject)
    if (socket.destroyed) throw new Error('The peer hung up before it was its turn to delegate.')
    // A key of their own is made for those whose credential will be kept; the others are told why on their first request.
    const key = await (admitted === 'to-delegate' ? this.#keys.take() : this.#keys.decoy())
    const certificate = await receiveDelegation(socket, key)
    const options = { ...this.#options, now: wallClock() }
    const delegated = acceptDelegation(key, [certificate, ...chain], identity.subject, this.#trust.current(), options)
    if (admitted !== 'to-delegate') return
    const { proxy: kind, expires } = delegated.validated.identity
    // Each kind for itself: a limited one does not take the place of a full one that jobs use.
    await this.#keep.put(credentialKey(identity, connectionCredential(kind)), delegated)
    this.#log.info(
      { identity: identity.subject, kind, expires: new Date(expires).toISOString() },
      'a credential was delegated',
    )
  }
}
