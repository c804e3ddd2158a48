import type { AuthorizationChain } from '../../authz/chain.ts'
import { monotonic, wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { GsiIdentity } from '../../core/identity.ts'
import { ChainRejection } from '../../gsi/chain-rejection.ts'
import { refusalToAdmit } from '../stages/admit.ts'

/** Revocation lists and memberships run out while sessions last. */
const judgeAgainMs = 60_000

type Rules = Pick<AuthorizationChain, 'knows' | 'refuses'>

/**
 * Somebody who is logged in, and whether they may (still) be: their credential has not expired, is not revoked, and the
 * rules let them in as they are now. Sessions last for hours, and are asked before each of their commands.
 */
export class Standing {
  #identity: GsiIdentity
  #judged = monotonic()
  readonly #judge: () => GsiIdentity
  readonly #rules: Rules

  /** `judge`: who they are by their certificates, as these count now; throws ChainRejection. */
  constructor(judge: () => GsiIdentity, rules: Rules) {
    this.#judge = judge
    this.#rules = rules
    this.#identity = judged(judge)
  }

  get identity(): GsiIdentity {
    return this.#identity
  }

  /** Throws GridwrapError when they may not be here. */
  demand(): void {
    if (monotonic() - this.#judged > judgeAgainMs) {
      this.#identity = judged(this.#judge)
      this.#judged = monotonic()
    }
    const { expires, subject } = this.#identity
    if (expires <= wallClock())
      throw new GridwrapError(
        'credential-problem',
        `The credential of ${subject} expired at ${new Date(expires).toISOString()}.`,
        { hint: 'Make a new proxy and log in again.' },
      )
    const refused = refusalToAdmit(this.#identity, this.#rules)
    if (refused !== undefined) throw refused.error
  }
}

function judged(judge: () => GsiIdentity): GsiIdentity {
  try {
    return judge()
  } catch (error) {
    throw error instanceof ChainRejection ? error.toGridwrapError() : error
  }
}
