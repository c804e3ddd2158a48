import type { Limits } from '../application/model.ts'
import type { Quota } from '../store/writes/quota.ts'
import type { Configuration } from './configuration.ts'

/** Standard output and standard error, each, when neither the site nor the description says: no program floods the disk. */
const defaultOutputBytes = 1e9

/** The site's limits on every program. */
export function limitsOf({ run: { limits } }: Configuration): Limits {
  const { time, memory, disk, output, processes, cores } = limits
  return { time, memory, disk, output: output ?? defaultOutputBytes, processes, cores }
}

/** Of one owner: waiting instances, instances altogether, bytes stored. */
export const quotaOf = ({ quota: { queued, instances, stored } }: Configuration): Quota => ({
  waiting: queued,
  instances,
  storedBytes: stored,
})
