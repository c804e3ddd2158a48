import { type ChecksumName, checksumNames } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { type ListedFile, readFacts } from '../protocol/facts.ts'
import { checksumsOf } from '../protocol/features.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import { isPositive } from '../protocol/reply.ts'
import { readTimestamp, writeTimestamp } from '../protocol/timestamp.ts'
import type { FtpSession } from './ftp-session.ts'
import { replyFault, requirePositive } from './reply-fault.ts'

/** The operations on a server's files that need no data connection; each is one command. All throw GridwrapError when it is refused. */

/** What a path is (MLST, RFC 3659 section 7). */
export async function describe(session: FtpSession, path: string): Promise<ListedFile> {
  const reply = await session.ask(`MLST ${path}`, `${path} cannot be looked at`)
  const line = reply.lines.find(text => /^ ?[^ ]*=[^ ]*;[^ ]* ./.test(text))
  if (line === undefined) throw new ProtocolError(`The server says nothing of ${path}.`)
  return readFacts(line.replace(/^ /, ''))
}

/** Bytes of a file (SIZE, RFC 3659 section 4), in image type: others make the size depend on line ends. */
export async function sizeOf(session: FtpSession, path: string): Promise<number> {
  await session.agree({})
  const reply = await session.ask(`SIZE ${path}`, `The size of ${path} is not told`)
  const size = Number(/^\d{1,16}$/.exec(reply.lines.join('').trim())?.[0])
  if (reply.code !== 213 || !Number.isSafeInteger(size)) throw new ProtocolError(`The server tells no size of ${path}.`)
  return size
}

/**
 * What a path is, at a server that has no MLST: what has a size is a file, what can be entered a directory. Throws
 * GridwrapError (`not-found`) for what is neither: such servers do not say why.
 */
export async function guess(
  session: FtpSession,
  path: string,
): Promise<Pick<ListedFile, 'kind' | 'size' | 'modified'>> {
  const size = await sizeOf(session, path).catch(unlessRefused)
  if (size !== undefined) return { kind: 'file', size, modified: await modifiedAt(session, path).catch(unlessRefused) }
  const here = /"(.*)"/.exec((await session.channel.exchange('PWD')).lines.join(' '))?.[1]
  const entered = await session.channel.exchange(`CWD ${path}`)
  if (isPositive(entered)) {
    if (here !== undefined) await session.ask(`CWD ${here.replaceAll('""', '"')}`, 'One cannot go back')
    return { kind: 'directory', size: undefined, modified: undefined }
  }
  const { code } = replyFault(entered, path)
  throw code === 'denied' || code === 'not-found'
    ? new GridwrapError('not-found', `There is no ${path}.`)
    : replyFault(entered, `${path} cannot be looked at`)
}

function unlessRefused(error: unknown): undefined {
  if (error instanceof GridwrapError && (error.code === 'denied' || error.code === 'not-found')) return undefined
  throw error
}

/** When a file was last changed (MDTM, RFC 3659 section 3), in milliseconds since the epoch. */
export async function modifiedAt(session: FtpSession, path: string): Promise<number> {
  const reply = await session.ask(`MDTM ${path}`, `The time of ${path} is not told`)
  const time = readTimestamp(reply.lines.join('').trim())
  if (reply.code !== 213 || time === undefined) throw new ProtocolError(`The server tells no time of ${path}.`)
  return time
}

/** Sets when a file was last changed (MFMT), in milliseconds since the epoch. */
export async function setModified(session: FtpSession, path: string, ms: number): Promise<void> {
  await session.ask(`MFMT ${writeTimestamp(ms)} ${path}`, `The time of ${path} cannot be set`)
}

/** Makes a directory (MKD); the one above it has to be there. */
export async function makeDirectory(session: FtpSession, path: string): Promise<void> {
  await session.ask(`MKD ${path}`, `The directory ${path} cannot be made`)
}

/** Removes an empty directory (RMD). */
export async function removeDirectory(session: FtpSession, path: string): Promise<void> {
  await session.ask(`RMD ${path}`, `The directory ${path} cannot be removed`)
}

/** Removes a file (DELE). */
export async function removeFile(session: FtpSession, path: string): Promise<void> {
  await session.ask(`DELE ${path}`, `${path} cannot be removed`)
}

/** Gives a file another name (RNFR, RNTO). */
export async function rename(session: FtpSession, from: string, to: string): Promise<void> {
  const asked = await session.channel.exchange(`RNFR ${from}`)
  if (asked.code !== 350) throw replyFault(asked, `${from} cannot be renamed`)
  await session.ask(`RNTO ${to}`, `${from} cannot be renamed to ${to}`)
}

/** The checksums that a server makes, as far as they are known here; what it likes best first. */
export async function checksumsAt(session: FtpSession): Promise<readonly ChecksumName[]> {
  const offered = checksumsOf(await session.features())
  return offered.flatMap(name => checksumNames.find(known => known === name) ?? [])
}

/** The checksum of a file, or of a part of it (CKSM), in lower-case hexadecimal; made by the server, which may take its time. */
export async function checksumAt(
  session: FtpSession,
  path: string,
  name: ChecksumName,
  { offset = 0, length = -1 }: { readonly offset?: number; readonly length?: number } = {},
): Promise<string> {
  // A server that makes a checksum says nothing meanwhile; the slowest disks read so many bytes in a millisecond.
  const patienceMs = (await sizeOf(session, path).catch(() => 0)) / 10_000
  const line = `CKSM ${name} ${offset} ${length} ${path}`
  const reply = requirePositive(
    await session.channel.exchange(line, undefined, patienceMs),
    `The checksum of ${path} is not told`,
  )
  const sum = /^[0-9a-fA-F]{8,128}$/.exec(reply.lines.join('').trim())?.[0]
  if (reply.code !== 213 || sum === undefined) throw new ProtocolError(`The server tells no checksum of ${path}.`)
  return sum.toLowerCase()
}

/** Makes a directory and those above it, as far as they are not there. */
export async function makeDirectories(session: FtpSession, path: string): Promise<void> {
  const look = async (directory: string): Promise<Pick<ListedFile, 'kind'>> =>
    (await session.features()).has('MLST') ? describe(session, directory) : guess(session, directory)
  const names = path.split('/').filter(name => name !== '')
  const root = path.startsWith('/') ? '/' : ''
  // From the deepest up: mostly all but the last are there, and each question is a round trip.
  const missing: string[] = []
  for (let depth = names.length; depth > 0; depth--) {
    const directory = root + names.slice(0, depth).join('/')
    const known = await look(directory).catch((error: unknown) => {
      if (error instanceof GridwrapError && error.code === 'not-found') return undefined
      throw error
    })
    if (known !== undefined) break
    missing.unshift(directory)
  }
  for (const directory of missing) {
    // Somebody else may have been faster.
    await makeDirectory(session, directory).catch(async (error: unknown) => {
      const there = await look(directory).catch(() => undefined)
      if (there?.kind !== 'directory') throw error
    })
  }
}
