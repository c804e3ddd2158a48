import type { Configuration } from '../container/configuration.ts'
import { ConnectionPeers } from '../container/connection-peer.ts'
import { pathOptionsOf } from '../container/open-credentials.ts'
import { vomsTerms } from '../container/voms-terms.ts'
import { GridwrapError } from '../core/errors.ts'
import type { GsiIdentity } from '../core/identity.ts'
import type { ProblemLog } from '../core/log.ts'
import { ChainRejection } from '../gsi/chain-rejection.ts'
import { readCredential } from '../gsi/credential.ts'
import { parseSlashForm } from '../gsi/dn.ts'
import { normalSlash } from '../gsi/normal-slash.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { normalFqan } from '../gsi/voms/fqan.ts'
import { UsageError } from './terminal.ts'

/** Who is asked about: a credential, judged as the container would, or somebody who is said to be so. */
export interface CallerOptions {
  readonly credential?: string
  readonly dn?: string
  readonly fqan: readonly string[]
  readonly proxy: 'none' | 'full' | 'limited'
}

/** Throws UsageError, and GridwrapError (`credential-problem`) for a credential that the container does not believe. */
export function explainedCaller(
  options: CallerOptions,
  configuration: Pick<Configuration, 'trust' | 'authority'>,
  log: ProblemLog,
): GsiIdentity {
  if (options.credential !== undefined) return ofCredential(options.credential, configuration, log)
  if (options.dn === undefined) throw new UsageError('Say who: --dn NAME, or --credential FILE for whose proxy it is.')
  return {
    scheme: 'gsi',
    subject: slashName(options.dn, '--dn'),
    issuer: '',
    proxy: options.proxy,
    expires: Number.POSITIVE_INFINITY,
    attributes: { fqans: options.fqan.map(fqanOf), generic: [], expires: undefined, problems: [] },
  }
}

function ofCredential(
  file: string,
  configuration: Pick<Configuration, 'trust' | 'authority'>,
  log: ProblemLog,
): GsiIdentity {
  const trust = openTrustStore(configuration.trust.certificates, { log })
  const peers = new ConnectionPeers(trust, pathOptionsOf(configuration), vomsTerms(configuration, log), log)
  try {
    return peers.identityOf(
      readCredential({ file }).certificates.map(one => one.der),
      { remoteAddress: undefined },
    )
  } catch (error) {
    if (!(error instanceof ChainRejection)) throw error
    throw new GridwrapError('credential-problem', `The container does not believe it. ${error.message}`, {
      cause: error,
    })
  }
}

/** A distinguished name as it is compared. Throws UsageError with the option that it came by. */
export function slashName(text: string, option: string): string {
  try {
    parseSlashForm(text)
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return normalSlash(text)
}

function fqanOf(text: string): string {
  const fqan = normalFqan(text)
  if (fqan === undefined) throw new UsageError(`--fqan: "${text}" is not like /vo/group/Role=production.`)
  return fqan
}
