import { GridwrapError } from '../../core/errors.ts'
import { isConnectionError } from '../data/connection-broken.ts'
import type { ByteRanges } from '../protocol/byte-ranges.ts'
import { type PerformanceMarker, readPerformanceMarker, readRestartMarker } from '../protocol/markers.ts'
import type { Reply } from '../protocol/reply.ts'
import type { FtpSession } from './ftp-session.ts'
import { requirePositive } from './reply-fault.ts'

/** What one may watch of a transfer (the plugins of the CoG Kit: performance and restart markers). */
export interface TransferListener {
  /** So many bytes were sent, or received and put where they belong. */
  onBytes?(count: number): void
  /** These bytes of the file were received, and the sink has them. */
  onReceived?(start: number, end: number): void
  onPerformance?(marker: PerformanceMarker): void
  /** What is on the server's disk. */
  onRestart?(ranges: ByteRanges): void
}

/** What a piece of work that moves data is given. */
export interface Moving {
  /** Aborted when the server refuses. */
  readonly signal: AbortSignal
  /** The server's first word: it begins. Rejects when it refuses, and when the transfer is stopped. */
  readonly preliminary: Promise<Reply>
  /** Its last: it has, or has sent, all of it. */
  readonly replied: Promise<Reply>
}

/** How long a server is waited for that has to explain why a data connection broke. */
const explainMs = 5000

/**
 * A command that moves data: done when its data has moved *and* the server says so, in either order. When one fails
 * the other is ended; of two errors the one that explains is told.
 */
export async function transfer<T>(
  session: FtpSession,
  line: string,
  what: string,
  move: (moving: Moving) => Promise<T>,
  {
    listener,
    signal,
  }: { readonly listener?: TransferListener | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  signal?.throwIfAborted()
  const { channel } = session
  const stop = new AbortController()
  const cancel = (): void => channel.close(asError(signal?.reason))
  signal?.addEventListener('abort', cancel, { once: true })
  const preliminary = Promise.withResolvers<Reply>()
  preliminary.promise.catch(() => undefined)
  const leave = channel.accompany(reason => stop.abort(reason))
  const replied = channel
    .exchange(line, reply => {
      if (reply.code === 111) listener?.onRestart?.(readRestartMarker(reply))
      else if (reply.code === 112) listener?.onPerformance?.(readPerformanceMarker(reply))
      else preliminary.resolve(reply)
    })
    .then(reply => {
      requirePositive(reply, what)
      // A server that is done without having begun: what waits for the beginning waits no longer.
      preliminary.resolve(reply)
      return reply
    })
  replied.catch((error: unknown) => {
    stop.abort(error)
    preliminary.reject(error)
  })
  stop.signal.addEventListener('abort', () => preliminary.reject(stop.signal.reason), { once: true })
  try {
    const moved = await move({ signal: stop.signal, preliminary: preliminary.promise, replied }).catch(
      async (error: unknown) => {
        throw await explained(error, session, replied)
      },
    )
    await replied
    return moved
  } finally {
    leave()
    signal?.removeEventListener('abort', cancel)
  }
}

/** What a failed data connection is told as: our own errors as they are, a broken connection as what the server says. */
async function explained(error: unknown, { channel }: FtpSession, replied: Promise<Reply>): Promise<unknown> {
  const own = !isConnectionError(error)
  const late = new GridwrapError('busy', `A data connection broke: ${asError(error).message}`, { cause: error })
  const timer = setTimeout(() => channel.close(late), explainMs)
  try {
    await replied
    return own ? error : late
  } catch (said) {
    return own ? error : said
  } finally {
    clearTimeout(timer)
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
