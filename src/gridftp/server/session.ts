import type { Identity } from '../../core/identity.ts'
import type { Credential } from '../../gsi/credential.ts'
import type { DataTerms, Protection } from '../data/data-terms.ts'
import type { ByteRanges } from '../protocol/byte-ranges.ts'
import type { ControlConnection } from './control-connection.ts'
import type { DataPort } from './data-port.ts'
import { Refusal } from './refusal.ts'
import type { ServedFiles } from './served-files.ts'
import type { ServerOptions } from './server-options.ts'

/** What one client has agreed with the server, and where it stands. */
export interface Session {
  readonly control: ControlConnection
  readonly options: ServerOptions
  readonly data: DataPort
  /** The files it sees; undefined until it has logged in. */
  files: ServedFiles | undefined
  /** Throws when who is logged in may be so no longer. */
  stillAdmitted: (() => void) | undefined
  identity: Identity | undefined
  /** The name of who is at the other end: data connections must be theirs (DCAU A). */
  subject: string | undefined
  /** What was delegated: it is shown on data connections. */
  delegated: Credential | undefined
  directory: string
  type: 'A' | 'I'
  mode: 'S' | 'E'
  protection: Protection
  authentication: 'N' | 'A' | { readonly subject: string }
  parallelism: number
  delayedPassive: boolean
  /** For the next transfer only. */
  restart: { readonly ranges: ByteRanges } | undefined
  announced: number | undefined
  renaming: string | undefined
}

/** The files of who is logged in. Throws Refusal (530) for anybody else. */
export function filesOf({ files }: Pick<Session, 'files'>): ServedFiles {
  if (files === undefined) throw new Refusal(530, 'Log in first: AUTH GSSAPI, USER, PASS.')
  return files
}

/** How the session's data connections are secured. Throws Refusal when that cannot be. */
export function dataTermsOf(session: Session): DataTerms {
  const { authentication, delegated, subject, options, protection } = session
  if (authentication === 'N' || subject === undefined) return { authenticate: false }
  if (delegated === undefined)
    throw new Refusal(
      432,
      'Data channel authentication failed: no credential was delegated. Delegate one, or say DCAU N.',
    )
  return {
    authenticate: true,
    protection,
    credential: delegated,
    trust: options.trust,
    ...(options.path === undefined ? {} : { path: options.path }),
    expect: { mode: 'identity', subject: authentication === 'A' ? subject : authentication.subject },
  }
}
