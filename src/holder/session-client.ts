import type { FileHandle } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { at, openDirectory } from '../files/directory-handle.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { sessionFolder, socketName } from './session-config.ts'
import type { SessionAnswer, SessionRequest } from './session-protocol.ts'

/** Nobody holds the session where it should be: it has not begun yet, or is over. Nothing was asked. */
export class NobodyThere extends Error {}

/** A holder that ended before it answered: nobody knows how far it came. */
export class HolderGone extends Error {}

/**
 * Asks the holder of a session that works in this directory. Rejects with NobodyThere, HolderGone, or the signal's
 * reason.
 */
export async function askSession(
  work: string,
  request: SessionRequest,
  files: readonly Uint8Array[] = [],
  signal?: AbortSignal,
): Promise<SessionAnswer> {
  signal?.throwIfAborted()
  await using folder = await openDirectory(join(work, sessionFolder)).catch((error: unknown) => {
    throw new NobodyThere('There is no session.', { cause: error })
  })
  const socket = await reach(folder)
  const stop = (): void => void socket.destroy(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    socket.write(encodeFrame(request))
    for (const bytes of files) socket.write(bytes)
    const reader = new FrameReader()
    for await (const chunk of socket) {
      reader.push(chunk as Buffer)
      const answer = reader.message()
      if (answer !== undefined) return answer as SessionAnswer
    }
    throw new HolderGone('The session ended before it answered.')
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof HolderGone) throw error
    throw new HolderGone('The session ended before it answered.', { cause: error })
  } finally {
    signal?.removeEventListener('abort', stop)
    socket.destroy()
  }
}

/** By way of the open directory: a whole path may be longer than a socket's may be (unix(7)). */
const reach = (folder: FileHandle): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(at(folder, socketName))
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', error => reject(new NobodyThere('There is no session yet.', { cause: error })))
  })
