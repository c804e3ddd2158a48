import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import { EventStreamParser, type StreamedEvent } from './event-stream.ts'
import type { HttpsConnection } from './https-connection.ts'
import { plainError } from './remote-fault.ts'

const firstPauseMs = 500
const longestPauseMs = 15_000
/** About five minutes. */
const mostFailures = 24

export interface WatchOptions {
  /** The number of the last event that is known. Default: from the beginning. */
  readonly after?: string
  readonly signal?: AbortSignal
}

/**
 * What happens to a job as it happens; goes on where it was when the connection breaks. Ends when the job is destroyed.
 * Throws GridwrapError when it is not there, or not to be seen; Unreachable when the container is not there, or not for
 * minutes.
 */
export async function* watchJob(
  handle: string,
  connection: HttpsConnection,
  { after = '', signal }: WatchOptions = {},
): AsyncGenerator<StreamedEvent, void, undefined> {
  let seen = after
  let opened = false
  for (let failures = 0; ; failures++) {
    try {
      const body = await open(handle, connection, seen, signal)
      opened = true
      failures = 0
      const parser = new EventStreamParser()
      for await (const piece of body)
        for (const event of parser.push(String(piece))) {
          seen = event.id
          yield event
          if (event.event === 'destroyed') return
        }
    } catch (error) {
      signal?.throwIfAborted()
      const final = error instanceof GridwrapError && error.code !== 'busy'
      if (final || !opened || failures >= mostFailures) throw error
    }
    await delay(Math.min(firstPauseMs * 2 ** failures, longestPauseMs), signal)
  }
}

async function open(
  handle: string,
  connection: HttpsConnection,
  after: string,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<unknown>> {
  const headers = { Accept: 'text/event-stream', ...(after === '' ? {} : { 'Last-Event-ID': after }) }
  const { status, body } = await connection.send('GET', `${handle}/events`, headers, undefined, signal)
  body.setEncoding('utf8')
  if (status === 200) return body
  let text = ''
  for await (const piece of body) text = (text + String(piece)).slice(0, 10_000)
  throw plainError(status, text, handle)
}
