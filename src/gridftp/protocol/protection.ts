import { ProtocolError } from './protocol-error.ts'
import type { Reply } from './reply.ts'

/**
 * The words of RFC 2228 (FTP security extensions): security data in base64, commands and replies in protected lines.
 */
const strictBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Octets of base64 text. Throws ProtocolError when it is not. */
export function readBase64(text: string): Buffer {
  if (!strictBase64.test(text)) throw new ProtocolError('A security token is not base64.')
  return Buffer.from(text, 'base64')
}

/** `ADAT <base64>` (section 3). */
export const writeAdat = (token: Uint8Array): string => `ADAT ${Buffer.from(token).toString('base64')}`

/** The token in a reply of 334, 335 or 235 (section 5.1); undefined when it has none. */
export function readAdatReply({ lines }: Reply): Buffer | undefined {
  const [, text] = /^ADAT=(\S*)$/.exec(lines.join('')) ?? []
  return text === undefined ? undefined : readBase64(text)
}

/** A command, protected: confidential (section 4). */
export const writeEnc = (token: Uint8Array): string => `ENC ${Buffer.from(token).toString('base64')}`

/** The token of one protected line of a reply, `631`, `632` or `633` (section 5.2); undefined when it is a line in the clear. */
export function readProtectedLine(line: string): Buffer | undefined {
  const [, text] = /^63[123][ -](\S*)$/.exec(line) ?? []
  return text === undefined ? undefined : readBase64(text)
}

/** A line of a reply, protected as Globus does: each on its own, the last one with a blank. */
export const writeProtectedLine = (token: Uint8Array, last: boolean, code: 631 | 632 = 632): string =>
  `${code}${last ? ' ' : '-'}${Buffer.from(token).toString('base64')}\r\n`
