import { hostname } from 'node:os'
import type { ProblemLog } from '../core/log.ts'
import { VomsDirectory } from '../gsi/voms/voms-directory.ts'
import type { Configuration } from './configuration.ts'
import type { VomsTerms } from './connection-peer.ts'

/** Whose attributes of virtual organizations a site believes; undefined: nobody's. */
export function vomsTerms(
  { trust, authority }: Pick<Configuration, 'trust' | 'authority'>,
  log: ProblemLog,
): VomsTerms | undefined {
  const { vomsdir, 'voms-invalid': invalid } = trust
  if (vomsdir === undefined) return undefined
  const hosts = [authority.replace(/:\d+$/, ''), hostname()]
  return { directory: new VomsDirectory(vomsdir, { log }), hosts, invalid }
}
