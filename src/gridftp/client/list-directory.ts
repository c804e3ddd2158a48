import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { DataReader } from '../data/data-reader.ts'
import { type ListedFile, readFacts } from '../protocol/facts.ts'
import { LineSplitter } from '../protocol/line-splitter.ts'
import { readLsLine } from '../protocol/ls-line.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { FtpSession } from './ftp-session.ts'
import { prepareData } from './open-data.ts'
import type { TransferOptions } from './retrieve.ts'
import { transfer } from './transfer.ts'

/** The longest line of a listing: a path of Linux with its facts. */
const longestLine = 16_384

/**
 * What lies in a directory (MLSD, RFC 3659 section 7; LIST where a server does not know that), each told when it comes.
 * Names are what the server says, without a path; whether one may lead elsewhere is the caller's to look at.
 */
export async function listDirectory(
  session: FtpSession,
  path: string,
  onEntry: (entry: ListedFile) => void,
  {
    passive = true,
    signal,
    most = 1_000_000,
  }: Pick<TransferOptions, 'passive' | 'signal'> & { readonly most?: number } = {},
): Promise<void> {
  // Globus servers have MLSD when they say MLST (RFC 3659 section 7.8).
  const machine = (await session.features()).has('MLST')
  let count = 0
  await listLines(session, `${machine ? 'MLSD' : 'LIST'} ${path}`, path, { passive, signal }, line => {
    const entry = machine ? readFacts(line) : readLsLine(line)
    if (entry === undefined || entry.isSelf) return
    if (++count > most) throw new ProtocolError(`The listing of ${path} has more than ${most} entries.`)
    onEntry(entry)
  })
}

/** The lines of a listing in the server's own form (LIST). */
export async function listRaw(
  session: FtpSession,
  path: string,
  options: Pick<TransferOptions, 'passive' | 'signal'> = {},
): Promise<string[]> {
  const lines: string[] = []
  await listLines(session, path === '' ? 'LIST' : `LIST ${path}`, path, options, line => void lines.push(line))
  return lines
}

/** The names in a directory (NLST, RFC 959 section 4.1.3); of servers that say paths, their last parts. */
export async function listNames(
  session: FtpSession,
  path: string,
  options: Pick<TransferOptions, 'passive' | 'signal'> = {},
): Promise<string[]> {
  const names: string[] = []
  await listLines(session, path === '' ? 'NLST' : `NLST ${path}`, path, options, line => {
    const name = line.replace(/\/+$/, '').replace(/^.*\//s, '')
    if (name !== '' && name !== '.' && name !== '..') names.push(name)
  })
  return names
}

async function listLines(
  session: FtpSession,
  command: string,
  path: string,
  { passive = true, signal }: Pick<TransferOptions, 'passive'> & { readonly signal?: AbortSignal | undefined },
  onLine: (line: string) => void,
): Promise<void> {
  await session.agree({ mode: 'S' })
  using data = await prepareData(session, passive)
  await transfer(
    session,
    command,
    `${path === '' ? 'The directory' : path} cannot be listed`,
    async ({ signal: stop }) => {
      const socket = await data.open(stop)
      const settle = destroyOnAbort(socket, stop)
      try {
        const reader = new DataReader(socket)
        const lines = new LineSplitter(longestLine)
        for (let chunks = await reader.take(); chunks !== undefined; chunks = await reader.take()) {
          session.channel.touch()
          for (const chunk of chunks)
            for (const line of lines.feed(chunk)) if (line.length > 0) onLine(line.toString('utf8'))
        }
      } finally {
        settle()
        socket.destroy()
      }
    },
    { signal },
  )
}
