import { checksumNames } from '../../../core/checksum.ts'
import { packageVersion } from '../../../core/package-version.ts'
import type { Protection } from '../../data/data-terms.ts'
import { resolvePath } from '../paths.ts'
import { Refusal } from '../refusal.ts'
import { filesOf, type Session } from '../session.ts'
import { type CommandHandler, ok } from './command.ts'

/** Commands by which a client and a server agree on how they speak and where they stand. */

const protections: Readonly<Record<string, Protection>> = { C: 'clear', S: 'safe', P: 'private' }

export const type: CommandHandler = (session, argument) => {
  const [, code] = /^([AI])(?: [NTC])?$/i.exec(argument) ?? []
  if (code === undefined) throw new Refusal(504, 'The types are A and I.')
  session.type = code.toUpperCase() as 'A' | 'I'
  return ok(`Type set to ${session.type}.`)
}

export const mode: CommandHandler = (session, argument) => {
  if (!/^[SE]$/i.test(argument)) throw new Refusal(504, 'The modes are S (stream) and E (extended block).')
  session.mode = argument.toUpperCase() as 'S' | 'E'
  return ok(`Mode set to ${session.mode}.`)
}

export const structure: CommandHandler = (_session, argument) => {
  if (!/^F$/i.test(argument)) throw new Refusal(504, 'Files have no structure here: STRU F.')
  return ok('Structure set to F.')
}

export const protectionBuffer: CommandHandler = (_session, argument) =>
  ok(`PBSZ=${/^\d{1,10}$/.test(argument) ? argument : '0'}`)

export const protection: CommandHandler = (session, argument) => {
  const wanted = protections[argument.toUpperCase()]
  if (wanted === undefined) throw new Refusal(536, 'The levels are C, S and P.')
  if (session.subject === undefined && wanted !== 'clear')
    throw new Refusal(503, 'Only who has authenticated can have protection.')
  if (session.protection !== wanted) session.data.forget()
  session.protection = wanted
  return ok(`Protection level set to ${argument.toUpperCase()}.`)
}

/** GFD.20 section 3.2.7. */
export const dataAuthentication: CommandHandler = (session, argument) => {
  const [, word = '', subject] = /^([NAS])(?: (.+))?$/i.exec(argument) ?? []
  if (session.subject === undefined)
    throw new Refusal(503, 'Only who has authenticated has data channel authentication.')
  // Ports were opened, and addresses looked at, on the terms of then.
  session.data.forget()
  if (/^N$/i.test(word)) session.authentication = 'N'
  else if (/^A$/i.test(word)) session.authentication = 'A'
  else if (subject !== undefined) session.authentication = { subject }
  else throw new Refusal(501, 'DCAU is N, A, or S with a subject.')
  return ok(`DCAU ${argument}.`)
}

/** GFD.20 section 3.5.1, and the delayed passive of Globus. */
export const options: CommandHandler = (session, argument) => {
  const [, count] = /^RETR (?:.*;)?Parallelism=(\d{1,3}),\d{1,3},\d{1,3};/i.exec(argument) ?? []
  if (count !== undefined) {
    session.parallelism = Math.min(64, Math.max(1, Number(count)))
    return ok('OPTS Command Successful.')
  }
  const [, delayed] = /^PASV AllowDelayed=([01]);?$/i.exec(argument) ?? []
  if (delayed !== undefined) {
    session.delayedPassive = delayed === '1'
    return ok('OPTS Command Successful.')
  }
  if (/^(?:UTF8 ON|MLST .*)$/i.test(argument)) return ok('OPTS Command Successful.')
  throw new Refusal(501, 'There is no such option here.')
}

/** TCP buffers are the system's to size; what is asked for is taken for a wish. */
export const bufferSize: CommandHandler = (_session, argument) => {
  if (!/^\d{1,10}$/.test(argument)) throw new Refusal(501, 'SBUF takes a number of bytes.')
  return ok()
}

export const allocate: CommandHandler = (session, argument) => {
  const [, size] = /^(\d{1,16})(?: R \d+)?$/.exec(argument) ?? []
  if (size === undefined) throw new Refusal(501, 'ALLO takes a number of bytes.')
  session.announced = Number(size)
  return ok('ALLO command successful.')
}

export const workingDirectory: CommandHandler = ({ directory, files }) => {
  filesOf({ files })
  return { code: 257, lines: `"${directory.replaceAll('"', '""')}" is current directory.` }
}

export const changeDirectory: CommandHandler = async (session, argument) => {
  const files = filesOf(session)
  const path = resolvePath(argument === '' ? '~' : argument, session.directory, files.home)
  const { kind } = await files.stat(path)
  if (kind !== 'directory') throw new Refusal(550, `${path} is no directory.`)
  session.directory = path
  return { code: 250, lines: 'CWD command successful.' }
}

export const changeUp: CommandHandler = (session, _argument) => changeDirectory(session, '..')

/** RFC 2389 section 3.2; the facts of MLST in RFC 3659 section 7.8. */
export const features: CommandHandler = () => ({
  code: 211,
  lines: [
    'Extensions supported',
    ` CKSM ${checksumNames.map(name => `${name}:10`).join(';')};`,
    ' MFMT',
    ' UTF8',
    ' DCAU',
    ' PARALLEL',
    ' SIZE',
    ' SBUF',
    ' MLST Type*;Size*;Modify*;Perm*;UNIX.mode*;Unique*;',
    ' ERET',
    ' ESTO',
    ' REST STREAM',
    ' MDTM',
    ' EPRT',
    ' EPSV',
    ' PASV AllowDelayed;',
    'End.',
  ],
})

export const help = (verbs: readonly string[]): CommandHandler => {
  const rows: string[] = []
  for (let at = 0; at < verbs.length; at += 8)
    rows.push(
      `    ${verbs
        .slice(at, at + 8)
        .map(verb => verb.padEnd(8))
        .join('')
        .trimEnd()}`,
    )
  return () => ({ code: 214, lines: ['The following commands are recognized:', ...rows, 'End'] })
}

export const site =
  (helpful: CommandHandler): CommandHandler =>
  (session: Session, argument) => {
    if (/^HELP$/i.test(argument)) return helpful(session, '')
    if (/^CLIENTINFO /i.test(argument)) return { code: 250, lines: 'OK.' }
    throw new Refusal(500, 'There is no such SITE command.')
  }

export const system: CommandHandler = () => ({ code: 215, lines: 'UNIX Type: L8' })
export const nothing: CommandHandler = () => ok()
export const language: CommandHandler = () => ok('LANG EN')
export const status: CommandHandler = () => ({ code: 211, lines: `gridwrap ${packageVersion} GridFTP server` })
