/**
 * Soft-state lifetimes (OGSI 1.0 section 7.6). Times are milliseconds since the epoch; Infinity is OGSI's "infinity".
 * An instance may be ended at any time between `after` and `before`, and is ended at `before` at the latest.
 */
export interface TerminationTime {
  readonly after: number
  readonly before: number
}

/** requestTerminationAfter: do not end before this. The window keeps `after <= before`. */
export const notBefore = (current: TerminationTime, after: number): TerminationTime => ({
  after,
  before: Math.max(current.before, after),
})

/** requestTerminationBefore: end at this time at the latest. A time in the past means now (section 7.6). */
export const notAfter = (current: TerminationTime, before: number): TerminationTime => ({
  after: Math.min(current.after, before),
  before,
})
