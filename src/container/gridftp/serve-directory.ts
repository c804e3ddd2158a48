import { AuthorizationChain } from '../../authz/chain.ts'
import { Gridmap } from '../../authz/gridmap.ts'
import { IdentityPatterns } from '../../authz/identity-patterns.ts'
import { Self } from '../../authz/self.ts'
import { wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { GridFtpServer } from '../../gridftp/server/gridftp-server.ts'
import type { Credential } from '../../gsi/credential.ts'
import { validatePath } from '../../gsi/path-validation.ts'
import { endEntityOf } from '../../gsi/proxy-generation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'
import { ExportedDirectory } from './exported-directory.ts'
import { logEvents } from './log-events.ts'
import { Standing } from './standing.ts'

export interface DirectoryService {
  /** Nothing outside of it is reached. */
  readonly root: string
  readonly host: string
  readonly port: number
  readonly credential: () => Credential
  readonly trust: TrustStore
  /** Whether those who are let in may write. */
  readonly writable: boolean
  /** Files of people who are let in, and patterns of their names. Neither: only who the server itself is. */
  readonly gridmaps: readonly string[]
  readonly people: readonly string[]
  /** Whether anybody may read. */
  readonly anonymous: boolean
  readonly dataHost?: string | undefined
  readonly dataPorts?: readonly [number, number] | undefined
  readonly idleSeconds?: number | undefined
  readonly mostConnections?: number | undefined
}

/** A GridFTP server for one directory of this machine, not listening yet: `gridwrap gridftp`. */
export function serveDirectory(service: DirectoryService, log: Log): GridFtpServer {
  const { root, writable, credential, trust, gridmaps, people, anonymous, idleSeconds, mostConnections } = service
  const own = (): string => {
    const { certificate, certificates } = credential()
    return (endEntityOf(certificates) ?? certificate).subject.slash
  }
  const authorization = new AuthorizationChain([
    new Self(own),
    ...gridmaps.map(file => new Gridmap(file, log)),
    new IdentityPatterns(people),
  ])
  return new GridFtpServer({
    host: service.host,
    port: service.port,
    credential,
    trust,
    admit: async ({ path }) => {
      const chain = path.map(({ der }) => der)
      const standing = new Standing(
        () => validatePath(chain, trust.current(), { now: wallClock() }).identity,
        authorization,
      )
      demand(standing)
      const { subject } = standing.identity
      return {
        account: subject,
        files: new ExportedDirectory({ root, writable, subject }),
        stillAdmitted: () => demand(standing),
      }
    },
    anonymous: anonymous ? new ExportedDirectory({ root, writable: false, subject: 'anonymous' }) : undefined,
    dataPorts: service.dataPorts,
    ...(service.dataHost === undefined ? {} : { dataHost: service.dataHost }),
    ...(idleSeconds === undefined ? {} : { idleMs: idleSeconds * 1000 }),
    ...(mostConnections === undefined ? {} : { mostConnections }),
    onEvent: logEvents(log),
  })
}

/** Who is not let in here is told whom to ask: there is no container, and no list of its people. */
function demand(standing: Standing): void {
  try {
    standing.demand()
  } catch (error) {
    if (!(error instanceof GridwrapError) || error.code !== 'denied') throw error
    throw new GridwrapError('denied', error.message.replace(/(?:known to|let in by) this container/, 'let in here'), {
      hint: 'Ask whoever serves this folder: they name people with --allow or --gridmap.',
      detail: error.detail,
    })
  }
}
