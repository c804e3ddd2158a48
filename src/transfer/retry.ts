import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import { isConnectionError } from '../gridftp/data/connection-broken.ts'
import { ProtocolError } from '../gridftp/protocol/protocol-error.ts'

/** How often, and after how long, something is tried again. */
export interface RetryPolicy {
  /** Attempts that may fail one after the other without anything having moved. Default 5. */
  readonly attempts?: number
  /** Before the second attempt; doubled with each, up to a minute. Default 1000. */
  readonly firstDelayMs?: number
}

/** What arrived was not what was sent: to be sent again, from its beginning. */
export class WrongBytes extends GridwrapError {
  constructor(message: string) {
    super('transfer-failed', message)
  }
}

/**
 * Whether an error may be gone next time. What a file, a permission or a credential is the cause of stays; what the network, a
 * busy server or a mutilated dialog is the cause of does not.
 */
export const isTransient = (error: unknown): boolean =>
  (error instanceof GridwrapError && error.code === 'busy') ||
  error instanceof WrongBytes ||
  error instanceof ProtocolError ||
  isConnectionError(error)

const longestDelayMs = 60_000

/**
 * Tries until it works, until it fails for good, or until too many attempts have failed in a row. `moved`: whether the
 * attempt that failed came further than the one before; then the count begins anew. Throws what the last attempt threw.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { attempts = 5, firstDelayMs = 1000 }: RetryPolicy,
  watch: {
    readonly moved: () => boolean
    readonly onRetry?: ((error: unknown, delayMs: number) => void) | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (watch.signal?.aborted === true || !isTransient(error)) throw error
      if (watch.moved()) failures = 1
      if (failures >= attempts) throw error
      const asked = error instanceof GridwrapError ? (error.detail.retryAfterSeconds ?? 0) * 1000 : 0
      const backoff = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1))
      // Many that failed together do not come back together.
      const wait = Math.min(longestDelayMs, Math.max(asked, backoff * (0.75 + Math.random() / 2)))
      watch.onRetry?.(error, wait)
      await delay(wait, watch.signal)
    }
  }
}
