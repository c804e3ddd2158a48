import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { TerminationTime } from '../ogsi/termination-time.ts'

/** An ogsi:ExtendedDateTimeType, decoded. */
export type ExtendedDateTime = Date | 'infinity'

export const timeOf = (time: ExtendedDateTime): number =>
  time === 'infinity' ? Number.POSITIVE_INFINITY : time.getTime()

export const extendedDateTime = (time: number): ExtendedDateTime =>
  Number.isFinite(time) ? new Date(time) : 'infinity'

/** An ogsi:TerminationTimeType of now. The timestamp lets clients drop answers that come out of order (section 7.6). */
export const terminationTime = ({ after, before }: TerminationTime): Readonly<Record<string, ExtendedDateTime>> => ({
  after: extendedDateTime(after),
  before: extendedDateTime(before),
  timestamp: new Date(wallClock()),
})

/** An ogsi:TerminationTimeType that somebody asks for. */
export interface AskedWindow {
  readonly after?: ExtendedDateTime
  readonly before?: ExtendedDateTime
}

/** The window that a factory was asked for; undefined when the caller leaves it to the container. */
export function windowOf(asked: AskedWindow | undefined): TerminationTime | undefined {
  if (asked?.after === undefined && asked?.before === undefined) return undefined
  const before = asked.before === undefined ? Number.POSITIVE_INFINITY : timeOf(asked.before)
  const after = asked.after === undefined ? Math.min(wallClock(), before) : timeOf(asked.after)
  if (after > before) {
    throw new GridwrapError('extensibility-type', 'terminationTime: after lies behind before.', {
      hint: 'after must be the earlier one (OGSI 1.0 section 7.6).',
    })
  }
  return { after, before }
}
