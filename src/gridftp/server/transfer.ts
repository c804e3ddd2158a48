import { monotonic } from '../../core/clock.ts'
import { refusalOf, type ServerReply } from './refusal.ts'
import type { Session } from './session.ts'

/** A transfer while it goes on. */
export interface Moving {
  readonly signal: AbortSignal
  /** So many bytes have moved; also what shows that it does not stand still. */
  readonly moved: (count: number) => void
}

/** How long a data connection is waited for. */
export const dataTimeoutMs = 30_000

/**
 * Runs a command that moves data: 150 before, 226 behind; ended when the client aborts it, goes away, or nothing moves any
 * more. What came of it is told to whoever keeps a log.
 */
export async function transfer(
  session: Session,
  { verb, path }: { readonly verb: string; readonly path: string },
  work: (moving: Moving) => Promise<void>,
): Promise<ServerReply> {
  const { control, options, identity } = session
  const stop = new AbortController()
  const idleMs = options.dataIdleMs ?? 120_000
  const begun = monotonic()
  let bytes = 0
  // What a transfer waits for is its connections.
  stop.signal.addEventListener('abort', () => session.data.abandon(new Error('The transfer was stopped.')))
  const idle = setTimeout(() => stop.abort(new Error(`Nothing has moved for ${idleMs / 1000} s.`)), idleMs)
  const leave = control.watchAbort(() => stop.abort(new Error('The transfer was aborted.')))
  const tell = (outcome: number): void =>
    options.onEvent?.({
      kind: 'transfer',
      ...{ identity, address: control.remoteAddress, verb, path, bytes },
      ...{ ms: Math.round(monotonic() - begun), outcome },
    })
  try {
    await work({
      signal: stop.signal,
      moved: count => {
        bytes += count
        idle.refresh()
      },
    })
    tell(226)
    return { code: 226, lines: 'Transfer Complete.' }
  } catch (error) {
    const abandon = (): void => session.data.abandon(error instanceof Error ? error : new Error(String(error)))
    tell(426)
    // Its connections end behind the reply: a client that still sends would hear of nothing but their end.
    if (!stop.signal.aborted)
      return { ...refusalOf(error, fault => options.onEvent?.({ kind: 'internal', fault })), afterwards: abandon }
    abandon()
    const reason: unknown = stop.signal.reason
    return { code: 426, lines: `Transfer aborted: ${reason instanceof Error ? reason.message : 'it was stopped.'}` }
  } finally {
    clearTimeout(idle)
    leave()
  }
}

/**
 * The reply before the data (RFC 959 section 5.4). Globus clients that let the port be opened late (AllowDelayed) look at
 * which it is.
 */
export const announce = ({ control, data, mode }: Session, direction: 'out' | 'in'): Promise<void> =>
  mode === 'E' && data.keeps(direction)
    ? control.reply(125, 'Beginning transfer; reusing existing data connection.')
    : control.reply(150, 'Beginning transfer.')
