import type { Identity } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'
import { inScope, type Scope } from './scope.ts'

/** Permits those who have the identity of the container itself (GSI's self authorization): a container run for oneself. */
export class Self implements AuthorizationAdapter {
  readonly name = 'self'
  readonly #own: () => string
  readonly #scope: Scope

  /** `own`: the distinguished name of the end entity behind the container's credential. */
  constructor(own: () => string, scope: Scope = {}) {
    this.#own = own
    this.#scope = scope
  }

  knows(identity: Identity): boolean {
    return identity.scheme === 'gsi' && identity.subject === this.#own()
  }

  decide(request: AuthorizationRequest): Verdict {
    if (!this.knows(request.identity)) return { effect: 'abstain', rule: 'the caller is not the container itself' }
    if (!inScope(this.#scope, request)) return { effect: 'abstain', rule: 'it speaks of other services' }
    return { effect: 'permit', rule: 'the caller is the container itself' }
  }
}
