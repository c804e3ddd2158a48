import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { GridwrapError } from '../core/errors.ts'
import { type JobEvent, jobEvents } from '../dispatcher/job-event.ts'
import type { InstanceWaits } from '../events/instance-waits.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Viewer } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'
import { jsonOf } from '../web/json.ts'

const pageSize = 500
/** A line that says nothing, so that what stands between sees life; and then it is looked whether the caller still may. */
const beatMs = 15_000
const mostOfOne = 64

/** What it takes to look again whether somebody may still hear of an instance. Throws when they may not. */
export type LookAgain = () => Promise<{ readonly row: InstanceRow; readonly viewer: Viewer }>

/**
 * What happens to an instance as Server-Sent Events (the HTML standard, section 9.2): all that the log has of it, then
 * what comes; between them one event `current`. The number of an event is its id, from which a client goes on.
 */
export class EventStreams {
  readonly #events: EventStore
  readonly #waits: InstanceWaits
  readonly #stopping: AbortSignal
  readonly #open = new Map<string, number>()

  constructor(events: EventStore, waits: InstanceWaits, stopping: AbortSignal) {
    this.#events = events
    this.#waits = waits
    this.#stopping = stopping
  }

  /** Answers until the instance is destroyed, the caller hangs up or may no longer see it, or the container stops. */
  async answer(id: string, caller: string, after: number, response: ServerResponse, look: LookAgain): Promise<void> {
    const open = this.#open.get(caller) ?? 0
    if (open >= mostOfOne)
      throw new GridwrapError('busy', `You follow ${mostOfOne} jobs at once here, which is the most.`, {
        hint: 'Close some of the connections.',
        detail: { retryAfterSeconds: 10 },
      })
    this.#open.set(caller, open + 1)
    try {
      await this.#stream(id, after, response, look)
    } finally {
      const left = (this.#open.get(caller) ?? 1) - 1
      if (left === 0) this.#open.delete(caller)
      else this.#open.set(caller, left)
    }
  }

  async #stream(id: string, after: number, response: ServerResponse, look: LookAgain): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const signal = AbortSignal.any([gone.signal, this.#stopping])
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    })
    response.flushHeaders()
    if (response.req.method === 'HEAD') {
      response.end()
      return
    }
    let seen = after
    let current = false
    while (!signal.aborted) {
      const { row, viewer } = await look()
      const events = this.#events.ofInstance(id, seen, pageSize)
      for (const event of jobEvents(events, row, viewer))
        if (!response.write(format(event))) await once(response, 'drain', { signal }).catch(() => undefined)
      seen = events.at(-1)?.seq ?? seen
      if (events.some(({ kind }) => kind === 'destroyed')) break
      if (events.length === pageSize) continue
      // All that has happened is told; what comes now is new.
      if (!current) response.write(`event: current\ndata: ${jsonOf({ kind: 'current', state: row.state }, 0)}\n\n`)
      current = true
      const more = async (): Promise<true | undefined> =>
        this.#events.ofInstance(id, seen, 1).length > 0 ? true : undefined
      const woken = await this.#waits.until(id, beatMs, more, signal)
      // After the end of a connection nothing is written, and nobody minds.
      if (woken === undefined) response.write(':\n\n')
    }
    response.end()
  }
}

const format = (event: JobEvent): string => `id: ${event.sequence}\nevent: ${event.kind}\ndata: ${jsonOf(event, 0)}\n\n`
