import type { Sqlite } from './database.ts'
import type { EventRow } from './rows.ts'
import { statement } from './statements.ts'

/** The event log: append-only, ordered by its sequence. Written only inside the writes that change state. */
export class EventStore {
  readonly #db: Sqlite

  constructor(db: Sqlite) {
    this.#db = db
  }

  /** The sequence number of the newest event; 0 when there is none. */
  newest(): number {
    return (statement(this.#db, 'SELECT max(seq) FROM event').pluck().get() as number | null) ?? 0
  }

  /** What came after `seq`, oldest first. */
  after(seq: number, most: number): readonly EventRow[] {
    return statement(
      this.#db,
      'SELECT seq, instance, at, kind, data FROM event WHERE seq > ? ORDER BY seq LIMIT ?',
    ).all(seq, most) as EventRow[]
  }

  /** The last thing that happened to one instance; nothing when there is none. */
  newestOf(id: string): readonly EventRow[] {
    return statement(
      this.#db,
      'SELECT seq, instance, at, kind, data FROM event WHERE instance = ? ORDER BY seq DESC LIMIT 1',
    ).all(id) as EventRow[]
  }

  /** The history of one instance, oldest first. */
  ofInstance(id: string, after = 0, most = 1000): readonly EventRow[] {
    return statement(
      this.#db,
      'SELECT seq, instance, at, kind, data FROM event WHERE instance = ? AND seq > ? ORDER BY seq LIMIT ?',
    ).all(id, after, most) as EventRow[]
  }
}
