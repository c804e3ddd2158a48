import type { IncomingMessage } from 'node:http'
import { GridwrapError } from '../core/errors.ts'
import { EncodingError, XmlDecoder } from '../xml/xml-encoding.ts'

/** An answer read whole. */
export interface TextAnswer {
  readonly status: number
  readonly text: string
  readonly contentType: string
}

/**
 * Reads the body of an answer: XML in the encoding that it says it is in, anything else as UTF-8. Throws `too-large` for
 * more than `most` bytes, `malformed-request` for an encoding that is not known.
 */
export async function readText(answer: IncomingMessage, url: string, most: number): Promise<TextAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    size += (chunk as Buffer).length
    if (size > most) throw new GridwrapError('too-large', `The answer of ${url} has more than ${most} bytes.`)
    chunks.push(chunk as Buffer)
  }
  const contentType = answer.headers['content-type'] ?? ''
  return { status: answer.statusCode ?? 0, text: textIn(Buffer.concat(chunks), contentType, url), contentType }
}

const latin1 = /^(?:iso-8859-1|latin1|us-ascii|windows-1252)$/i

/** Text of an XML document or of any other (RFC 7303 section 3). ISO-8859-1, which old services have, is taken, too. */
export function textIn(bytes: Buffer, contentType: string, url: string): string {
  const charset = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]
  const head = bytes.subarray(0, 200).toString('latin1')
  const isXml =
    /^[^;]*xml/i.test(contentType) || /^(?:\xef\xbb\xbf)?\s*</.test(head) || /^(?:\xfe\xff|\xff\xfe)/.test(head)
  if (!isXml) return bytes.toString('utf8')
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)/.exec(head)?.[1]
  if (latin1.test(charset ?? declared ?? '')) return new TextDecoder('windows-1252').decode(bytes)
  try {
    const decoder = new XmlDecoder(charset)
    return decoder.write(bytes) + decoder.end()
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    throw new GridwrapError('malformed-request', `The answer of ${url} cannot be read: ${error.message}`, {
      hint: 'The server must send what it says; its administrator may know more.',
    })
  }
}
