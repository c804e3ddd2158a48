import { GridwrapError } from '../../core/errors.ts'

/** Why a signed message is not believed. */
export const signatureProblem = (
  message: string,
  hint: string,
  kind: 'signature' | 'expired' | 'replayed' = 'signature',
  cause?: unknown,
): GridwrapError => new GridwrapError('credential-problem', message, { hint, detail: { kind }, cause })
