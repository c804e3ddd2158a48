import { wallClock } from '../core/clock.ts'
import type { Sha1 } from '../soap/security/algorithms.ts'
import type { Writer } from '../store/writer.ts'
import type { Configuration } from './configuration.ts'
import type { SignatureTerms } from './stages/verify-signature.ts'

/** What a site asks of signed messages; those that were taken are remembered in its store. */
export const signatureTerms = (
  { messages, trust }: Configuration,
  writer: Writer,
): SignatureTerms & { readonly sha1: Sha1 } => ({
  required: messages.signature === 'required',
  windowMs: messages['signature-window'] * 1000,
  skewMs: trust['clock-skew'] * 1000,
  sha1: messages.sha1,
  take: (digest, until) => writer.run('takeMessage', { digest, until, now: wallClock() }),
})
