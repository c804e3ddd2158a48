import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceState } from '../rows.ts'
import { statement } from '../statements.ts'
import { type OverQuota, overKept, type Quota } from './quota.ts'

export interface ReceivedUpload {
  readonly id: string
  readonly name: string
  readonly size: number
  /** Under which name it lies in the spool. */
  readonly spool: string
  readonly quota: Quota
  readonly now: number
  /** Where the container fetched it from; undefined: its owner PUT it. */
  readonly fetched?: { readonly url: string; readonly sha256: string }
}

export type UploadOutcome =
  /** `replaced`: the name in the spool of what was sent before, which is nobody's any more. */
  | { readonly outcome: 'received'; readonly state: InstanceState; readonly replaced: string | undefined }
  | { readonly outcome: 'too-late' }
  | OverQuota

/**
 * Takes what lies in the spool for a promised file. The last one lets a waiting instance into the queue; what comes
 * after that changes nothing.
 */
export function receiveUpload(db: Sqlite, u: ReceivedUpload): UploadOutcome {
  const row = statement(
    db,
    `SELECT state, owner FROM instance WHERE id = ? AND destroyed IS NULL AND state IN ('Unsubmitted','StageIn')`,
  ).get(u.id) as { state: InstanceState; owner: string } | undefined
  if (row === undefined) return { outcome: 'too-late' }
  const before = statement(db, 'SELECT size, spool FROM upload WHERE instance = ? AND name = ?').get(u.id, u.name) as
    | { size: number | null; spool: string | null }
    | undefined
  if (before === undefined) return { outcome: 'too-late' }
  const grown = u.size - (before.size ?? 0)
  const refused = overKept(db, row.owner, u.quota, { instances: 0, bytes: grown })
  if (refused !== undefined) return refused
  const replaced = before.spool ?? undefined
  statement(db, 'UPDATE upload SET size = ?, received = ?, spool = ? WHERE instance = ? AND name = ?').run(
    u.size,
    u.now,
    u.spool,
    u.id,
    u.name,
  )
  if (u.fetched !== undefined)
    statement(
      db,
      `UPDATE transfer SET state = 'done', bytes = ?, size = ?, sha256 = ?, problem = NULL
       WHERE instance = ? AND direction = 'in' AND name = ? AND url = ?`,
    ).run(u.size, u.size, u.fetched.sha256, u.id, u.name, u.fetched.url)
  statement(db, 'UPDATE instance SET stored_bytes = stored_bytes + ? WHERE id = ?').run(grown, u.id)
  statement(db, 'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = ?').run(grown, row.owner)
  const missing = statement(db, 'SELECT count(*) FROM upload WHERE instance = ? AND received IS NULL')
    .pluck()
    .get(u.id) as number
  if (row.state !== 'StageIn' || missing > 0) {
    appendEvent(db, u.id, u.now, 'upload', { name: u.name, size: u.size })
    return { outcome: 'received', state: row.state, replaced }
  }
  // The time for which it was to wait is over: what runs has no end until it ended, unless its owner set one.
  statement(
    db,
    `UPDATE instance SET state = 'Pending', queued = ?, version = version + 1,
       terminate_before = CASE WHEN lifetime_set = 0 THEN NULL ELSE terminate_before END WHERE id = ?`,
  ).run(u.now, u.id)
  appendEvent(db, u.id, u.now, 'state', { state: 'Pending' })
  return { outcome: 'received', state: 'Pending', replaced }
}
