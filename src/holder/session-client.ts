import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { at, itself, openDirectory } from '../files/directory-handle.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { sessionFolder, socketName } from './session-config.ts'
import type { SessionAnswer, SessionRequest } from './session-protocol.ts'

/** open(2): names a file without opening it. */
const O_PATH = 0o10000000
const { O_NOFOLLOW } = constants

/** Nobody holds the session where it should be: it has not begun yet, or is over. Nothing was asked. */
export class NobodyThere extends Error {}

/** A holder that ended before it answered: nobody knows how far it came. */
export class HolderGone extends Error {}

/** What a holder answered: a message, and the bytes whose sizes it says. */
export interface HolderAnswer<Message> {
  readonly message: Message
  readonly bytes: readonly Buffer[]
}

/** Asks the holder of a session that works in this directory. Like {@link askHolder}. */
export const askSession = async (work: string, request: SessionRequest, signal?: AbortSignal): Promise<SessionAnswer> =>
  (await askHolder<SessionAnswer>(work, request, [], [], signal)).message

/**
 * Asks what is held in this directory: a message, and bytes behind it; `expected` are the sizes of those that may come
 * back: a holder belongs to the program's account, and is not believed. Rejects with NobodyThere, HolderGone, or the
 * signal's reason.
 */
export async function askHolder<Message extends object>(
  work: string,
  request: object,
  bytes: readonly Uint8Array[],
  expected: readonly number[],
  signal?: AbortSignal,
): Promise<HolderAnswer<Message>> {
  signal?.throwIfAborted()
  await using folder = await openDirectory(join(work, sessionFolder)).catch((error: unknown) => {
    throw new NobodyThere('There is no session.', { cause: error })
  })
  const socket = await reach(folder)
  const stop = (): void => void socket.destroy(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    socket.write(encodeFrame(request))
    for (const one of bytes) socket.write(one)
    return await readAnswer(socket, expected)
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw error instanceof HolderGone ? error : new HolderGone(gone, { cause: error })
  } finally {
    signal?.removeEventListener('abort', stop)
    socket.destroy()
  }
}

/** Of the message in an answer: a megabyte of each stream, escaped. */
const mostAnswer = 16 * 1024 * 1024

const gone = 'The session ended before it answered.'

async function readAnswer<Message extends object>(
  socket: Socket,
  expected: readonly number[],
): Promise<HolderAnswer<Message>> {
  const reader = new FrameReader(mostAnswer)
  let message: (Message & { readonly sizes?: readonly number[] }) | undefined
  for await (const chunk of socket) {
    reader.push(chunk as Buffer)
    message ??= reader.message() as typeof message
    if (message === undefined) continue
    const { sizes = [] } = message
    if (sizes.length > 0 && (sizes.length !== expected.length || sizes.some((size, i) => size !== expected[i])))
      throw new HolderGone('The session answered what nobody asked for.')
    const whole = reader.bytes(sizes.reduce((sum, size) => sum + size, 0))
    if (whole === undefined) continue
    const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0))
    return { message, bytes: ends.map((end, i) => whole.subarray(end - (sizes[i] ?? 0), end)) }
  }
  throw new HolderGone(gone)
}

/**
 * By way of the open directory: a whole path may be longer than a socket's may be (unix(7)). And by way of the socket that
 * lies there itself, of the one whose directory it is: a link would lead to somebody else's.
 */
async function reach(folder: FileHandle): Promise<Socket> {
  await using found = await open(at(folder, socketName), O_PATH | O_NOFOLLOW).catch((error: unknown) => {
    throw new NobodyThere(nobody, { cause: error })
  })
  const [socket, directory] = [await found.stat(), await folder.stat()]
  if (!socket.isSocket() || socket.uid !== directory.uid) throw new NobodyThere(nobody)
  return await new Promise((resolve, reject) => {
    const opened = connect(itself(found))
    opened.once('connect', () => {
      opened.removeAllListeners('error')
      resolve(opened)
    })
    opened.once('error', error => reject(new NobodyThere(nobody, { cause: error })))
  })
}

const nobody = 'There is no session yet.'
