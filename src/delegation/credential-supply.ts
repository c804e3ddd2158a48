import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { ProblemLog } from '../core/log.ts'
import type { DelegatedCredential } from '../gsi/accept-delegation.ts'
import type { Credential } from '../gsi/credential.ts'
import type { CredentialChoice } from './credential-choice.ts'
import { type CredentialKeep, connectionCredential } from './credential-keep.ts'
import { demandKind } from './derive-proxy.ts'

/** Where credentials come from that nobody delegated, and new ones for those that run out: a MyProxy server. */
export interface CredentialSource {
  /** A proxy of somebody who lets this container fetch one. */
  fetch(subject: string): Promise<DelegatedCredential>
  /** A new proxy for one that has not expired yet. */
  renew(subject: string, credential: Credential): Promise<DelegatedCredential>
}

/** A credential that has less to live than this is renewed, where that can be done. */
const renewBelowMs = 2 * 3_600_000

/**
 * The credentials that jobs use: what their owners delegated, renewed in time, and fetched when there is none. What comes
 * from the source is kept like what was delegated.
 */
export class CredentialSupply {
  readonly #keep: CredentialKeep
  readonly #source: CredentialSource | undefined
  readonly #log: ProblemLog
  readonly #asking = new Map<string, Promise<DelegatedCredential>>()

  constructor(keep: CredentialKeep, source: CredentialSource | undefined, log: ProblemLog) {
    this.#keep = keep
    this.#source = source
    this.#log = log
  }

  /** Throws GridwrapError (`credential-problem`) when there is none and none can be had, or it has expired. */
  async get(owner: string, choice: CredentialChoice, kind: 'limited' | 'full'): Promise<Credential> {
    const source = this.#source
    if (source === undefined) return this.#keep.get(owner, choice, kind)
    let credential: Credential
    try {
      credential = await this.#keep.get(owner, choice, kind)
    } catch (error) {
      if (!(error instanceof GridwrapError) || choice.name !== undefined) throw error
      return this.#fetched(source, owner, choice.role, error)
    }
    return credential.expires - wallClock() > renewBelowMs
      ? credential
      : this.#renewed(source, owner, choice, kind, credential)
  }

  /** Throws GridwrapError (`credential-problem`) when a program could not have the credential that it needs. */
  async demand(owner: string, choice: CredentialChoice, kind: 'none' | 'limited' | 'full'): Promise<void> {
    if (kind !== 'none') demandKind(await this.get(owner, choice, kind), kind)
  }

  async #fetched(source: CredentialSource, owner: string, role: string, missing: GridwrapError): Promise<Credential> {
    try {
      const got = await this.#once(`fetch ${owner}`, () => source.fetch(subjectOf(owner)))
      await this.#keep.put({ owner, role, name: connectionCredential('full') }, got)
      return got.credential
    } catch (error) {
      throw new GridwrapError(
        missing.code,
        `${missing.message} ${error instanceof Error ? error.message : String(error)}`,
        {
          ...(missing.hint === undefined ? {} : { hint: missing.hint }),
          detail: missing.detail,
          cause: error,
        },
      )
    }
  }

  /** What cannot be renewed is used as long as it lives. */
  async #renewed(
    source: CredentialSource,
    owner: string,
    choice: CredentialChoice,
    kind: 'limited' | 'full',
    credential: Credential,
  ): Promise<Credential> {
    try {
      const row = await this.#keep.chosen(owner, choice, kind)
      if (row === undefined) return credential
      const got = await this.#once(`renew ${row.file}`, () => source.renew(subjectOf(owner), credential))
      if (got.credential.expires <= credential.expires) return credential
      await this.#keep.put({ owner, role: row.role, name: row.name }, got)
      return got.credential
    } catch (error) {
      this.#log.warn({ owner, err: error }, 'a delegated credential runs out and cannot be renewed')
      return credential
    }
  }

  /** Many jobs of one owner ask at the same time. */
  async #once(what: string, ask: () => Promise<DelegatedCredential>): Promise<DelegatedCredential> {
    const asking = this.#asking.get(what) ?? ask().finally(() => this.#asking.delete(what))
    this.#asking.set(what, asking)
    return asking
  }
}

const subjectOf = (owner: string): string => owner.replace(/^gsi:/, '')
