import { GridwrapError } from '../../core/errors.ts'
import type { FtpSession } from './ftp-session.ts'

/** What a transfer is given that may go over connections of the one before. */
export interface Kept<T> {
  readonly data: T | undefined
  /** To be called when the server has said that it begins. */
  readonly onBegun: () => void
}

/**
 * Moves a file over the data connections that the last one left, or over new ones, and leaves them for the next. A server
 * that does not go on with the old ones, and says so before anything moves, is asked again with new ones; from then on,
 * and after any other failure that is not of the file, this session keeps none.
 */
export async function overKept<T extends Disposable>(
  session: FtpSession,
  isGood: (data: Disposable) => data is T,
  move: (kept: Kept<T>) => Promise<T>,
): Promise<void> {
  const data = session.takeKept()
  const told = { begun: false }
  const onBegun = (): void => {
    told.begun = true
  }
  if (data !== undefined && isGood(data)) {
    try {
      return session.keep(await move({ data, onBegun }))
    } catch (error) {
      data[Symbol.dispose]()
      const isOfFile = error instanceof GridwrapError && (error.code === 'not-found' || error.code === 'denied')
      if (!isOfFile) session.keepNoMore()
      const mayBeOfThem = error instanceof GridwrapError && (error.code === 'busy' || error.code === 'transfer-failed')
      if (told.begun || !mayBeOfThem || session.channel.closed !== undefined) throw error
    }
  } else data?.[Symbol.dispose]()
  session.keep(await move({ data: undefined, onBegun }))
}
