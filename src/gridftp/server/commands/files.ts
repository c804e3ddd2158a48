import { checksumName, checksumNames, runningChecksum } from '../../../core/checksum.ts'
import { readTimestamp, writeTimestamp } from '../../protocol/timestamp.ts'
import { resolvePath } from '../paths.ts'
import { Refusal } from '../refusal.ts'
import type { OutgoingFile } from '../served-files.ts'
import { filesOf, type Session } from '../session.ts'
import type { CommandHandler } from './command.ts'

/** Commands on files that need no data connection. */

export const pathIn = (session: Session, argument: string): string => {
  if (argument === '') throw new Refusal(501, 'A path is missing.')
  return resolvePath(argument, session.directory, filesOf(session).home)
}

/** RFC 3659 section 4. */
export const size: CommandHandler = async (session, argument) => {
  const entry = await filesOf(session).stat(pathIn(session, argument))
  if (entry.kind !== 'file') throw new Refusal(550, `${argument} is not a regular file.`)
  return { code: 213, lines: String(entry.size) }
}

/** RFC 3659 section 3. */
export const modified: CommandHandler = async (session, argument) => {
  const entry = await filesOf(session).stat(pathIn(session, argument))
  return { code: 213, lines: writeTimestamp(entry.modified) }
}

export const setModified: CommandHandler = async (session, argument) => {
  const [, time = '', path = ''] = /^(\d{14}(?:\.\d+)?) (.+)$/s.exec(argument) ?? []
  const ms = readTimestamp(time)
  if (ms === undefined) throw new Refusal(501, 'MFMT takes a time as 20261121052650 and a path.')
  await filesOf(session).setModified(pathIn(session, path), ms)
  return { code: 213, lines: `Modify=${writeTimestamp(ms)}; ${path}` }
}

export const makeDirectory: CommandHandler = async (session, argument) => {
  const path = pathIn(session, argument)
  await filesOf(session).makeDirectory(path)
  return { code: 257, lines: `"${path.replaceAll('"', '""')}" created.` }
}

export const removeDirectory: CommandHandler = async (session, argument) => {
  await filesOf(session).removeDirectory(pathIn(session, argument))
  return { code: 250, lines: 'OK.' }
}

export const remove: CommandHandler = async (session, argument) => {
  await filesOf(session).removeFile(pathIn(session, argument))
  return { code: 250, lines: 'OK.' }
}

export const renameFrom: CommandHandler = async (session, argument) => {
  const path = pathIn(session, argument)
  await filesOf(session).stat(path)
  session.renaming = path
  return { code: 350, lines: 'Now say RNTO.' }
}

export const renameTo: CommandHandler = async (session, argument) => {
  const { renaming } = session
  session.renaming = undefined
  if (renaming === undefined) throw new Refusal(503, 'Say RNFR first.')
  await filesOf(session).rename(renaming, pathIn(session, argument))
  return { code: 250, lines: 'OK.' }
}

/** CKSM as Globus has it: algorithm, offset, length (-1: to the end), path. Made block by block; the client can go away meanwhile. */
export const checksum: CommandHandler = async (session, argument) => {
  const [, word = '', offset = '', length = '', path = ''] =
    /^(\S+) (\d{1,16}) (-1|\d{1,16}) (.+)$/s.exec(argument) ?? []
  const name = checksumName(word)
  if (name === undefined || path === '')
    throw new Refusal(504, `CKSM takes one of ${checksumNames.join(', ')}, an offset, a length and a path.`)
  await using file = await filesOf(session).read(pathIn(session, path))
  const end = length === '-1' ? file.size : Math.min(file.size, Number(offset) + Number(length))
  return { code: 213, lines: await sumOf(session, file, name, Number(offset), end) }
}

async function sumOf(
  { control }: Session,
  file: OutgoingFile,
  name: (typeof checksumNames)[number],
  start: number,
  end: number,
): Promise<string> {
  const sum = runningChecksum(name)
  const buffer = Buffer.allocUnsafeSlow(1_048_576)
  for (let at = start; at < end; ) {
    if (control.closed) throw new Refusal(426, 'The client has gone.')
    const count = await file.read(buffer.subarray(0, Math.min(buffer.length, end - at)), at)
    if (count === 0) break
    sum.update(buffer.subarray(0, count))
    at += count
  }
  return sum.digest()
}
