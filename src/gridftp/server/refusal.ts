import type { ErrorCode } from '../../core/error-table.ts'
import { GridwrapError, toFault } from '../../core/errors.ts'
import { isConnectionError } from '../data/connection-broken.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'

/** A reply that ends a command. */
export interface ServerReply {
  readonly code: number
  readonly lines: string | readonly string[]
  /** Done when it is on its way: what comes behind it is of another kind. */
  readonly afterwards?: () => void
}

/** What a command throws to refuse with a code of its own. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reply: ServerReply

  constructor(code: number, text: string | readonly string[]) {
    super(typeof text === 'string' ? text : text.join(' '))
    this.reply = { code, lines: text }
  }
}

const codes: Readonly<Partial<Record<ErrorCode, number>>> = {
  'not-found': 550,
  denied: 550,
  'credential-problem': 530,
  busy: 451,
  'too-large': 552,
  'not-ready': 450,
}

/** Words that clients of the Globus Toolkit know, by the number of the system's error (errno) that is meant. */
const globus: readonly (readonly [RegExp, string, number, string])[] = [
  [/exists already/, 'PATH_EXISTS', 17, 'File exists'],
  [/There is no /, 'PATH_NOT_FOUND', 2, 'No such file or directory'],
  [/not empty/, 'DIRECTORY_NOT_EMPTY', 39, 'Directory not empty'],
  [/is a directory/, 'PATH_IS_DIRECTORY', 21, 'Is a directory'],
  [/permission|may not|read only|denied/i, 'PERMISSION_DENIED', 13, 'Permission denied'],
]

/**
 * The reply for whatever a command threw. Globus clients read the lines with `GlobusError` and `GridFTP-`; people the
 * sentence. What is not told to callers becomes an incident, as everywhere.
 */
export function refusalOf(thrown: unknown, report: (fault: GridwrapError) => void): ServerReply {
  if (thrown instanceof Refusal) return thrown.reply
  if (thrown instanceof ProtocolError) return { code: 501, lines: thrown.message }
  // RFC 959 section 4.2.1: the connection was closed, the transfer is over.
  if (isConnectionError(thrown)) return { code: 426, lines: `The data connection broke: ${(thrown as Error).message}` }
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError')
    return { code: 425, lines: 'No data connection came in time.' }
  const fault = thrown instanceof GridwrapError ? thrown : toFault(thrown)
  if (fault.code === 'internal') report(fault)
  const code = codes[fault.code] ?? 500
  // What is wrong with the file; that there is no room for it is not.
  const isOfFile = fault.code === 'not-found' || fault.code === 'denied'
  const said = isOfFile ? globus.find(([words]) => words.test(fault.message)) : undefined
  if (said === undefined) return { code, lines: fault.message }
  const [, name, errno, text] = said
  return {
    code: errno === 17 ? 553 : code,
    lines: [
      fault.message,
      `GlobusError: v=1 c=${name}`,
      `GridFTP-Errno: ${errno}`,
      `GridFTP-Reason: ${text}`,
      `GridFTP-Error-String: ${fault.message}`,
      'End.',
    ],
  }
}
