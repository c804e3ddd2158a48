import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { DataWriter } from '../data/data-writer.ts'
import { sendBlockEnds } from '../data/send-blocks.ts'
import { writeBlockHeader } from '../protocol/extended-block.ts'
import { dataTermsOf, type Session } from './session.ts'
import { dataTimeoutMs, type Moving } from './transfer.ts'

/** Sends what is made on the way, as listings are, in the mode of the session. */
export async function sendPieces(
  session: Session,
  pieces: AsyncIterable<Buffer>,
  { signal, moved }: Moving,
): Promise<void> {
  const terms = dataTermsOf(session)
  if (session.mode === 'E') {
    const writers = await session.data.writers(terms, session.parallelism, dataTimeoutMs, signal)
    return await sendInBlocks(writers, pieces, moved)
  }
  const socket = await session.data.stream(terms, dataTimeoutMs, signal)
  const settle = destroyOnAbort(socket, signal)
  try {
    const writer = new DataWriter(socket)
    for await (const piece of pieces) {
      await writer.write([piece])
      moved(piece.length)
    }
    await writer.end()
  } finally {
    settle()
    socket.destroySoon()
  }
}

/** Their order is that of one connection: the first. The others are told of the end. */
async function sendInBlocks(
  writers: readonly DataWriter[],
  pieces: AsyncIterable<Buffer>,
  moved: (count: number) => void,
): Promise<void> {
  const [writer] = writers
  let offset = 0
  for await (const piece of pieces) {
    await writer?.write([writeBlockHeader({ descriptor: 0, count: piece.length, offset }), piece])
    offset += piece.length
    moved(piece.length)
  }
  await sendBlockEnds(writers)
}
