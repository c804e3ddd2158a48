import { GridwrapError } from '../../core/errors.ts'
import { findAccount, groupsOf, type SystemAccount } from '../../core/system-account.ts'

export interface AccountTerms {
  /** The container's own account, as which no program runs. */
  readonly service: SystemAccount
  /** Accounts with smaller ids are the system's own (login.defs(5), UID_MIN). */
  readonly leastUid: number
  /** Whether the site's map names it. */
  readonly has: (name: string) => boolean
}

/** A directory service may have forgotten somebody, or given them another id, by then (ms). */
const mostAge = 60_000

/** The accounts as which programs may run, looked up on this host and remembered for a minute. */
export class ProgramAccounts {
  readonly #terms: AccountTerms
  readonly #known = new Map<string, { readonly account: SystemAccount; readonly until: number }>()

  readonly #gone = new Map<string, SystemAccount>()

  constructor(terms: AccountTerms) {
    this.#terms = terms
  }

  /** Throws GridwrapError (`denied`) when no program may run as this account. */
  async toRun(name: string): Promise<SystemAccount> {
    if (!this.#terms.has(name)) throw refused(name, 'is not in this site\'s map ("run: accounts")')
    return this.find(name)
  }

  /** The same for what ran already, though the map may have changed since. */
  async find(name: string): Promise<SystemAccount> {
    const known = this.#known.get(name)
    if (known !== undefined && known.until > performance.now()) return known.account
    const account = await findAccount(name)
    if (account === undefined) throw refused(name, 'is not known on this host')
    const why = this.#whyNot(account, await groupsOf(name))
    if (why !== undefined) throw refused(name, why)
    this.#known.set(name, { account, until: performance.now() + mostAge })
    return account
  }

  /** Notes whose programs they are, where the host does not say it any more. None is started as one of these. */
  remember(account: SystemAccount): void {
    this.#gone.set(account.name, account)
  }

  /** An account that was found before, without waiting. */
  found(name: string | undefined): SystemAccount | undefined {
    return name === undefined ? undefined : (this.#known.get(name)?.account ?? this.#gone.get(name))
  }

  #whyNot({ uid, gid }: SystemAccount, groups: readonly number[]): string | undefined {
    const { service, leastUid } = this.#terms
    const all = [gid, ...groups]
    if (uid === 0 || all.includes(0)) return 'is root, or in its group'
    if (uid === service.uid || all.includes(service.gid)) return "is the container's own, or in its group"
    return uid < leastUid ? `is one of the system's own (its id ${uid} is less than ${leastUid})` : undefined
  }
}

const refused = (name: string, why: string): GridwrapError =>
  new GridwrapError('denied', `No program runs as the account ${JSON.stringify(name)}: it ${why}.`, {
    hint: 'The administrator of the container maps people to accounts with "run: accounts".',
  })
