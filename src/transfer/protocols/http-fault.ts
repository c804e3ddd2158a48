import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../../core/error-table.ts'
import { GridwrapError } from '../../core/errors.ts'

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'credential-problem',
  403: 'denied',
  404: 'not-found',
  408: 'busy',
  409: 'not-ready',
  410: 'not-found',
  413: 'too-large',
  423: 'busy',
  425: 'busy',
  429: 'busy',
  500: 'busy',
  502: 'busy',
  503: 'busy',
  504: 'busy',
  507: 'busy',
}

/** What a refusal of a web server means. Of its words the first line is told, when they are words. */
export async function httpFault(answer: IncomingMessage, what: string): Promise<GridwrapError> {
  const status = answer.statusCode ?? 0
  const said = await firstLine(answer)
  const words = said === '' ? (answer.statusMessage ?? '') : said
  const after = /^\d{1,6}$/.exec(answer.headers['retry-after'] ?? '')?.[0]
  return new GridwrapError(codes[status] ?? 'transfer-failed', `${what}: ${words.replace(/\.$/, '')} (${status}).`, {
    ...(after === undefined ? {} : { detail: { retryAfterSeconds: Number(after) } }),
  })
}

async function firstLine(answer: IncomingMessage): Promise<string> {
  const isText = /^text\/plain|^application\/json/.test(answer.headers['content-type'] ?? '')
  let text = ''
  try {
    for await (const chunk of answer) {
      text += (chunk as Buffer).toString('utf8')
      if (text.length > 4096) break
    }
  } catch {
    // It was cut off; what came is enough.
  }
  if (!isText) return ''
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.split('\n')[0] ?? ''
  return message
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .trim()
    .slice(0, 200)
}
