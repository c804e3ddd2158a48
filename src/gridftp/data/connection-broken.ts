import { GridwrapError } from '../../core/errors.ts'

/** A data connection ended before its time: not by what was read or written at this end, but by the network or the peer. */
export class ConnectionBroken extends Error {
  override readonly name = 'ConnectionBroken'
}

const broken = /^(?:ECONN(?:RESET|ABORTED|REFUSED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EAI_AGAIN)$/

/** Whether an error comes of a connection. */
export const isConnectionError = (error: unknown): boolean =>
  error instanceof ConnectionBroken || broken.test((error as NodeJS.ErrnoException | undefined)?.code ?? '')

/** What went wrong while a data connection was made: what is not a refusal of ours is the connection's. */
export const brokenWhileMade = (error: unknown): unknown =>
  error instanceof GridwrapError || isConnectionError(error)
    ? error
    : new ConnectionBroken(error instanceof Error ? error.message : String(error), { cause: error })
