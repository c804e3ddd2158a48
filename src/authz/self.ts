import type { Identity } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'
import { permitInScope } from './scope.ts'

/** Permits who has the identity of the container itself (GSI's self authorization): a container run for oneself. */
export class Self implements AuthorizationAdapter {
  readonly name = 'self'
  readonly judgesParameters = false
  readonly #own: () => string

  /** `own`: the distinguished name of the end entity behind the container's credential. */
  constructor(own: () => string) {
    this.#own = own
  }

  knows(identity: Identity): boolean {
    return identity.scheme === 'gsi' && identity.subject === this.#own()
  }

  decide(request: AuthorizationRequest): Verdict {
    const because = this.knows(request.identity) ? 'the caller is the container itself' : undefined
    return permitInScope({}, request, because, 'the caller is not the container itself')
  }
}
