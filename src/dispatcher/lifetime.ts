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

/** The columns that say how long something lasts. */
type Lasting = Pick<InstanceRow, 'terminate_after' | 'terminate_before'>

/** The window of an instance; a row without an end has none until its program ended. */
export const lifetimeOf = (row: Lasting): TerminationTime => ({
  after: row.terminate_after,
  before: row.terminate_before ?? Number.POSITIVE_INFINITY,
})

/** What the caller saw, for a compare-and-set. */
export const seenLifetime = (row: Lasting): { readonly after: number; readonly before: number | null } => ({
  after: row.terminate_after,
  before: row.terminate_before,
})

/** A window that ends at the latest at `latest`: "infinity" and anything beyond it become that. */
export function within({ after, before }: TerminationTime, latest: number): TerminationTime {
  const end = Math.min(before, latest)
  return { after: Math.min(after, end), before: end }
}

/**
 * Sets a new window (OGSI 1.0 section 7.6). A time in the past means now. The site's longest time binds.
 */
export async function changeLifetime(
  row: InstanceRow,
  wanted: TerminationTime,
  { instances, keepSecondsAtMost, changed }: LifetimeTerms,
): Promise<TerminationTime> {
  const now = wallClock()
  const window = within(wanted, now + keepSecondsAtMost * 1000)
  const { done } = await instances.write('setLifetime', { id: row.id, ...window, seen: seenLifetime(row), now })
  if (!done) throw lifetimeRace(row.id)
  if (window.before <= now) {
    await instances.write('destroyInstance', { id: row.id, now, why: 'expired' })
    changed()
  }
  return window
}

export const lifetimeRace = (id: string): GridwrapError =>
  new GridwrapError(
    'termination-time-unchanged',
    `The termination time of ${id} was changed by another call at the same moment.`,
    { hint: 'Ask for the current one and try again.' },
  )
