import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { writeTimestamp } from '../../protocol/timestamp.ts'
import { Refusal, type ServerReply } from '../refusal.ts'
import { sendPieces } from '../send-pieces.ts'
import type { ServedEntry } from '../served-files.ts'
import { filesOf, type Session } from '../session.ts'
import { announce, transfer } from '../transfer.ts'
import type { CommandHandler } from './command.ts'
import { openDelayed } from './data-addresses.ts'
import { pathIn } from './files.ts'

const { join } = posix

/** Listings: what lies in a directory, streamed, however much it is. */

/** RFC 3659 section 7.5: of each entry what it is, how large, when changed, what one may do with it. */
export const factsOf = (
  { kind, size, modified, writable, name }: ServedEntry,
  path: string,
  type = typeOf(kind),
): string => {
  const may = kind === 'directory' ? (writable ? 'cmpel' : 'el') : writable ? 'awrdf' : 'r'
  const mode = kind === 'directory' ? (writable ? '0755' : '0555') : writable ? '0644' : '0444'
  const bytes = kind === 'file' ? `Size=${size};` : ''
  return `Type=${type};Modify=${writeTimestamp(modified)};${bytes}Perm=${may};UNIX.mode=${mode};Unique=${uniqueOf(path)}; ${name}`
}

/** What tells a file from all others (section 7.5.2): here its path does. Globus clients leave out what has none. */
const uniqueOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16)

const typeOf = (kind: ServedEntry['kind']): string =>
  kind === 'directory' ? 'dir' : kind === 'file' ? 'file' : 'OS.unix=other'

/** MLST: one entry, over the control connection. */
export const describe: CommandHandler = async (session, argument) => {
  const path = argument === '' ? session.directory : pathIn(session, argument)
  const entry = await filesOf(session).stat(path)
  return { code: 250, lines: [`status of ${path}`, ` ${factsOf({ ...entry, name: path }, path)}`, 'End.'] }
}

export const machineListing: CommandHandler = (session, argument) =>
  listing(
    session,
    'MLSD',
    argument,
    (entry, path) => factsOf(entry, path),
    (entry, path) => factsOf(entry, path, 'cdir'),
  )

export const nameListing: CommandHandler = (session, argument) => listing(session, 'NLST', argument, ({ name }) => name)

/** LIST in the form that every FTP client has learned to read: that of ls -l. */
export const longListing: CommandHandler = (session, argument) =>
  // Clients say options of ls.
  listing(session, 'LIST', argument.replace(/^-\w+ ?/, ''), ({ name, kind, size, modified, writable }) => {
    const mode =
      kind === 'directory' ? (writable ? 'drwxr-xr-x' : 'dr-xr-xr-x') : writable ? '-rw-r--r--' : '-r--r--r--'
    return `${mode}   1 grid     grid     ${String(size).padStart(12)} ${lsTime(modified)} ${name}`
  })

/** How an entry is told; `path` is its own. */
type Line = (entry: ServedEntry, path: string) => string

async function listing(
  session: Session,
  verb: string,
  argument: string,
  line: Line,
  first?: Line,
): Promise<ServerReply> {
  const files = filesOf(session)
  const path = argument === '' ? session.directory : pathIn(session, argument)
  const there = await files.stat(path)
  if (there.kind !== 'directory' && verb === 'MLSD') throw new Refusal(501, `${path} is no directory.`)
  await openDelayed(session)
  if (!session.data.isSet) throw new Refusal(425, 'Say first where the data goes: PASV or PORT.')
  return await transfer(session, { verb, path }, async moving => {
    await announce(session, 'out')
    const entries = there.kind === 'directory' ? files.list(path) : [there]
    const head = first === undefined ? '' : `${first({ ...there, name: '.' }, path)}\r\n`
    const pieces = inPieces(head, entries, entry => line(entry, join(path, entry.name)))
    await sendPieces(session, pieces, moving)
  })
}

/** Lines go in pieces: a directory of a hundred thousand files is as much memory as one of a hundred. */
async function* inPieces(
  head: string,
  entries: AsyncIterable<ServedEntry> | Iterable<ServedEntry>,
  line: (entry: ServedEntry) => string,
): AsyncGenerator<Buffer, void, undefined> {
  let text = head
  for await (const entry of entries) {
    text += `${line(entry)}\r\n`
    if (text.length < 65_536) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

function lsTime(ms: number): string {
  const date = new Date(ms)
  const day = String(date.getUTCDate()).padStart(2)
  const month = months[date.getUTCMonth()] ?? 'Jan'
  const recent = Math.abs(Date.now() - ms) < 180 * 86_400_000
  const clock = `${String(date.getUTCHours()).padStart(2, '0')}:${String(date.getUTCMinutes()).padStart(2, '0')}`
  return `${month} ${day} ${recent ? clock : String(date.getUTCFullYear()).padStart(5)}`
}
