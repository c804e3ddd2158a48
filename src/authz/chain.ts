import { type Identity, ownerKey } from '../core/identity.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Mentions, Verdict } from './adapter.ts'

/** How a decision came about: what each adapter said, in order, and what came of it. */
export interface Explanation {
  readonly verdicts: readonly (Verdict & { readonly adapter: string })[]
  readonly decision: Verdict
}

/**
 * The one place where adapters are combined: a deny wins over everything, else the first permit decides, else it is
 * denied. An adapter that throws denies: authorization fails closed.
 */
export class AuthorizationChain {
  readonly #adapters: readonly AuthorizationAdapter[]

  constructor(adapters: readonly AuthorizationAdapter[]) {
    this.#adapters = adapters
  }

  /** Whether any adapter looks at parameters. */
  get judgesParameters(): boolean {
    return this.#adapters.some(adapter => adapter.judgesParameters !== false)
  }

  /** Whether anybody here knows this caller; anonymous is nobody. */
  knows(identity: Identity): boolean {
    return ownerKey(identity) !== undefined && this.#adapters.some(adapter => isKnown(adapter, identity))
  }

  /** Why a caller is not let in at all, whatever they want; undefined when they may be. */
  refuses(identity: Identity): string | undefined {
    for (const adapter of this.#adapters) {
      const why = refusal(adapter, identity)
      if (why !== undefined) return `${adapter.name}: ${why}`
    }
    return undefined
  }

  /** The applications and inputs of which any rule speaks. */
  mentions(): Mentions {
    const all = this.#adapters.flatMap(adapter => adapter.mentions?.() ?? [])
    return { services: all.flatMap(one => one.services), inputs: all.flatMap(one => one.inputs) }
  }

  decide(request: AuthorizationRequest): Verdict {
    let permit: Verdict | undefined
    for (const adapter of this.#adapters) {
      const verdict = ask(adapter, request)
      if (verdict.effect === 'deny') return verdict
      if (verdict.effect === 'permit') permit ??= verdict
    }
    return permit ?? nobodyPermits
  }

  /** The same decision, with what every adapter has to say. */
  explain(request: AuthorizationRequest): Explanation {
    const verdicts = this.#adapters.map(adapter => ({ adapter: adapter.name, ...ask(adapter, request) }))
    return { verdicts, decision: this.decide(request) }
  }
}

const nobodyPermits: Verdict = { effect: 'deny', rule: 'default: nothing permits it' }

const effects: ReadonlySet<string> = new Set(['permit', 'deny', 'abstain'])

function ask(adapter: AuthorizationAdapter, request: AuthorizationRequest): Verdict {
  try {
    const { effect, rule } = adapter.decide(request)
    // A promise, or anything else that a site's own adapter may have answered, permits nothing.
    if (!effects.has(effect))
      return { effect: 'deny', rule: `${adapter.name}: answered neither permit, deny nor abstain` }
    return { effect, rule: `${adapter.name}: ${rule}` }
  } catch (error) {
    return { effect: 'deny', rule: `${adapter.name}: failed (${text(error)})` }
  }
}

function isKnown(adapter: AuthorizationAdapter, identity: Identity): boolean {
  try {
    return adapter.knows?.(identity) === true
  } catch {
    return false
  }
}

function refusal(adapter: AuthorizationAdapter, identity: Identity): string | undefined {
  try {
    return adapter.refuses?.(identity)
  } catch (error) {
    return `failed (${text(error)})`
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
