import type { SiteTerms } from '../keeper/attempt-plan.ts'
import type { Configuration } from './configuration.ts'
import { limitsOf } from './site-limits.ts'

/** What the site decides of every run. Its keys and folders are nobody's business in a sandbox, whatever else that may read. */
export function siteTerms(configuration: Configuration, environment: SiteTerms['environment']): SiteTerms {
  const { run, data, instances, trust, secrets } = configuration
  const { key } = configuration['host-credential']
  const keyFile = secrets['key-file']
  return {
    environment,
    limits: limitsOf(configuration),
    mpi: run.mpi.split(/ +/),
    sandbox: {
      always: run.sandbox === 'always',
      // Whom the site trusts, everybody may know: programs with a proxy look there.
      reads: [...run['sandbox-reads'], trust.certificates],
      hides: [key, ...(keyFile === undefined ? [] : [keyFile]), data, instances],
    },
  }
}
