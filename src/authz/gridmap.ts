import type { Identity } from '../core/identity.ts'
import type { ProblemLog } from '../core/log.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Mentions, Verdict } from './adapter.ts'
import { FollowedFile } from './followed-file.ts'
import { parseGridmap } from './gridmap-file.ts'
import { permitInScope, type Scope } from './scope.ts'

type Accounts = ReadonlyMap<string, readonly string[]>

/**
 * Permits the people of a grid-mapfile to use services. Of instances it says nothing: who made one, and with whom it is
 * shared, is the `owner` adapter's to know. The file is followed, so that who was taken out is refused from then on.
 */
export class Gridmap implements AuthorizationAdapter {
  readonly name = 'gridmap'
  readonly judgesParameters = false
  readonly #file: FollowedFile<Accounts>
  readonly #scope: Scope

  constructor(file: string, log: ProblemLog, scope: Scope = {}) {
    this.#file = new FollowedFile<Accounts>(file, text => readAccounts(file, text, log), new Map(), log)
    this.#scope = scope
  }

  knows(identity: Identity): boolean {
    return identity.scheme === 'gsi' && this.#file.current().has(identity.subject)
  }

  /** The local accounts of a caller, the default first. */
  accounts(identity: Identity): readonly string[] {
    return identity.scheme === 'gsi' ? (this.#file.current().get(identity.subject) ?? []) : []
  }

  /** The accounts of all lines: whatever somebody may be mapped to. */
  allAccounts(): readonly string[] {
    return [...this.#file.current().values()].flat()
  }

  mentions(): Mentions {
    return { services: this.#scope.services ?? [], inputs: [] }
  }

  decide(request: AuthorizationRequest): Verdict {
    const because = this.knows(request.identity) ? `${this.#file.path} lists the caller` : undefined
    return permitInScope(this.#scope, request, because, 'not listed')
  }
}

/** A broken line is reported and hurts no other. */
function readAccounts(file: string, text: string, log: ProblemLog): Accounts {
  const { entries, problems } = parseGridmap(text)
  for (const problem of problems) log.warn({ file, ...problem }, 'a line of the grid-mapfile is not taken')
  const accounts = new Map<string, readonly string[]>()
  for (const entry of entries) accounts.set(entry.subject, [...(accounts.get(entry.subject) ?? []), ...entry.accounts])
  return accounts
}
