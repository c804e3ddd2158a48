import { ByteRanges, readRanges } from '../../protocol/byte-ranges.ts'
import { receiveFile } from '../receive-file.ts'
import { Refusal } from '../refusal.ts'
import { sendFile } from '../send-file.ts'
import { filesOf } from '../session.ts'
import type { CommandHandler } from './command.ts'
import { openDelayed } from './data-addresses.ts'
import { pathIn } from './files.ts'

/** Commands that move files. */

/** RFC 3659 section 5 (a position); in extended mode ranges (GFD.20 appendix I). */
export const restart: CommandHandler = (session, argument) => {
  filesOf(session)
  const position = /^\d{1,16}$/.exec(argument)?.[0]
  const ranges = position === undefined ? readRanges(argument) : ByteRanges.of([{ start: 0, end: Number(position) }])
  session.restart = { ranges }
  return { code: 350, lines: 'Restart Marker OK. Send STORE or RETR to initiate transfer.' }
}

export const retrieve: CommandHandler = async (session, argument) => {
  await openDelayed(session)
  return sendFile(session, 'RETR', pathIn(session, argument))
}

/** `P <offset> <length> <path>` or `PFT="<offset>,<length>" <path>` (GFD.20 section 3.2.3). */
export const retrievePart: CommandHandler = async (session, argument) => {
  const [, offset, length, path] =
    /^P (\d{1,16}) (\d{1,16}) (.+)$/s.exec(argument) ?? /^PFT="(\d{1,16}),(\d{1,16})" (.+)$/s.exec(argument) ?? []
  if (offset === undefined || length === undefined || path === undefined)
    throw new Refusal(501, 'ERET knows one module: P <offset> <length> <path>.')
  const start = Number(offset)
  await openDelayed(session)
  return sendFile(session, 'ERET', pathIn(session, path), { start, end: start + Number(length) })
}

export const store: CommandHandler = async (session, argument) => {
  await openDelayed(session)
  return receiveFile(session, 'STOR', pathIn(session, argument))
}

/** `A <offset> <path>` or `PFT="<offset>,<length>" <path>` (GFD.20 section 3.2.4). */
export const storePart: CommandHandler = async (session, argument) => {
  const [, offset, path] =
    /^A (\d{1,16}) (.+)$/s.exec(argument) ?? /^PFT="(\d{1,16}),\d{1,16}" (.+)$/s.exec(argument) ?? []
  if (offset === undefined || path === undefined) throw new Refusal(501, 'ESTO knows one module: A <offset> <path>.')
  await openDelayed(session)
  return receiveFile(session, 'ESTO', pathIn(session, path), { at: Number(offset) })
}

export const append: CommandHandler = async (session, argument) => {
  if (session.mode === 'E') throw new Refusal(504, 'APPE is for stream mode; in extended mode say ESTO A.')
  await openDelayed(session)
  return receiveFile(session, 'APPE', pathIn(session, argument), { at: 'end' })
}
