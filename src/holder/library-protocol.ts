import { z } from 'zod'

const word = z.string().max(200)
const number = z.union([z.number(), z.strictObject({ integer: z.string().regex(/^-?\d{1,20}$/) })])

/**
 * One call of a routine: its arguments in order. Buffers are handed over by reference; the bytes of those that are given
 * follow the message, those of the others begin as zeros.
 */
export const libraryRequestSchema = z.strictObject({
  verb: z.literal('call'),
  symbol: word,
  /** What it returns: a type of C, or void. */
  returns: word,
  arguments: z
    .array(
      z.discriminatedUnion('by', [
        z.strictObject({ by: z.literal('value'), type: word, value: number }),
        z.strictObject({ by: z.literal('string'), text: z.string() }),
        z.strictObject({
          by: z.literal('reference'),
          bytes: z
            .number()
            .int()
            .nonnegative()
            .max(16 * 1024 * 1024 * 1024),
          given: z.boolean(),
          /** Whether what is in it afterwards is wanted back. */
          back: z.boolean(),
        }),
      ]),
    )
    .max(200),
  /** Milliseconds; then the holder is ended. */
  timeout: z.number().int().positive(),
})
export type LibraryRequest = z.infer<typeof libraryRequestSchema>

export type LibraryAnswer =
  /** The bytes that were wanted back follow the message, in order. */
  | {
      readonly returned: number | { readonly integer: string } | { readonly text: string } | null
      readonly sizes: readonly number[]
    }
  | { readonly refused: 'busy' }
  /** The library, or the routine in it, is not there. */
  | { readonly problem: string }
