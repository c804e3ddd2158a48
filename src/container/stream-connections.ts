import type { ServerResponse } from 'node:http'
import { GridwrapError } from '../core/errors.ts'

const mostOfOne = 64

/** Connections over which a caller is told of something as it happens (Server-Sent Events): each has so many at most. */
export class StreamConnections {
  readonly #stopping: AbortSignal
  readonly #open = new Map<string, number>()

  /** `stopping`: is aborted when the container stops, and ends them all. */
  constructor(stopping: AbortSignal) {
    this.#stopping = stopping
  }

  /** Runs `tell` until it is done, with a signal that is aborted when the caller is gone or the container stops. */
  async answer(caller: string, response: ServerResponse, tell: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const open = this.#open.get(caller) ?? 0
    if (open >= mostOfOne)
      throw new GridwrapError('busy', `You follow ${mostOfOne} jobs at once here, which is the most.`, {
        hint: 'Close some of the connections.',
        detail: { retryAfterSeconds: 10 },
      })
    this.#open.set(caller, open + 1)
    try {
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      beginStream(response)
      if (response.req.method !== 'HEAD') await tell(AbortSignal.any([gone.signal, this.#stopping]))
      response.end()
    } finally {
      const left = (this.#open.get(caller) ?? 1) - 1
      if (left === 0) this.#open.delete(caller)
      else this.#open.set(caller, left)
    }
  }
}

function beginStream(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Accel-Buffering': 'no',
  })
  response.flushHeaders()
}
