import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { BlockReader } from '../data/block-reader.ts'
import type { ByteSource } from '../data/byte-ends.ts'
import { sendBlocks } from '../data/send-blocks.ts'
import { sendStream } from '../data/send-stream.ts'
import { type ByteRanges, type ByteSpan, writeRanges } from '../protocol/byte-ranges.ts'
import { passiveAddress } from './data-address.ts'
import type { FtpSession } from './ftp-session.ts'
import { prepareData } from './open-data.ts'
import { OutgoingData } from './outgoing-data.ts'
import { type Kept, overKept } from './over-kept.ts'
import { restart, type TransferOptions } from './retrieve.ts'
import { transfer } from './transfer.ts'

export interface StoreOptions extends TransferOptions {
  /** The part of the source that is sent. Default: all of it. */
  readonly span?: ByteSpan
  /** Where the first byte of the span goes in the remote file, which keeps what it has around it (ESTO A). Default: the file is made anew. */
  readonly at?: number
  /** What the server has already, from an earlier attempt: as its restart markers said; in stream mode one span from 0. */
  readonly have?: ByteRanges
}

/** Stores a source as a file, or in the middle of one (STOR, ESTO A, REST). Throws GridwrapError, and what the source throws. */
export async function store(
  session: FtpSession,
  path: string,
  source: ByteSource,
  options: StoreOptions = {},
): Promise<void> {
  const {
    streams = 1,
    mode = streams > 1 ? 'E' : 'S',
    tcpBuffer,
    span = { start: 0, end: source.size ?? Number.MAX_SAFE_INTEGER },
  } = options
  await session.agree({ mode, tcpBuffer })
  // Space to set aside (RFC 959 section 4.1.3). A server may know better, so its answer is not waited for; what does not
  // fit is told when it is stored.
  if (span.end < Number.MAX_SAFE_INTEGER)
    session.channel.exchange(`ALLO ${span.end - span.start}`).catch(() => undefined)
  await (mode === 'E' ? storeBlocks : storeStream)(session, path, source, { ...options, span, streams })
}

type Prepared = StoreOptions & Required<Pick<StoreOptions, 'span' | 'streams'>>

async function storeStream(session: FtpSession, path: string, source: ByteSource, options: Prepared): Promise<void> {
  const { span, at, have, passive = true, listener, signal } = options
  const [first] = have?.missing(span.start, span.end) ?? [span]
  const start = first?.start ?? span.end
  using data = await prepareData(session, passive)
  if (at === undefined && start > span.start) await restart(session, String(start))
  const line = at === undefined ? `STOR ${path}` : `ESTO A ${at + start - span.start} ${path}`
  await transfer(
    session,
    line,
    `${path} cannot be stored`,
    async ({ signal: stop }) => {
      const socket = await data.open(stop)
      await using _closing = closing([socket], stop)
      try {
        await sendStream(socket, source, { start, end: span.end }, count => {
          session.channel.touch()
          listener?.onBytes?.(count)
        })
      } catch (error) {
        // An orderly end would be that of the file: the server must see that it is not.
        reset(socket)
        throw error
      }
    },
    { listener, signal },
  )
}

function storeBlocks(session: FtpSession, path: string, source: ByteSource, options: Prepared): Promise<void> {
  const isGood = (data: Disposable): data is OutgoingData =>
    data instanceof OutgoingData && data.isGoodFor(options.streams)
  return overKept(session, isGood, kept => sendOver(kept, session, path, source, options))
}

/** Stores a file over connections that were kept, or over new ones; answers the ones that it went over. */
async function sendOver(
  { data: kept, onBegun }: Kept<OutgoingData>,
  session: FtpSession,
  path: string,
  source: ByteSource,
  { span, at, have, streams, listener, signal }: Prepared,
): Promise<OutgoingData> {
  const address = kept === undefined ? await passiveAddress(session) : undefined
  if (have !== undefined && have.size > 0) await restart(session, writeRanges(have))
  using made = new DisposableStack()
  const data = await transfer(
    session,
    at === undefined ? `STOR ${path}` : `ESTO A ${at} ${path}`,
    `${path} cannot be stored`,
    async ({ signal: stop, preliminary, replied }) => {
      preliminary.then(onBegun, () => undefined)
      // Data of a file that is refused would be taken for that of the next.
      if (kept !== undefined) await preliminary
      const connect = async (): Promise<OutgoingData> => {
        if (address === undefined) throw new Error('No port was opened.')
        return made.use(await OutgoingData.connect(session, address, streams, stop))
      }
      const outgoing = kept ?? (await connect())
      const end = (): void => outgoing[Symbol.dispose]()
      stop.addEventListener('abort', end, { once: true })
      try {
        if (stop.aborted) end()
        const blocks = new BlockReader(source, have?.missing(span.start, span.end) ?? [span])
        await sendBlocks(outgoing.writers, blocks, at === undefined ? 0 : span.start, count => {
          session.channel.touch()
          listener?.onBytes?.(count)
        })
        // The server has all of it when it says so; connections that end before that have lost what is under way.
        await replied
      } finally {
        stop.removeEventListener('abort', end)
      }
      return outgoing
    },
    { listener, signal },
  )
  made.move()
  return data
}

/** Ends a connection without an end of its data. Below TLS there is no way to; there it lacks the end of TLS. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** Ends sockets when the signal is aborted, and at the end of the scope. */
function closing(sockets: readonly Socket[], stop: AbortSignal): AsyncDisposable {
  const settle = sockets.map(socket => destroyOnAbort(socket, stop))
  return {
    async [Symbol.asyncDispose]() {
      for (const undo of settle) undo()
      for (const socket of sockets) socket.destroy()
    },
  }
}
