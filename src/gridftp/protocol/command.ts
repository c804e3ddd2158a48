import { ProtocolError } from './protocol-error.ts'

/** RFC 959 section 5.3.1: a word, and what it is about. */
export interface Command {
  /** In capitals. */
  readonly verb: string
  readonly argument: string
}

/** The longest command: a path of Linux and its options, or a list of many ranges. */
export const longestCommand = 65_536

/**
 * A command as it goes over the wire. Throws ProtocolError when its argument would end the line early: a path with line ends
 * in it would otherwise be a second command.
 */
export function writeCommand(line: string): string {
  if (/[\r\n\0]/.test(line))
    throw new ProtocolError(
      `${JSON.stringify(line.slice(0, 120))} cannot be said to an FTP server: it holds a line end.`,
    )
  if (Buffer.byteLength(line) > longestCommand)
    throw new ProtocolError(`A command has more than ${longestCommand} bytes: ${line.slice(0, 40)}…`)
  return `${line}\r\n`
}

/** Reads one command line, which the line splitter has bounded. Throws ProtocolError when it is none. */
export function readCommand(line: Buffer): Command {
  const text = line.toString('utf8')
  if (/[\r\n\0]/.test(text)) throw new ProtocolError('A command holds a control character.')
  const match = /^([A-Za-z]{1,8})(?: (.*))?$/s.exec(text)
  if (match?.[1] === undefined) throw new ProtocolError('This is no FTP command.')
  return { verb: match[1].toUpperCase(), argument: match[2] ?? '' }
}

/** A command as it may stand in a log: passwords and security tokens are left out. */
export const loggable = (line: string): string =>
  line.replace(/^(PASS|ADAT|ENC|MIC|CONF) .*$/is, (_all, verb: string) => `${verb.toUpperCase()} …`)
