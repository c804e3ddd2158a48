import type { Credential } from '../../gsi/credential.ts'
import type { PathOptions } from '../../gsi/path-validation.ts'
import type { PeerExpectation } from '../../gsi/peer-expectation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'

/** How much of what travels is protected (PROT, RFC 2228 section 3): nothing, against changes, against readers too. */
export type Protection = 'clear' | 'safe' | 'private'

/** How data connections are secured. */
export type DataTerms =
  | { readonly authenticate: false }
  | {
      readonly authenticate: true
      readonly protection: Protection
      readonly credential: Credential
      readonly trust: TrustStore
      readonly path?: Omit<PathOptions, 'now'>
      /** Who has to be at the other end: with DCAU A one's own identity (GFD.20 section 3.2.7). */
      readonly expect: PeerExpectation
    }
