import type { Identity } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'
import { meant, type NamePattern, parseNamePattern } from './name-patterns.ts'
import { inScope, type Scope } from './scope.ts'

/** Permits people by their distinguished names, in which `*` stands for anything: `/DC=org/DC=example/*`. */
export class IdentityPatterns implements AuthorizationAdapter {
  readonly name = 'identity'
  readonly #patterns: readonly NamePattern[]
  readonly #scope: Scope

  constructor(patterns: readonly string[], scope: Scope = {}) {
    this.#patterns = patterns.flatMap(text => parseNamePattern(text) ?? [])
    this.#scope = scope
  }

  knows(identity: Identity): boolean {
    return this.#matching(identity) !== undefined
  }

  decide(request: AuthorizationRequest): Verdict {
    const pattern = this.#matching(request.identity)
    if (pattern === undefined) return { effect: 'abstain', rule: 'no pattern fits the name' }
    if (!inScope(this.#scope, request)) return { effect: 'abstain', rule: 'it speaks of other services' }
    return { effect: 'permit', rule: `${pattern} fits the name` }
  }

  #matching(identity: Identity): string | undefined {
    if (identity.scheme !== 'gsi') return undefined
    const found = this.#patterns.find(pattern => meant(pattern, identity.subject, []) !== undefined)
    return found?.kind === 'name' ? found.pattern : undefined
  }
}
