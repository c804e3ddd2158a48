import type { Identity } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Mentions, Verdict } from './adapter.ts'
import { meant, type NamePattern, parseNamePattern } from './name-patterns.ts'
import { permitInScope, type Scope } from './scope.ts'

/** Permits people by their distinguished names, in which `*` stands for anything: `/DC=org/DC=example/*`. */
export class IdentityPatterns implements AuthorizationAdapter {
  readonly name = 'identity'
  readonly judgesParameters = false
  readonly #patterns: readonly NamePattern[]
  readonly #scope: Scope

  constructor(patterns: readonly string[], scope: Scope = {}) {
    this.#patterns = patterns.flatMap(text => parseNamePattern(text) ?? [])
    this.#scope = scope
  }

  knows(identity: Identity): boolean {
    return this.#matching(identity) !== undefined
  }

  mentions(): Mentions {
    return { services: this.#scope.services ?? [], inputs: [] }
  }

  decide(request: AuthorizationRequest): Verdict {
    const pattern = this.#matching(request.identity)
    return permitInScope(this.#scope, request, pattern && `${pattern} fits the name`, 'no pattern fits the name')
  }

  #matching(identity: Identity): string | undefined {
    if (identity.scheme !== 'gsi') return undefined
    const found = this.#patterns.find(pattern => meant(pattern, identity.subject, []) !== undefined)
    return found?.kind === 'name' ? found.pattern : undefined
  }
}
