import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { forgetSteps } from '../forget-events.ts'
import type { GridServiceRow } from '../rows.ts'
import { statement } from '../statements.ts'

export interface NewGridService {
  readonly id: string
  readonly kind: GridServiceRow['kind']
  readonly owner: string
  readonly now: number
  readonly terminateAfter: number
  /** null: never. */
  readonly terminateBefore: number | null
  /** How many of this kind one owner may have. */
  readonly most: number
}

/** The row that every kind has; false when the owner has as many as they may. */
export function insertGridService(db: Sqlite, n: NewGridService): boolean {
  const count = statement(
    db,
    'SELECT count(*) FROM grid_service WHERE kind = ? AND owner = ? AND destroyed IS NULL',
  ).pluck()
  if ((count.get(n.kind, n.owner) as number) >= n.most) return false
  statement(
    db,
    'INSERT INTO grid_service (id, kind, owner, created, terminate_after, terminate_before) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(n.id, n.kind, n.owner, n.now, n.terminateAfter, n.terminateBefore)
  return true
}

/** Sets the window in which it may be ended, when it still is the one that the caller saw; false when it is not. */
export function setGridServiceLifetime(
  db: Sqlite,
  l: {
    id: string
    after: number
    before: number | null
    seen: { after: number; before: number | null }
  },
): { readonly done: boolean } {
  const { changes } = statement(
    db,
    `UPDATE grid_service SET terminate_after = ?, terminate_before = ?
     WHERE id = ? AND destroyed IS NULL AND terminate_after = ? AND terminate_before IS ?`,
  ).run(l.after, l.before, l.id, l.seen.after, l.seen.before)
  return { done: changes > 0 }
}

/** Ends a Grid service of the container; of it the tombstone stays, so that "ended" can be told from "never was". */
export function endGridService(
  db: Sqlite,
  e: { id: string; now: number; why: 'asked' | 'expired'; by?: string },
): { readonly done: boolean } {
  const row = statement(db, 'SELECT kind FROM grid_service WHERE id = ? AND destroyed IS NULL').get(e.id) as
    | Pick<GridServiceRow, 'kind'>
    | undefined
  if (row === undefined) return { done: false }
  statement(db, 'UPDATE grid_service SET destroyed = ? WHERE id = ?').run(e.now, e.id)
  statement(db, 'DELETE FROM registration WHERE id = ?').run(e.id)
  const source = statement(db, 'DELETE FROM subscription WHERE id = ? RETURNING source').pluck().get(e.id)
  if (typeof source === 'string' && source !== '') forgetSteps(db, source)
  // What it has outside is still to be cleaned up (src/hosting/ends.ts).
  if (row.kind === 'hosted') statement(db, 'UPDATE hosted_state SET ended = 0 WHERE id = ?').run(e.id)
  // The registry changes with its entries; of others only their own log tells.
  if (row.kind === 'hosted') appendEvent(db, e.id, e.now, 'hosted-ended', { why: e.why, ...said(e.by) })
  else if (row.kind === 'entry') appendEvent(db, '', e.now, 'entry-removed', { entry: e.id, why: e.why, ...said(e.by) })
  else appendEvent(db, e.id, e.now, 'unsubscribed', { why: e.why, ...said(e.by) })
  return { done: true }
}

/** Ends those whose time is up, at most so many at once; their ids. */
export function sweepGridServices(db: Sqlite, s: { now: number; most: number }): readonly string[] {
  const ids = statement(
    db,
    'SELECT id FROM grid_service WHERE destroyed IS NULL AND terminate_before IS NOT NULL AND terminate_before <= ? LIMIT ?',
  )
    .pluck()
    .all(s.now, s.most) as string[]
  for (const id of ids) endGridService(db, { id, now: s.now, why: 'expired' })
  return ids
}
