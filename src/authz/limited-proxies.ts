import type { Action } from './actions.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'

/** Denies certain actions to bearers of limited proxies, as Globus's gatekeeper denies them jobs. */
export class LimitedProxies implements AuthorizationAdapter {
  readonly name = 'limited-proxies'
  readonly judgesParameters = false
  readonly #actions: ReadonlySet<Action>

  constructor(actions: readonly Action[]) {
    this.#actions = new Set(actions)
  }

  decide({ identity, action }: AuthorizationRequest): Verdict {
    if (identity.scheme !== 'gsi' || identity.proxy !== 'limited' || !this.#actions.has(action))
      return { effect: 'abstain', rule: 'not a limited proxy, or not this action' }
    return { effect: 'deny', rule: `${action} is not for limited proxies` }
  }
}
