import type { DialogListener } from '../gridftp/client/control-channel.ts'
import type { SessionOptions } from '../gridftp/client/session-options.ts'
import type { Protection } from '../gridftp/data/data-terms.ts'
import type { Credential } from '../gsi/credential.ts'
import type { TrustStore } from '../gsi/trust-store.ts'

/** Who moves files, and on which terms. What needs a file to be read is asked for when it is needed first. */
export interface Access {
  /** Throws GridwrapError (`credential-problem`) when there is none. */
  readonly credential: () => Credential
  readonly trust: () => TrustStore
  /** A bearer token for https servers. */
  readonly token?: string | undefined
  readonly gridftp?: GridFtpTerms
  /**
   * The address to connect to for a host, when not everybody may be connected to. Throws GridwrapError (`denied`). Data
   * connections to other addresses are `allowDataHost`'s to allow.
   */
  readonly resolve?: ((host: string) => Promise<string>) | undefined
  /** Until a server answers at all. Default 30,000. */
  readonly connectTimeoutMs?: number
  /** How long nothing may happen. Default 60,000. */
  readonly idleTimeoutMs?: number
}

/** How GridFTP servers are spoken to. */
export interface GridFtpTerms {
  /** Connections at once for each file. Default 1. */
  readonly streams?: number
  /**
   * Extended mode also over one connection: it serves for many files, one after the other. What is read then comes over a
   * connection that the server makes to this machine. Default: only with more than one, and for what is written.
   */
  readonly extended?: boolean
  readonly tcpBuffer?: number | undefined
  /** Default clear, as with globus-url-copy. */
  readonly protection?: Protection
  /** Default self; or the name that the other end of data connections must have (DCAU S). */
  readonly dataAuthentication?: 'self' | 'none' | { readonly subject: string }
  /** Whether servers connect to this machine for data. Default: this machine to them, but where they have to. */
  readonly active?: boolean
  /** Default limited. */
  readonly delegation?: 'none' | 'limited' | 'full'
  /** The names that servers must have, where it is not that of their host; without `host`, all of them. */
  readonly serverSubjects?: readonly { readonly host?: string; readonly subject: string }[] | undefined
  readonly ports?: readonly [number, number] | undefined
  readonly allowDataHost?: ((address: string) => boolean) | undefined
  /** See SessionOptions.translate. */
  readonly translate?: SessionOptions['translate'] | undefined
  readonly listener?: DialogListener | undefined
}
