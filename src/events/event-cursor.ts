import type { EventStore } from '../store/event-store.ts'
import type { EventRow } from '../store/rows.ts'

const pollMs = 250
const most = 1000

/**
 * Follows the event log of the store. A hint from another process makes it look at once; without one it looks every
 * 250 ms, so that a lost hint costs time and never an event.
 */
export class EventCursor implements Disposable {
  readonly #events: EventStore
  readonly #onEvents: (events: readonly EventRow[]) => void
  readonly #timer: NodeJS.Timeout
  #seen: number

  /** `seen`: the last event that is known already. Default: the newest of now. */
  constructor(events: EventStore, onEvents: (events: readonly EventRow[]) => void, seen = events.newest()) {
    this.#events = events
    this.#onEvents = onEvents
    this.#seen = seen
    this.#timer = setInterval(() => this.look(), pollMs)
  }

  /** Reads what came since, and hands it on in order. */
  look(): void {
    for (;;) {
      const events = this.#events.after(this.#seen, most)
      const last = events.at(-1)
      if (last === undefined) return
      this.#seen = last.seq
      this.#onEvents(events)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
