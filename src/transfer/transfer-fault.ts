import { connectionError, Unreachable } from '../core/connection-error.ts'
import { GridwrapError } from '../core/errors.ts'
import { ConnectionBroken } from '../gridftp/data/connection-broken.ts'
import { ProtocolError } from '../gridftp/protocol/protocol-error.ts'

/** What was thrown while a file was moved, as it may be told; errors of this machine pass through. `where`: who was spoken to. */
export function transferFault(thrown: unknown, where: string): unknown {
  if (thrown instanceof GridwrapError) return thrown
  if (thrown instanceof ConnectionBroken)
    return new GridwrapError('busy', `The connection to ${where} broke: ${thrown.message}`, { cause: thrown })
  if (thrown instanceof ProtocolError)
    return new GridwrapError('transfer-failed', `${where} cannot be understood: ${thrown.message}`, { cause: thrown })
  const told = connectionError(thrown, addressIn(thrown) ?? where)
  return told instanceof Unreachable ? new GridwrapError('busy', told.message, { cause: thrown }) : told
}

/** Who it was that could not be reached: of two ends of a copy it may be either. */
function addressIn(thrown: unknown): string | undefined {
  const error = thrown instanceof AggregateError ? (thrown.errors.at(-1) as unknown) : thrown
  if (typeof error !== 'object' || error === null || !('address' in error) || !('port' in error)) return undefined
  const { address, port } = error
  return typeof address === 'string' && typeof port === 'number'
    ? `${address.includes(':') ? `[${address}]` : address}:${port}`
    : undefined
}
