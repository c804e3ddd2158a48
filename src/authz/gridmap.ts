import { readFileSync, statSync } from 'node:fs'
import type { Identity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'
import { parseGridmap } from './gridmap-file.ts'

/**
 * Permits the people of a grid-mapfile to use services. Of instances it says nothing: who made one, and with whom it is
 * shared, is the `owner` adapter's to know. The file is looked at for
 * every question, which costs a microsecond or two, so that who was taken out is refused from then on; one that cannot
 * be read knows nobody.
 */
export class Gridmap implements AuthorizationAdapter {
  readonly name = 'gridmap'
  readonly #file: string
  readonly #log: Log
  #accounts: ReadonlyMap<string, readonly string[]> = new Map()
  #stamp = ''

  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
  }

  knows(identity: Identity): boolean {
    return identity.scheme === 'gsi' && this.#current().has(identity.subject)
  }

  /** The local accounts of a caller, the default first. */
  accounts(identity: Identity): readonly string[] {
    return identity.scheme === 'gsi' ? (this.#current().get(identity.subject) ?? []) : []
  }

  decide({ identity, action, instance }: AuthorizationRequest): Verdict {
    if (!this.knows(identity)) return { effect: 'abstain', rule: 'not listed' }
    if (instance !== undefined || action.startsWith('instance.'))
      return { effect: 'abstain', rule: 'instances are their owners’' }
    return { effect: 'permit', rule: `${this.#file} lists the caller` }
  }

  #current(): ReadonlyMap<string, readonly string[]> {
    try {
      const { mtimeNs, size, ino } = statSync(this.#file, { bigint: true })
      const stamp = `${mtimeNs}:${size}:${ino}`
      if (stamp !== this.#stamp) this.#read(stamp)
    } catch (error) {
      if (this.#stamp !== 'unreadable')
        this.#log.error(
          { file: this.#file, err: error },
          'the grid-mapfile cannot be read; nobody is known until it can',
        )
      this.#stamp = 'unreadable'
      this.#accounts = new Map()
    }
    return this.#accounts
  }

  #read(stamp: string): void {
    const { entries, problems } = parseGridmap(readFileSync(this.#file, 'utf8'))
    for (const problem of problems)
      this.#log.warn({ file: this.#file, ...problem }, 'a line of the grid-mapfile is not taken')
    const accounts = new Map<string, readonly string[]>()
    for (const entry of entries)
      accounts.set(entry.subject, [...(accounts.get(entry.subject) ?? []), ...entry.accounts])
    this.#accounts = accounts
    this.#stamp = stamp
  }
}
