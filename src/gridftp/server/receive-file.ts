import { wallClock } from '../../core/clock.ts'
import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { BlockReceiver } from '../data/block-receiver.ts'
import { DataReader } from '../data/data-reader.ts'
import { receiveStream } from '../data/receive-stream.ts'
import { ByteRanges, beginningOf, writeRanges } from '../protocol/byte-ranges.ts'
import { writePerformanceMarker } from '../protocol/markers.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import { Refusal, type ServerReply } from './refusal.ts'
import type { IncomingFile } from './served-files.ts'
import { dataTermsOf, filesOf, type Session } from './session.ts'
import { announce, dataTimeoutMs, type Moving, transfer } from './transfer.ts'

/** What Globus servers do, and clients reckon with. */
const markerEveryMs = 5000

/** More connections than these are not taken for one file. */
const mostConnections = 256

/** How the file is to be stored: where its first byte goes in a file that is changed in its place (ESTO A, APPE). */
export interface Placement {
  readonly at: number | 'end'
}

/** Receives a file (STOR), or a part of one. It has its name when it is whole. */
export async function receiveFile(
  session: Session,
  verb: string,
  path: string,
  placement?: Placement,
): Promise<ServerReply> {
  const { restart, mode, announced } = session
  const terms = dataTermsOf(session)
  if (!session.data.isSet) throw new Refusal(425, 'Say first where the data goes: PASV or PORT.')
  const how = placement !== undefined ? 'change' : restart !== undefined ? 'resume' : 'new'
  await using file = await filesOf(session).write(path, { how, size: announced })
  requireThere(file, restart?.ranges, path)
  const shift = placement === undefined ? 0 : placement.at === 'end' ? file.size : placement.at
  return await transfer(session, { verb, path }, async moving => {
    await announce(session, 'in')
    const had = restart?.ranges ?? new ByteRanges()
    const end =
      mode === 'E'
        ? await receiveBlocks(session, file, shift, terms, had, moving)
        : await receiveInStream(session, file, shift + beginningOf(restart?.ranges), terms, moving)
    // Nothing else tells in stream mode that a sender died in the middle (RFC 959 section 3.4.1).
    if (how === 'new' && announced !== undefined && end < announced)
      throw new Refusal(426, `The file ended after ${end} bytes; ${announced} were announced.`)
    await file.commit(how === 'change' ? undefined : end)
  })
}

async function receiveInStream(
  session: Session,
  file: IncomingFile,
  position: number,
  terms: ReturnType<typeof dataTermsOf>,
  { signal, moved }: Moving,
): Promise<number> {
  const socket = await session.data.stream(terms, dataTimeoutMs, signal)
  const settle = destroyOnAbort(socket, signal)
  try {
    const onBytes = (start: number, end: number): void => moved(end - start)
    const end = await receiveStream(new DataReader(socket), file, { position, onBytes })
    socket.destroySoon()
    return end
  } catch (error) {
    session.data.hold(socket)
    throw error
  } finally {
    settle()
  }
}

async function receiveBlocks(
  session: Session,
  file: IncomingFile,
  shift: number,
  terms: ReturnType<typeof dataTermsOf>,
  had: ByteRanges,
  { signal, moved }: Moving,
): Promise<number> {
  const markers = new Markers(session)
  const receiver = new BlockReceiver({
    sink: file,
    within: { start: 0, end: Number.MAX_SAFE_INTEGER },
    mostConnections,
    shift,
    onBytes: (start, end) => {
      markers.received(start - shift, end - shift)
      moved(end - start)
    },
  })
  const whole = new AbortController()
  const fail = (): void =>
    receiver.fail(signal.reason instanceof Error ? signal.reason : new Error('The transfer was stopped.'))
  signal.addEventListener('abort', fail, { once: true })
  markers.begin()
  const accepting = (async () => {
    for await (const connection of session.data.incoming(
      terms,
      dataTimeoutMs,
      AbortSignal.any([signal, whole.signal]),
    )) {
      void receiver.read(connection).then(end => {
        if (end?.closes === true) session.data.drop(connection)
      })
    }
  })()
  accepting.catch((error: unknown) => {
    if (!whole.signal.aborted) receiver.fail(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    await receiver.whole
    const end = requireCover(markers.ranges, had)
    await markers.end()
    return shift + end
  } finally {
    markers[Symbol.dispose]()
    signal.removeEventListener('abort', fail)
    whole.abort(new Error('The file is whole.'))
  }
}

/** What a client need not send again must be there: it would be a hole, and be called right. */
function requireThere({ size }: IncomingFile, had: ByteRanges | undefined, path: string): void {
  const end = [...(had ?? [])].at(-1)?.end ?? 0
  if (end > size)
    throw new Refusal(554, `Of ${path} there are ${size} bytes only, not ${end}: send it from its beginning.`)
}

/** A file with holes is not whole, whatever the sender says of its end. Answers where it ends. */
function requireCover(came: ByteRanges, had: ByteRanges): number {
  const all = ByteRanges.of([...came, ...had])
  const end = [...all].at(-1)?.end ?? 0
  const [hole] = all.missing(0, end)
  if (hole !== undefined)
    throw new Refusal(426, `The file ended, and its bytes ${hole.start} to ${hole.end} never came.`)
  return end
}

/** What a client is told while its file comes: how much (112), and what it need not send again (111). */
class Markers implements Disposable {
  readonly #session: Session
  /** All that came. */
  readonly ranges = new ByteRanges()
  #untold = new ByteRanges()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(session: Session) {
    this.#session = session
  }

  received(start: number, end: number): void {
    // Which of the two was meant nobody can know.
    if (this.ranges.add(start, end) < end - start)
      throw new ProtocolError(`Bytes between ${start} and ${end} came twice.`)
    this.#untold.add(start, end)
    this.#bytes += end - start
  }

  begin(): void {
    this.#timer = setInterval(() => void this.#tell(), markerEveryMs)
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#tell()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #tell(): Promise<void> {
    await this.#perform()
    const ranges = this.#untold
    this.#untold = new ByteRanges()
    if (ranges.size > 0) await this.#session.control.reply(111, `Range Marker ${writeRanges(ranges)}`)
  }

  #perform(): Promise<void> {
    const marker = { timestamp: wallClock() / 1000, stripe: 0, bytes: this.#bytes, stripes: 1 }
    return this.#session.control.reply(112, writePerformanceMarker(marker))
  }
}
