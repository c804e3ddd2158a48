import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { inviteBody, parseTarget, send } from './exchange.ts'
import type { SoapPipeline } from './soap-pipeline.ts'

const stalledBodyMs = 30_000

/** Node's own limits cut long uploads (300 s) and make clients pay handshakes (5 s of keep-alive); these fit this use. */
export function httpServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer(
    {
      requestTimeout: 0,
      headersTimeout: 20_000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 75_000,
      maxHeaderSize: 32 * 1024,
      noDelay: true,
    },
    handler,
  )
  server.maxHeadersCount = 200
  // Not answered by itself: who is not admitted shall not send gigabytes first.
  server.on('checkContinue', handler)
  return server
}

/** One request: SOAP to the pipeline, all else to the pages. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  pipeline: SoapPipeline,
  app: (request: IncomingMessage, response: ServerResponse) => void,
  stopping: AbortSignal,
): Promise<void> {
  request.socket.setTimeout(0)
  const target = parseTarget(request.url ?? '')
  if (target === undefined)
    return send(response, 400, 'text/plain', 'The request target is not a path of this container.\n', {
      Connection: 'close',
    })
  if (stopping.aborted) response.setHeader('Connection', 'close')
  endWhenStalled(request, response)
  if (request.method !== 'POST') return app(request, response)
  const gone = new AbortController()
  // Also told of answers that went out whole; an abort then would only cost its stack.
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const answer = await pipeline.answer(
    request,
    request.socket as TLSSocket,
    target.segments,
    AbortSignal.any([gone.signal, stopping]),
    () => inviteBody(request, response),
  )
  if (response.destroyed) return
  send(
    response,
    answer.status,
    answer.contentType,
    answer.body,
    answer.close && !request.complete ? { Connection: 'close' } : {},
  )
  if (!request.complete) request.resume()
}

/** A body may take its time (there is no limit on the whole request), but one that stops coming does not keep a connection. */
function endWhenStalled(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (encoding === undefined && (length === undefined || length === '0')) return
  request.setTimeout(stalledBodyMs)
  // After the answer the timer is that of keep-alive.
  request.once('end', () => response.writableFinished || request.setTimeout(0))
}
