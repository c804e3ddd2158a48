import { BlockReader } from '../data/block-reader.ts'
import { BlockReceiver } from '../data/block-receiver.ts'
import type { ByteSink, ByteSource } from '../data/byte-ends.ts'
import { sendBlocks } from '../data/send-blocks.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { passiveAddress } from './data-address.ts'
import type { FtpSession } from './ftp-session.ts'
import { IncomingData } from './incoming-data.ts'
import { OutgoingData } from './outgoing-data.ts'
import { transfer } from './transfer.ts'

/**
 * Many small files over one session: the data connections outlive a file (GFD.20 section 3.4.1), and commands are said
 * ahead of their turn, so that a file costs no more than its bytes and one answer. The files are moved in their order.
 */
export interface ManyOptions {
  /** Data connections. Default 1. */
  readonly streams?: number
  /** Commands that are said before the answer to the first of them has come (of retrievals). Default 8. */
  readonly ahead?: number
  readonly signal?: AbortSignal
  /** Told of each file, by its place in the order: that it is there, or why not. */
  readonly onEnd?: (index: number, error: unknown) => void
}

/** What one file costs beside its bytes. */
type Move = (index: number, begun: Promise<unknown>, stop: AbortSignal) => Promise<void>

/**
 * Stores files (STOR, in extended mode). A file that is refused hinders no other, and costs new connections: Globus
 * servers give those up that a refused file would have come over. Rejects when the session breaks.
 */
export async function storeMany(
  session: FtpSession,
  files: readonly { readonly path: string; readonly source: ByteSource & { readonly size: number } }[],
  options: ManyOptions = {},
): Promise<void> {
  const { streams = 1, signal = new AbortController().signal } = options
  await session.agree({ mode: 'E' })
  let data: Promise<OutgoingData> | undefined
  let address: HostPort | undefined
  const connected = (): Promise<OutgoingData> => {
    if (address === undefined) throw new Error('No port was opened.')
    data ??= OutgoingData.connect(session, address, streams, signal)
    return data
  }
  const drop = async (): Promise<void> => {
    const dropped = data
    data = undefined
    const made = await dropped?.catch(() => undefined)
    made?.[Symbol.dispose]()
  }
  await using _end = { [Symbol.asyncDispose]: drop }
  const lines = files.map(({ path }) => `STOR ${path}`)
  // One ahead, and only when the one before has begun: what is said behind a refusal nobody answers.
  const before = async (begun: boolean): Promise<void> => {
    if (begun && address !== undefined) return
    await drop()
    address = await passiveAddress(session)
  }
  await inOrder(session, lines, { ...options, before }, async (index, begun) => {
    const file = files[index]
    if (file === undefined) return
    // Globus servers begin when the connections are there.
    const { writers } = await connected()
    // Data of a file that is refused would be taken for that of the next.
    await begun
    const blocks = new BlockReader(file.source, [{ start: 0, end: file.source.size }])
    await sendBlocks(writers, blocks, 0, () => session.channel.touch())
  })
}

/** Retrieves files (RETR, in extended mode: the server connects to this machine). A file that is refused hinders no other. */
export async function retrieveMany(
  session: FtpSession,
  files: readonly { readonly path: string; readonly sink: ByteSink }[],
  options: ManyOptions = {},
): Promise<void> {
  const { streams = 1 } = options
  await session.agree({ mode: 'E', streams })
  using incoming = await IncomingData.open(session, { ahead: true })
  const lines = files.map(({ path }) => `RETR ${path}`)
  await inOrder(session, lines, options, async (index, begun, stop) => {
    await begun
    const sink = files[index]?.sink
    if (sink === undefined) return
    const receiver = new BlockReceiver({
      sink,
      within: { start: 0, end: Number.MAX_SAFE_INTEGER },
      mostConnections: 256,
      onBytes: () => session.channel.touch(),
    })
    try {
      await incoming.receive(receiver, stop)
    } catch (error) {
      // The next files are on their way already, and nobody knows where the connections are.
      session.channel.close(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  })
}

/** Says the commands, some ahead, and moves the data of each when it is its turn. */
async function inOrder(
  session: FtpSession,
  commands: readonly string[],
  { ahead = 8, signal, onEnd, before: prepare }: ManyOptions & { readonly before?: (begun: boolean) => Promise<void> },
  move: Move,
): Promise<void> {
  let begins: Promise<boolean> = Promise.resolve(true)
  const running = new Set<Promise<void>>()
  let turn: Promise<unknown> = Promise.resolve()
  for (const [index, command] of commands.entries()) {
    while (running.size >= ahead) await Promise.race(running)
    if (prepare !== undefined) await prepare(await begins)
    signal?.throwIfAborted()
    if (session.channel.closed !== undefined) throw session.channel.closed
    const before = turn
    const one = transfer(
      session,
      command,
      `${command.slice(5)} cannot be ${command.startsWith('STOR') ? 'stored' : 'retrieved'}`,
      ({ signal: stop, preliminary }) => {
        begins = preliminary.then(
          () => true,
          () => false,
        )
        return before.then(() => move(index, preliminary, stop))
      },
      { signal },
    )
    turn = one.catch(() => undefined)
    const done = one
      .then(
        () => onEnd?.(index, undefined),
        (error: unknown) => {
          if (onEnd === undefined) throw error
          onEnd(index, error)
        },
      )
      .finally(() => running.delete(done))
    running.add(done)
    done.catch(() => undefined)
  }
  await Promise.all(running)
}
