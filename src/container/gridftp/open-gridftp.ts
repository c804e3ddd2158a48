import { anonymous, type Identity } from '../../core/identity.ts'
import { GridFtpServer } from '../../gridftp/server/gridftp-server.ts'
import type { ServedFiles } from '../../gridftp/server/served-files.ts'
import type { Credential } from '../../gsi/credential.ts'
import type { PathOptions } from '../../gsi/path-validation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'
import type { Configuration } from '../configuration.ts'
import type { ConnectionPeers } from '../connection-peer.ts'
import { ExportedDirectory } from './exported-directory.ts'
import { rightIn } from './exports.ts'
import { InstanceTree, type InstanceTreeParts } from './instance-tree.ts'
import { logEvents } from './log-events.ts'
import { MountedFiles } from './mounted-files.ts'
import { Standing } from './standing.ts'

export interface GridFtpParts extends InstanceTreeParts {
  readonly credential: () => Credential
  readonly trust: TrustStore
  readonly path: Omit<PathOptions, 'now'>
  readonly peers: ConnectionPeers
}

/**
 * The GridFTP server of a front end: instances at /instances, and what the administrator exports. It lets in whom the
 * container lets in, and those who are named by an export. undefined when the configuration wants none.
 */
export function openGridFtp(configuration: Configuration, parts: GridFtpParts): GridFtpServer | undefined {
  const { listen, gridftp } = configuration
  if (listen.gridftp === undefined) return undefined
  const { exports, idle, connections, 'data-ports': dataPorts, 'data-host': dataHost } = gridftp
  const { authorization, peers, log } = parts
  const mounts = (identity: Identity): [string, ServedFiles][] =>
    exports.flatMap(one => {
      const right = rightIn(one, identity)
      if (right === undefined) return []
      const subject = identity.scheme === 'anonymous' ? 'anonymous' : identity.subject
      const files = new ExportedDirectory({ root: one.folder, writable: right === 'write', subject })
      return [[one.name, files]]
    })
  const rules = {
    knows: (identity: Identity) =>
      authorization.knows(identity) || exports.some(one => !one.anonymous && rightIn(one, identity) !== undefined),
    refuses: (identity: Identity) => authorization.refuses(identity),
  }
  return new GridFtpServer({
    ...{ host: listen.gridftp.host, port: listen.gridftp.port },
    ...{ credential: parts.credential, trust: parts.trust, path: parts.path },
    admit: async ({ path }, address) => {
      const chain = path.map(({ der }) => Buffer.from(der))
      const standing = new Standing(() => peers.identityOf(chain, { remoteAddress: address }), rules)
      standing.demand()
      const { identity } = standing
      return {
        account: identity.subject,
        files: new MountedFiles(new Map([['instances', new InstanceTree(identity, parts)], ...mounts(identity)])),
        stillAdmitted: () => standing.demand(),
      }
    },
    anonymous: exports.some(one => one.anonymous) ? new MountedFiles(new Map(mounts(anonymous))) : undefined,
    dataPorts,
    ...(dataHost === undefined ? {} : { dataHost }),
    idleMs: idle * 1000,
    mostConnections: connections,
    onEvent: logEvents(log),
  })
}
