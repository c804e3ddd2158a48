import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

// Checkpoints of an instance: wanted by its owner, made by the keeper, kept as long as there are not too many.

/** So many archives of an instance are kept: the newest. */
const mostKept = 3

/** Writes that a checkpoint is wanted. Who asks while one is wanted waits for the same. Undefined when the instance is gone. */
export function wantCheckpoint(
  db: Sqlite,
  w: { readonly id: string; readonly now: number; readonly by?: string },
): { readonly number: number } | undefined {
  const there = statement(db, 'SELECT 1 FROM instance WHERE id = ? AND destroyed IS NULL').get(w.id)
  if (there === undefined) return undefined
  const wanted = statement(db, `SELECT number FROM checkpoint WHERE instance = ? AND state = 'wanted'`).pluck()
  const waiting = wanted.get(w.id) as number | undefined
  if (waiting !== undefined) return { number: waiting }
  const last = statement(db, 'SELECT coalesce(max(number), 0) FROM checkpoint WHERE instance = ?').pluck()
  const number = (last.get(w.id) as number) + 1
  statement(db, `INSERT INTO checkpoint (instance, number, state, asked) VALUES (?, ?, 'wanted', ?)`).run(
    ...[w.id, number, w.now],
  )
  appendEvent(db, w.id, w.now, 'checkpoint', { number, state: 'wanted', ...said(w.by) })
  return { number }
}

/** A program is about to be told: if its attempt ends from here on, it may have ended for this. */
export function tellCheckpoint(
  db: Sqlite,
  t: { readonly id: string; readonly number: number; readonly attempt: number },
): void {
  statement(db, `UPDATE checkpoint SET told = ? WHERE instance = ? AND number = ? AND told IS NULL`).run(
    ...[t.attempt, t.id, t.number],
  )
}

export interface MadeCheckpoint {
  readonly id: string
  readonly number: number
  /** The archive; or, in words for its owner, why there is none. */
  readonly made: { readonly size: number; readonly sha256: string } | { readonly problem: string }
  readonly now: number
}

/** What came of a checkpoint that was wanted; of those before it only so many are kept. */
export function finishCheckpoint(db: Sqlite, m: MadeCheckpoint): void {
  const failed = 'problem' in m.made
  const [size, sha256, problem] =
    'problem' in m.made ? [null, null, m.made.problem] : [m.made.size, m.made.sha256, null]
  crashPoint('keeper.checkpoint.before-commit')
  const { changes } = statement(
    db,
    `UPDATE checkpoint SET state = ?, made = ?, size = ?, sha256 = ?, problem = ?
     WHERE instance = ? AND number = ? AND state = 'wanted'`,
  ).run(failed ? 'failed' : 'done', m.now, size, sha256, problem, m.id, m.number)
  if (changes === 0) return
  const old = statement(
    db,
    `SELECT number, size FROM checkpoint WHERE instance = ? AND state = 'done' ORDER BY number DESC LIMIT -1 OFFSET ?`,
  ).all(m.id, mostKept) as { readonly number: number; readonly size: number }[]
  const gone = new Set(old.map(({ number }) => number))
  // Of those that failed only the last is of interest.
  statement(db, `DELETE FROM checkpoint WHERE instance = ? AND state = 'failed' AND number < ?`).run(m.id, m.number)
  for (const number of gone) statement(db, 'DELETE FROM checkpoint WHERE instance = ? AND number = ?').run(m.id, number)
  addStored(db, m.id, (size ?? 0) - old.reduce((sum, one) => sum + one.size, 0))
  const outcome = failed ? { problem } : { size }
  appendEvent(db, m.id, m.now, 'checkpoint', { number: m.number, state: failed ? 'failed' : 'done', ...outcome })
}

function addStored(db: Sqlite, id: string, bytes: number): void {
  statement(db, 'UPDATE instance SET stored_bytes = stored_bytes + ? WHERE id = ?').run(bytes, id)
  statement(
    db,
    'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = (SELECT owner FROM instance WHERE id = ?)',
  ).run(bytes, id)
}
