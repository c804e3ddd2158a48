import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { TerminationTime } from '../ogsi/termination-time.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'

export interface LifetimeTerms {
  readonly instances: InstanceStore
  readonly keepSecondsAtMost: number
  /** Hints the keeper: what is over now is taken away now. */
  readonly changed: () => void
}

/** The window of an instance; a row without an end has none until its program ended. */
export const lifetimeOf = (row: InstanceRow): TerminationTime => ({
  after: row.terminate_after,
  before: row.terminate_before ?? Number.POSITIVE_INFINITY,
})

/**
 * Sets a new window (OGSI 1.0 section 7.6). A time in the past means now. The site's longest time binds: "infinity" and
 * anything beyond it become that.
 */
export async function changeLifetime(
  row: InstanceRow,
  wanted: TerminationTime,
  { instances, keepSecondsAtMost, changed }: LifetimeTerms,
): Promise<TerminationTime> {
  const now = wallClock()
  const latest = now + keepSecondsAtMost * 1000
  const before = Math.min(wanted.before, latest)
  const window = { after: Math.min(wanted.after, before), before }
  const seen = { after: row.terminate_after, before: row.terminate_before }
  const { done } = await instances.write('setLifetime', { id: row.id, ...window, seen, now })
  if (!done) {
    throw new GridwrapError(
      'termination-time-unchanged',
      `The termination time of ${row.id} was changed by another call at the same moment.`,
      {
        hint: 'Ask for the current one and try again.',
      },
    )
  }
  if (before <= now) {
    await instances.write('destroyInstance', { id: row.id, now, why: 'expired' })
    changed()
  }
  return window
}
