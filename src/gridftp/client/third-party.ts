import { isIPv6 } from 'node:net'
import { GridwrapError } from '../../core/errors.ts'
import { type ByteRanges, type ByteSpan, writeRanges } from '../protocol/byte-ranges.ts'
import { announce, passiveAddress } from './data-address.ts'
import type { FtpSession } from './ftp-session.ts'
import { restart } from './retrieve.ts'
import { type TransferListener, transfer } from './transfer.ts'

export interface ThirdPartyOptions {
  readonly streams?: number
  readonly mode?: 'S' | 'E'
  readonly tcpBuffer?: number
  /** Bytes that the source has; the destination may set the space aside. */
  readonly size?: number
  /** The part of the source that goes to `at` in the destination. Default: all of it, into a file that is made anew. */
  readonly span?: ByteSpan
  readonly at?: number
  /** What the destination has already, as its restart markers said. */
  readonly have?: ByteRanges
  /** Hears the markers of the destination. */
  readonly listener?: TransferListener
  readonly signal?: AbortSignal
}

/**
 * Moves a file from one server to another, which are spoken to at the same time and authenticate each other with what was
 * delegated to them (GFD.20 section 3.2.7). Throws GridwrapError; when one side fails the other is ended.
 */
export async function thirdParty(
  source: FtpSession,
  sourcePath: string,
  destination: FtpSession,
  path: string,
  options: ThirdPartyOptions = {},
): Promise<void> {
  const { streams = 1, mode = streams > 1 ? 'E' : 'S', tcpBuffer, size, span, at = 0, have, listener, signal } = options
  sameTerms(source, destination)
  await Promise.all([source.agree({ mode, streams, tcpBuffer }), destination.agree({ mode, tcpBuffer })])
  // Whoever stores listens: in extended mode whoever sends connects.
  const address = await passiveAddress(destination)
  if (isIPv6(address.host) !== isIPv6(source.channel.remoteAddress))
    throw new GridwrapError(
      'transfer-failed',
      'The two servers are spoken to over IPv4 and IPv6; they cannot reach each other so.',
    )
  const length = span === undefined ? size : span.end - span.start
  if (length !== undefined) await destination.channel.exchange(`ALLO ${length}`)
  await announce(source, address)
  if (have !== undefined && have.size > 0 && span === undefined) {
    const marker = mode === 'E' ? writeRanges(have) : String(have.size)
    await Promise.all([restart(source, marker), restart(destination, marker)])
  }
  const stop = new AbortController()
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const storing = transfer(
    destination,
    span === undefined ? `STOR ${path}` : `ESTO A ${at} ${path}`,
    `${path} cannot be stored`,
    async () => undefined,
    {
      signal: either,
      listener: {
        ...listener,
        onRestart: ranges => listener?.onRestart?.(ranges),
        onPerformance: marker => {
          // The source says nothing while it sends.
          source.channel.touch()
          listener?.onPerformance?.(marker)
        },
      },
    },
  )
  const sending = transfer(
    source,
    span === undefined ? `RETR ${sourcePath}` : `ERET P ${span.start} ${span.end - span.start} ${sourcePath}`,
    `${sourcePath} cannot be retrieved`,
    async () => undefined,
    { signal: either },
  )
  const failed = (error: unknown): never => {
    // The other one waits for data, or for somebody to send it to; its session is of no more use.
    stop.abort(error)
    throw error
  }
  const results = await Promise.allSettled([storing.catch(failed), sending.catch(failed)])
  if (stop.signal.aborted) throw stop.signal.reason
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

function sameTerms({ data: one, options: a }: FtpSession, { data: other, options: b }: FtpSession): void {
  const of = (data: typeof one): string => (data.authenticate ? data.protection : 'nobody authenticated')
  if (of(one) === of(other)) return
  throw new GridwrapError(
    'invalid-input',
    `${a.host} and ${b.host} are to be spoken to in different ways (${of(one)}, ${of(other)}); their data connection can have one only.`,
  )
}
