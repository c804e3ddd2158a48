import type { ErrorCode } from '../core/error-table.ts'
import { GridwrapError } from '../core/errors.ts'
import { XmlError } from '../xml/xml-error.ts'
import { parseXml } from '../xml/xml-reader.ts'

/** Well within what the reader takes: what is stored stands inside of answers, and has to be read back from there. */
const limits = { depth: 24, attributes: 48, elements: 2000 }
const mostBytes = 8 * 1024

/**
 * Markup of a caller that is kept and said again to others: small, and readable for any reader that could read the
 * request. Throws GridwrapError with this code; `what` names the parameter.
 */
export function storable(markup: string, what: string, code: ErrorCode): string {
  const bytes = Buffer.byteLength(markup)
  if (bytes > mostBytes)
    throw new GridwrapError(code, `${what}: it has ${bytes} bytes, and at most ${mostBytes} are kept.`, {
      hint: 'Say less here (a handle in place of a reference), and where the rest is.',
    })
  try {
    parseXml(`<kept>${markup}</kept>`, limits)
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw new GridwrapError(code, `${what}: ${error.message}`, {
      hint: 'Declare fewer prefixes, and nest less deeply.',
    })
  }
  return markup
}
