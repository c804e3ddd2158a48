import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../core/quantities.ts'

/** A reader of whole numbers for an option; commander names the option when it throws. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    return value
  }

/** Reads a time, in seconds. */
export function seconds(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : parseDuration(text)
  if (value === undefined) throw new InvalidArgumentError('It must be a time like 90, 90s, 30m, 7d.')
  return value
}
