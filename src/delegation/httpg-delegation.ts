import type { TLSSocket } from 'node:tls'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { ownerKey } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import { acceptDelegation } from '../gsi/accept-delegation.ts'
import type { KeyPool } from '../gsi/key-pool.ts'
import { type PathOptions, validatePath } from '../gsi/path-validation.ts'
import { receiveDelegation } from '../gsi/receive-delegation.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import { type CredentialKeep, connectionCredential } from './credential-keep.ts'

/**
 * Takes what Globus clients delegate when they connect (httpg). The connection is used only when that went well, as in
 * Globus's own acceptor: a client that delegates counts on it.
 */
export class HttpgDelegation {
  readonly #keys: KeyPool
  readonly #trust: TrustStore
  readonly #options: Omit<PathOptions, 'now'>
  readonly #keep: CredentialKeep
  readonly #log: Log

  constructor(keys: KeyPool, trust: TrustStore, options: Omit<PathOptions, 'now'>, keep: CredentialKeep, log: Log) {
    this.#keys = keys
    this.#trust = trust
    this.#options = options
    this.#keep = keep
    this.#log = log
  }

  /** Rejects when the connection is to be closed. */
  async receive(socket: TLSSocket, chain: readonly Buffer[]): Promise<void> {
    const options = { ...this.#options, now: wallClock() }
    const { identity } = validatePath(chain, this.#trust.current(), options)
    const owner = ownerKey(identity)
    if (owner === undefined) throw new GridwrapError('credential-problem', 'Nobody in particular delegates nothing.')
    const key = await this.#keys.take()
    const certificate = await receiveDelegation(socket, key)
    const delegated = acceptDelegation(key, [certificate, ...chain], identity.subject, this.#trust.current(), options)
    await this.#keep.put(owner, connectionCredential, delegated)
    const { proxy: kind, expires } = delegated.validated.identity
    this.#log.info(
      { identity: identity.subject, kind, expires: new Date(expires).toISOString() },
      'a credential was delegated',
    )
  }
}
