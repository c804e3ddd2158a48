import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorRow } from '../core/error-table.ts'
import type { GridwrapError } from '../core/errors.ts'
import { errorPage } from '../web/error-page.ts'

/** A path of a request, taken apart: decoded segments without empty ones, and the query as it stands. */
export interface RequestPath {
  readonly segments: readonly string[]
  readonly query: string
}

/** Takes a request target apart; undefined when it is not one that this container could have given out. */
export function parseTarget(target: string): RequestPath | undefined {
  if (!target.startsWith('/') || target.length > 8192) return undefined
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent)
    if (segments.at(-1) === '') segments.pop()
    return { segments, query: mark < 0 ? '' : target.slice(mark + 1) }
  } catch {
    return undefined
  }
}

export const prefersHtml = (accept: string | undefined): boolean => accept?.includes('text/html') === true

/** A page runs nothing, and fetches nothing from elsewhere. */
export const pageHeaders = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
} as const

/** Lets a client that waits for it send its body (RFC 9110 section 10.1.1): when it is known that it will be read. */
export function inviteBody({ headers }: IncomingMessage, response: ServerResponse): void {
  if (/^100-continue$/i.test(headers.expect?.trim() ?? '')) response.writeContinue()
}

/** Sends a whole answer. */
export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

/** An error outside SOAP, as JSON, or as a page for a browser: the same code, message and hint as a fault. */
export function sendError(
  response: ServerResponse,
  error: GridwrapError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { code, message, hint, detail } = error
  // Toolkits that read contracts say that they like HTML, and do not.
  const isContract = /\?g?wsdl/i.test(response.req.url ?? '')
  if (prefersHtml(response.req.headers.accept) && !isContract) {
    send(response, errorRow(code).status, 'text/html; charset=utf-8', errorPage(message, hint), {
      ...pageHeaders,
      ...headers,
    })
    return
  }
  const body = {
    error: {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(detail.incident === undefined ? {} : { incident: detail.incident }),
    },
  }
  send(response, errorRow(code).status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`, headers)
}
