import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { forgetSteps } from '../forget-events.ts'
import { statement } from '../statements.ts'

/**
 * Ends an instance for its users: from here on its handle answers "ended". What it still has (a running program, files)
 * the keeper takes away afterwards, then marks the tombstone clean.
 */
export function destroyInstance(
  db: Sqlite,
  d: { id: string; now: number; why: 'asked' | 'expired'; by?: string },
): { readonly done: boolean } {
  const { changes } = statement(
    db,
    `UPDATE instance SET destroyed = ?, want = 'cancel', version = version + 1,
       ended = coalesce(ended, ?) WHERE id = ? AND destroyed IS NULL`,
  ).run(d.now, d.now, d.id)
  if (changes > 0) appendEvent(db, d.id, d.now, 'destroyed', { why: d.why, ...said(d.by) })
  return { done: changes > 0 }
}

/** Ends every instance whose time is up, at most so many at once. */
export function sweepExpired(db: Sqlite, s: { now: number; most: number }): readonly string[] {
  const ids = statement(
    db,
    `SELECT id FROM instance WHERE destroyed IS NULL AND terminate_before IS NOT NULL AND terminate_before <= ? ORDER BY terminate_before LIMIT ?`,
  )
    .pluck()
    .all(s.now, s.most) as string[]
  if (ids.length > 0) crashPoint('keeper.sweep.before-commit')
  for (const id of ids) destroyInstance(db, { id, now: s.now, why: 'expired' })
  return ids
}

/** Leaves of a destroyed instance only the tombstone: id, owner, sharing, application, request id, times. */
export function markCleaned(db: Sqlite, c: { id: string; now: number }): void {
  const row = statement(
    db,
    'SELECT owner, stored_bytes FROM instance WHERE id = ? AND destroyed IS NOT NULL AND cleaned = 0',
  ).get(c.id) as { owner: string; stored_bytes: number } | undefined
  if (row === undefined) return
  statement(
    db,
    `UPDATE instance SET cleaned = 1, inputs = NULL, results = NULL, verdict = NULL, warnings = '[]', progress = NULL, stored_bytes = 0,
       state = CASE WHEN state IN ('Done','Failed','Canceled') THEN state ELSE 'Canceled' END WHERE id = ?`,
  ).run(c.id)
  statement(db, 'UPDATE usage SET instances = instances - 1, stored_bytes = stored_bytes - ? WHERE owner = ?').run(
    row.stored_bytes,
    row.owner,
  )
  statement(db, 'DELETE FROM upload WHERE instance = ?').run(c.id)
  statement(db, 'DELETE FROM transfer WHERE instance = ?').run(c.id)
  statement(db, 'DELETE FROM note WHERE instance = ?').run(c.id)
  statement(db, 'DELETE FROM checkpoint WHERE instance = ?').run(c.id)
  statement(db, `UPDATE attempt SET spec = NULL WHERE instance = ?`).run(c.id)
  forgetSteps(db, c.id)
}
