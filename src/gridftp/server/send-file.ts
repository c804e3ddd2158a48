import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { BlockReader } from '../data/block-reader.ts'
import { sendBlocks } from '../data/send-blocks.ts'
import { sendStream } from '../data/send-stream.ts'
import { type ByteRanges, type ByteSpan, beginningOf } from '../protocol/byte-ranges.ts'
import { Refusal, type ServerReply } from './refusal.ts'
import type { OutgoingFile } from './served-files.ts'
import { dataTermsOf, filesOf, type Session } from './session.ts'
import { announce, dataTimeoutMs, type Moving, transfer } from './transfer.ts'

/** Sends a file, or `part` of it (RETR, ERET), without what the client has already (REST). */
export async function sendFile(session: Session, verb: string, path: string, part?: ByteSpan): Promise<ServerReply> {
  await using file = await filesOf(session).read(path)
  const terms = dataTermsOf(session)
  if (!session.data.isSet) throw new Refusal(425, 'Say first where the data goes: PASV or PORT.')
  const span = { start: part?.start ?? 0, end: Math.min(part?.end ?? file.size, file.size) }
  if (span.start > file.size) throw new Refusal(554, `${path} has ${file.size} bytes only.`)
  const { restart, mode } = session
  return await transfer(session, { verb, path }, async moving => {
    await announce(session, 'out')
    if (mode === 'E') await sendInBlocks(session, file, span, part, restart?.ranges, moving)
    else
      await sendInStream(
        session,
        file,
        { ...span, start: Math.max(span.start, beginningOf(restart?.ranges)) },
        terms,
        moving,
      )
  })
}

async function sendInStream(
  session: Session,
  file: OutgoingFile,
  span: ByteSpan,
  terms: ReturnType<typeof dataTermsOf>,
  { signal, moved }: Moving,
): Promise<void> {
  const socket = await session.data.stream(terms, dataTimeoutMs, signal)
  const settle = destroyOnAbort(socket, signal)
  try {
    await sendStream(socket, file, span, moved)
  } finally {
    settle()
    // The end was sent, or there is none to send; what the client still says is of no interest.
    socket.destroySoon()
  }
}

async function sendInBlocks(
  session: Session,
  file: OutgoingFile,
  span: ByteSpan,
  part: ByteSpan | undefined,
  have: ByteRanges | undefined,
  { signal, moved }: Moving,
): Promise<void> {
  const writers = await session.data.writers(dataTermsOf(session), session.parallelism, dataTimeoutMs, signal)
  const missing = have === undefined ? [span] : have.missing(span.start, span.end)
  // Offsets of a part are those of the part (GFD.20 section 3.2.3).
  await sendBlocks(writers, new BlockReader(file, missing), part === undefined ? 0 : span.start, moved)
}
