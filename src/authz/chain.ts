import { type Identity, ownerKey } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'

/**
 * Asks the adapters in order: a deny wins over everything, else the first permit decides, else it is denied.
 * An adapter that throws denies: authorization fails closed.
 */
export class AuthorizationChain {
  readonly #adapters: readonly AuthorizationAdapter[]

  constructor(adapters: readonly AuthorizationAdapter[]) {
    this.#adapters = adapters
  }

  /** Whether anybody here knows this caller; anonymous is nobody. */
  knows(identity: Identity): boolean {
    return ownerKey(identity) !== undefined && this.#adapters.some(adapter => adapter.knows?.(identity) === true)
  }

  decide(request: AuthorizationRequest): Verdict {
    let permit: Verdict | undefined
    for (const adapter of this.#adapters) {
      const verdict = ask(adapter, request)
      if (verdict.effect === 'deny') return verdict
      if (verdict.effect === 'permit') permit ??= verdict
    }
    return permit ?? { effect: 'deny', rule: 'default: nothing permits it' }
  }
}

function ask(adapter: AuthorizationAdapter, request: AuthorizationRequest): Verdict {
  try {
    const { effect, rule } = adapter.decide(request)
    return { effect, rule: `${adapter.name}: ${rule}` }
  } catch (error) {
    return {
      effect: 'deny',
      rule: `${adapter.name}: failed (${error instanceof Error ? error.message : String(error)})`,
    }
  }
}
