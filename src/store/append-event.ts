import type { Sqlite } from './database.ts'
import { statement } from './statements.ts'

/** Adds to the event log, in the transaction that changes the state: order is `seq`, never time. */
export function appendEvent(db: Sqlite, instance: string, at: number, kind: string, data: object): void {
  statement(db, 'INSERT INTO event (instance, at, kind, data) VALUES (?, ?, ?, ?)').run(
    instance,
    at,
    kind,
    JSON.stringify(data),
  )
}

/** Who did it, as events say it. */
export const said = (by: string | undefined): { readonly by?: string } => (by === undefined ? {} : { by })
