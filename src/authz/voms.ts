import { fqansOf, type Identity } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Mentions, Verdict } from './adapter.ts'
import { meant, type NamePattern, parseNamePattern } from './name-patterns.ts'
import { permitInScope, type Scope } from './scope.ts'

/**
 * Permits by groups and roles of virtual organizations: `/vo/Role=production` is exactly that, `/vo/*` the VO and all
 * below it. Any of a caller's FQANs will do: roles are only in a proxy when they were asked for.
 */
export class Voms implements AuthorizationAdapter {
  readonly name = 'voms'
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
    const fqan = this.#matching(request.identity)
    return permitInScope(this.#scope, request, fqan && `the caller has ${fqan}`, 'no FQAN fits')
  }

  #matching(identity: Identity): string | undefined {
    for (const pattern of this.#patterns) {
      const found = pattern.kind === 'fqan' ? meant(pattern, '', fqansOf(identity)) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }
}
