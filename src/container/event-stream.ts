import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type JobEvent, jobEvents } from '../dispatcher/job-event.ts'
import type { InstanceWaits } from '../events/instance-waits.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Viewer } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'
import { jsonOf } from '../web/json.ts'
import type { StreamConnections } from './stream-connections.ts'

const pageSize = 500
/** A line that says nothing, so that what stands between sees life; and then it is looked whether the caller still may. */
const beatMs = 15_000

/** What it takes to look again whether somebody may still hear of an instance. Throws when they may not. */
export type LookAgain = () => Promise<{ readonly row: InstanceRow; readonly viewer: Viewer }>

/**
 * What happens to an instance as Server-Sent Events (the HTML standard, section 9.2): all that the log has of it, then
 * what comes; between them one event `current`. The number of an event is its id, from which a client goes on.
 */
export class EventStreams {
  readonly #events: EventStore
  readonly #waits: InstanceWaits
  readonly #connections: StreamConnections

  constructor(events: EventStore, waits: InstanceWaits, connections: StreamConnections) {
    this.#events = events
    this.#waits = waits
    this.#connections = connections
  }

  /** Answers until the instance is destroyed, the caller hangs up or may no longer see it, or the container stops. */
  async answer(id: string, caller: string, after: number, response: ServerResponse, look: LookAgain): Promise<void> {
    await this.#connections.answer(caller, response, signal => this.#tell(id, after, response, look, signal))
  }

  async #tell(
    id: string,
    after: number,
    response: ServerResponse,
    look: LookAgain,
    signal: AbortSignal,
  ): Promise<void> {
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
  }
}

const format = (event: JobEvent): string => `id: ${event.sequence}\nevent: ${event.kind}\ndata: ${jsonOf(event, 0)}\n\n`
