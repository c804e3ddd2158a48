import type { Credential } from '../../gsi/credential.ts'
import type { PathOptions } from '../../gsi/path-validation.ts'
import type { PeerExpectation } from '../../gsi/peer-expectation.ts'
import type { Delegation } from '../../gsi/send-delegation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'
import type { Protection } from '../data/data-terms.ts'
import type { HostPort } from '../protocol/host-port.ts'
import type { DialogListener } from './control-channel.ts'

/** Who logs in, and how. */
export type LogIn =
  | {
      readonly with: 'gsi'
      readonly credential: Credential
      readonly trust: TrustStore
      readonly path?: Omit<PathOptions, 'now'>
      /** Whom to take for the server. Default: whoever has a certificate for its host. */
      readonly expect?: PeerExpectation
      /** What the server gets: it needs a proxy to be recognized on data connections. Default limited, as globus-url-copy. */
      readonly delegation?: Delegation
      readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
      /** An account of the server's to ask for. Default: what the server maps the caller to. */
      readonly user?: string
    }
  | { readonly with: 'password'; readonly user: string; readonly password: string }

export interface SessionOptions {
  readonly host: string
  readonly port: number
  /** Where to connect, when `host` is only the name that is expected there. */
  readonly address?: string
  readonly logIn: LogIn
  /**
   * Who must be at the other end of a data connection (DCAU): oneself (A), a subject (S), nobody in particular (N). Default
   * A; without GSI, or without delegation, N.
   */
  readonly dataAuthentication?: 'self' | 'none' | { readonly subject: string }
  /** Default clear: what was authenticated travels unprotected, as with globus-url-copy. */
  readonly protection?: Protection
  /**
   * Whether a data connection may go to an address that is not the server's own. Default: when its peer is
   * authenticated; a server could otherwise send its callers anywhere.
   */
  readonly allowDataHost?: (address: string) => boolean
  /**
   * Where data connections really go, when addresses are translated on the way: of an address that the server tells
   * (`server`) the one to connect to, of one's own (`own`) the one to tell the server.
   */
  readonly translate?: (address: HostPort, whose: 'server' | 'own') => Promise<HostPort>
  /** First and last port for connections that servers make. Default: GLOBUS_TCP_PORT_RANGE, else any. */
  readonly ports?: readonly [number, number]
  /** Default 30,000. */
  readonly connectTimeoutMs?: number
  /** How long neither replies, nor markers, nor data may come. Default 60,000. */
  readonly idleTimeoutMs?: number
  readonly listener?: DialogListener
  /** Ends the logging in. */
  readonly signal?: AbortSignal
}
