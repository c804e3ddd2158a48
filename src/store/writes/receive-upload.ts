import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceState } from '../rows.ts'
import { statement } from '../statements.ts'

export interface ReceivedUpload {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly now: number
}

/** Notes that a promised file lies in the spool. The last one lets a waiting instance into the queue. */
export function receiveUpload(db: Sqlite, u: ReceivedUpload): { readonly state: InstanceState } | undefined {
  const row = statement(
    db,
    `SELECT state, owner FROM instance WHERE id = ? AND destroyed IS NULL AND state IN ('Unsubmitted','StageIn')`,
  ).get(u.id) as { state: InstanceState; owner: string } | undefined
  if (row === undefined) return undefined
  const before = statement(db, 'SELECT size FROM upload WHERE instance = ? AND name = ?').get(u.id, u.name) as
    | { size: number | null }
    | undefined
  if (before === undefined) return undefined
  statement(db, 'UPDATE upload SET size = ?, received = ? WHERE instance = ? AND name = ?').run(
    u.size,
    u.now,
    u.id,
    u.name,
  )
  const grown = u.size - (before.size ?? 0)
  statement(db, 'UPDATE instance SET stored_bytes = stored_bytes + ? WHERE id = ?').run(grown, u.id)
  statement(db, 'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = ?').run(grown, row.owner)
  const missing = statement(db, 'SELECT count(*) FROM upload WHERE instance = ? AND received IS NULL')
    .pluck()
    .get(u.id) as number
  if (row.state !== 'StageIn' || missing > 0) {
    appendEvent(db, u.id, u.now, 'upload', { name: u.name, size: u.size })
    return { state: row.state }
  }
  // The time for which it was to wait is over: what runs has no end until it ended, unless its owner set one.
  statement(
    db,
    `UPDATE instance SET state = 'Pending', queued = ?, version = version + 1,
       terminate_before = CASE WHEN lifetime_set = 0 THEN NULL ELSE terminate_before END WHERE id = ?`,
  ).run(u.now, u.id)
  appendEvent(db, u.id, u.now, 'state', { state: 'Pending' })
  return { state: 'Pending' }
}
