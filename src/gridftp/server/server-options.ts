import type { GridwrapError } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'
import type { Credential } from '../../gsi/credential.ts'
import type { PathOptions, ValidatedPath } from '../../gsi/path-validation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'
import type { ServedFiles } from './served-files.ts'

/** Somebody who is logged in, as what the files belong to. */
export interface Admitted {
  readonly files: ServedFiles
  /** How the welcome calls them. */
  readonly account: string
  /** Asked before each command: throws GridwrapError when they may be here no longer. */
  readonly stillAdmitted?: () => void
}

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** The host's certificate and key, as they are now. */
  readonly credential: () => Credential
  readonly trust: TrustStore
  readonly path?: Omit<PathOptions, 'now'>
  /**
   * Who may log in, and what they see; `address`: where they come from. Throws GridwrapError when they may not.
   */
  readonly admit: (peer: ValidatedPath, address: string) => Promise<Admitted>
  /** What everybody sees who says `anonymous`, read only; undefined: nobody may. */
  readonly anonymous?: ServedFiles | undefined
  /** The IPv4 address that clients are told in PASV. Default: the one that they came to. */
  readonly dataHost?: string
  /** First and last port for data connections. Default: any. */
  readonly dataPorts?: readonly [number, number] | undefined
  /** Between two commands. Default 900,000. */
  readonly idleMs?: number
  /** How long a data connection may stand still. Default 120,000. */
  readonly dataIdleMs?: number
  /** A session altogether. Default a day. */
  readonly sessionMs?: number
  /** Control connections at once. Default 1024. */
  readonly mostConnections?: number
  /** Told of what happened, for a log. */
  readonly onEvent?: (event: ServerEvent) => void
}

export type ServerEvent =
  | { readonly kind: 'login'; readonly identity: Identity | undefined; readonly address: string }
  | { readonly kind: 'refused'; readonly address: string; readonly reason: string; readonly suppressed?: number }
  | {
      readonly kind: 'transfer'
      readonly identity: Identity | undefined
      readonly address: string
      readonly verb: string
      readonly path: string
      readonly bytes: number
      readonly ms: number
      readonly outcome: number
    }
  | { readonly kind: 'internal'; readonly fault: GridwrapError }
