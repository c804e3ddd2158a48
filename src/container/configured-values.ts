import { z } from 'zod'
import { parseDuration } from '../core/quantities.ts'

/** Seconds, from a text like 30m or 7d. */
export const duration = z
  .string()
  .refine(text => parseDuration(text) !== undefined, 'is not a duration like 30m, 7d')
  .transform(text => parseDuration(text) ?? 0)

export const count = z.number().int().min(1).max(1_000_000)
