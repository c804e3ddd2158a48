import { z } from 'zod'

const file = z.strictObject({
  name: z.string().min(1).max(1000),
  size: z
    .number()
    .int()
    .nonnegative()
    .max(1024 * 1024 * 1024),
})

/** What callers ask of a holder. The bytes of `files` follow the message, one after the other. */
export const requestSchema = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('evaluate'),
    code: z.string(),
    /** Milliseconds; then it is interrupted. */
    timeout: z.number().int().positive(),
    /** Written into the working directory first. */
    files: z.array(file).max(1000),
    /** Removed from it first: outputs of an earlier call. */
    remove: z.array(z.string().max(1000)).max(1000),
  }),
  z.strictObject({ verb: z.literal('interrupt') }),
  z.strictObject({ verb: z.literal('save'), timeout: z.number().int().positive() }),
])
export type SessionRequest = z.infer<typeof requestSchema>
export type EvaluateRequest = Extract<SessionRequest, { readonly verb: 'evaluate' }>

/** What came of an evaluation. */
export interface Evaluation {
  /** What was printed on standard output and on standard error; of very much only the beginning. */
  readonly output: string
  readonly messages: string
  readonly truncated: boolean
  readonly seconds: number
  /** Why it was broken off: the time was over, somebody interrupted it, or the interpreter ended. */
  readonly broken?: 'timeout' | 'interrupted' | 'ended'
  /** Whether it ended after it was interrupted. */
  readonly interrupted?: boolean
}

export type SessionAnswer =
  | { readonly evaluation: Evaluation }
  | { readonly done: true }
  | { readonly saved: true }
  /** Why it could not be saved. */
  | { readonly problem: string }
  /** It is going to sleep, or has too much to do. */
  | { readonly refused: 'asleep' | 'busy' | 'not-savable' }
