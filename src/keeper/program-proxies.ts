import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Application } from '../application/model.ts'
import { monotonic, wallClock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { type CredentialChoice, storedChoice } from '../delegation/credential-choice.ts'
import type { CredentialSupply } from '../delegation/credential-supply.ts'
import { programProxy, unfinishedProxy, writeProgramProxy } from '../delegation/derive-proxy.ts'
import type { InstanceRow } from '../store/rows.ts'

const retryMs = 60_000
/** A credential that runs out must not be derived from without a pause. */
const leastMs = 2000

/** Whose program has a proxy, of which kind, and where. */
export interface ProxyHolder {
  readonly owner: string
  readonly credential: CredentialChoice
  readonly kind: 'limited' | 'full'
  readonly control: string
  /** Of the host, that the program runs as; null: the container's own. */
  readonly account: string | null
}

/** Makes a file the account's alone. */
export type GiveFile = (file: string, account: string) => Promise<void>

/** What an instance's program is to hold; undefined when it needs no credential. */
export const proxyHolder = (
  { owner, options, account }: InstanceRow,
  { credential: kind }: Application,
  control: string,
): ProxyHolder | undefined =>
  kind === 'none' ? undefined : { owner, credential: storedChoice(options), kind, control, account }

/**
 * The proxies of running programs: each its own, derived from what its owner delegated last, made anew at half its life
 * and gone with the program. A job need not be started again for that.
 */
export class ProgramProxies {
  readonly #credentials: CredentialSupply
  readonly #giveFile: GiveFile
  readonly #log: Log
  readonly #due = new Map<ProxyHolder, number>()
  #renewing = false

  constructor(credentials: CredentialSupply, giveFile: GiveFile, log: Log) {
    this.#credentials = credentials
    this.#giveFile = giveFile
    this.#log = log
  }

  /** Makes a program's first proxy. Throws GridwrapError (`credential-problem`) when its owner has nothing to derive it from. */
  async give(holder: ProxyHolder): Promise<void> {
    this.#due.set(holder, await this.#derive(holder))
  }

  /** Looks after the proxy of a program that an earlier keeper started; nobody knows how old it is. */
  adopt(holder: ProxyHolder): void {
    this.#due.set(holder, monotonic())
  }

  /** Takes a program's proxy away, also one that this keeper has never heard of. */
  async take(control: string): Promise<void> {
    for (const holder of this.#due.keys()) if (holder.control === control) this.#due.delete(holder)
    for (const name of [programProxy, unfinishedProxy]) await rm(join(control, name), { force: true })
  }

  /** Makes anew what is due. */
  async renew(): Promise<void> {
    if (this.#renewing) return
    this.#renewing = true
    try {
      const now = monotonic()
      for (const [holder, due] of this.#due) {
        if (due > now) continue
        try {
          const again = await this.#derive(holder)
          if (this.#due.has(holder)) this.#due.set(holder, again)
          // It ended while its proxy was being made.
          else await this.take(holder.control)
        } catch (error) {
          if (this.#due.has(holder)) this.#due.set(holder, monotonic() + retryMs)
          this.#log.warn({ owner: holder.owner, err: error }, 'the proxy of a program cannot be renewed')
        }
      }
    } finally {
      this.#renewing = false
    }
  }

  /** Resolves with the moment (monotonic) at which the proxy is to be made anew. */
  async #derive({ owner, credential: choice, kind, control, account }: ProxyHolder): Promise<number> {
    const credential = await this.#credentials.get(owner, choice, kind)
    const expires = await writeProgramProxy(credential, kind, control, async file => {
      if (account !== null) await this.#giveFile(file, account)
    })
    return monotonic() + Math.max((expires - wallClock()) / 2, leastMs)
  }
}
