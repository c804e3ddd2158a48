import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { BlockReceiver } from '../data/block-receiver.ts'
import type { ByteSink } from '../data/byte-ends.ts'
import { DataReader } from '../data/data-reader.ts'
import { receiveStream } from '../data/receive-stream.ts'
import { type ByteRanges, type ByteSpan, writeRanges } from '../protocol/byte-ranges.ts'
import type { FtpSession } from './ftp-session.ts'
import { IncomingData } from './incoming-data.ts'
import { prepareData } from './open-data.ts'
import { overKept } from './over-kept.ts'
import { requirePositive } from './reply-fault.ts'
import { type TransferListener, transfer } from './transfer.ts'

export interface TransferOptions {
  /** Connections at once; more than one needs extended mode. Default: one, in stream mode. */
  readonly streams?: number
  readonly mode?: 'S' | 'E'
  /** Whether the server listens for the data. Default yes; in extended mode whoever sends connects (GFD.20 section 6.1). */
  readonly passive?: boolean
  readonly tcpBuffer?: number
  readonly listener?: TransferListener
  readonly signal?: AbortSignal
}

export interface RetrieveOptions extends TransferOptions {
  /** The part of the file that is wanted. Default: all of it. */
  readonly span?: Partial<ByteSpan>
  /** What one has of it already, from an earlier attempt. */
  readonly have?: ByteRanges
}

/** Beyond this a server that opens connections is not to be trusted. */
const mostConnections = 256

/**
 * Retrieves a file, or a part of it, into a sink (RETR, ERET P, REST). Bytes go to their position in the file. Throws
 * GridwrapError, and what the sink throws.
 */
export async function retrieve(
  session: FtpSession,
  path: string,
  sink: ByteSink,
  options: RetrieveOptions = {},
): Promise<void> {
  const { streams = 1, mode = streams > 1 ? 'E' : 'S', tcpBuffer } = options
  await session.agree({ mode, streams, tcpBuffer })
  await (mode === 'E' ? retrieveBlocks : retrieveStream)(session, path, sink, options)
}

async function retrieveStream(
  session: FtpSession,
  path: string,
  sink: ByteSink,
  { span = {}, have, passive = true, listener, signal }: RetrieveOptions,
): Promise<void> {
  const end = span.end ?? Number.MAX_SAFE_INTEGER
  const [first] = have?.missing(span.start ?? 0, end) ?? [{ start: span.start ?? 0, end }]
  if (first === undefined) return
  using data = await prepareData(session, passive)
  const part = { start: first.start, end }
  const line = await partialCommand(session, path, part)
  await transfer(
    session,
    line,
    `${path} cannot be retrieved`,
    async ({ signal: stop }) => {
      const socket = await data.open(stop)
      const settle = destroyOnAbort(socket, stop)
      try {
        await receiveStream(new DataReader(socket), sink, {
          position: part.start,
          most: end - part.start,
          onBytes: (from, to) => received(session, listener, from, to),
        })
      } finally {
        settle()
        socket.destroy()
      }
    },
    { listener, signal },
  )
}

/** The command for a part of a file: REST for what is at its end, ERET P (GFD.20 section 3.2.3) for what is not. */
async function partialCommand(session: FtpSession, path: string, { start, end }: ByteSpan): Promise<string> {
  if (end < Number.MAX_SAFE_INTEGER) return `ERET P ${start} ${end - start} ${path}`
  if (start > 0) await restart(session, String(start))
  return `RETR ${path}`
}

/** REST (RFC 3659 section 5; in extended mode GFD.20 appendix I): where the next transfer goes on. */
export async function restart(session: FtpSession, marker: string): Promise<void> {
  const reply = await session.channel.exchange(`REST ${marker}`)
  requirePositive(reply, `${session.options.host} cannot go on in the middle of a file`)
}

function retrieveBlocks(
  session: FtpSession,
  path: string,
  sink: ByteSink,
  { span = {}, have, listener, signal }: RetrieveOptions,
): Promise<void> {
  const within = { start: span.start ?? 0, end: span.end ?? Number.MAX_SAFE_INTEGER }
  const isPart = span.end !== undefined || span.start !== undefined
  const line = isPart ? `ERET P ${within.start} ${within.end - within.start} ${path}` : `RETR ${path}`
  const isGood = (data: Disposable): data is IncomingData => data instanceof IncomingData && data.isGood
  return overKept(session, isGood, async ({ data: kept, onBegun }) => {
    using made = new DisposableStack()
    const incoming = kept ?? made.use(await IncomingData.open(session))
    if (have !== undefined && have.size > 0 && !isPart) await restart(session, writeRanges(have))
    const receiver = new BlockReceiver({
      sink,
      within,
      mostConnections,
      // Offsets of a part are those of the part.
      shift: isPart ? within.start : 0,
      onBytes: (from, to) => received(session, listener, from, to),
    })
    await transfer(
      session,
      line,
      `${path} cannot be retrieved`,
      // Connections come until the file is whole; what breaks one of them comes out there.
      ({ signal: stop, preliminary }) => {
        preliminary.then(onBegun, () => undefined)
        return incoming.receive(receiver, stop)
      },
      { listener, signal },
    )
    made.move()
    return incoming
  })
}

function received(session: FtpSession, listener: TransferListener | undefined, start: number, end: number): void {
  session.channel.touch()
  listener?.onReceived?.(start, end)
  listener?.onBytes?.(end - start)
}
