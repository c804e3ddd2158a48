import type { Identity } from '../../core/identity.ts'
import type { Log } from '../../core/log.ts'
import type { ServerEvent } from '../../gridftp/server/server-options.ts'

/** What happened at a GridFTP server, as lines of a log. */
export const logEvents =
  (log: Log) =>
  (event: ServerEvent): void => {
    if (event.kind === 'internal') {
      const { cause, detail } = event.fault
      log.error({ err: cause ?? event.fault, incident: detail.incident }, 'a command failed')
      return
    }
    const { kind, address: peer, ...said } = event
    if (event.kind === 'refused') log.warn({ ...said, peer }, 'a GridFTP session was refused')
    else log.info({ ...said, peer, identity: nameOf(event.identity) }, kind)
  }

const nameOf = (identity: Identity | undefined): string =>
  identity === undefined || identity.scheme === 'anonymous' ? 'anonymous' : identity.subject
