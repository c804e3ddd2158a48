import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** With how many an instance is shared at most: every question about it looks at them. */
const mostShares = 100

interface Share {
  readonly id: string
  /** An owner key, or `fqan:` and a group or role. */
  readonly principal: string
  readonly permits: 'read' | 'control'
  readonly now: number
  /** Who shares it: a distinguished name. */
  readonly by?: string
}

/** Shares an instance, or changes with what right. */
export function shareInstance(db: Sqlite, s: Share): { readonly done: 'shared' | 'gone' | 'too-many' } {
  const there = statement(db, 'SELECT 1 FROM instance WHERE id = ? AND destroyed IS NULL').get(s.id)
  if (there === undefined) return { done: 'gone' }
  const others = statement(db, 'SELECT count(*) FROM share WHERE instance = ? AND principal <> ?').pluck()
  if ((others.get(s.id, s.principal) as number) >= mostShares) return { done: 'too-many' }
  statement(
    db,
    `INSERT INTO share (instance, principal, permits) VALUES (?, ?, ?)
     ON CONFLICT (instance, principal) DO UPDATE SET permits = excluded.permits`,
  ).run(s.id, s.principal, s.permits)
  appendEvent(db, s.id, s.now, 'shared', { with: s.principal, right: s.permits, ...said(s.by) })
  return { done: 'shared' }
}

/** Takes a share back; nothing happens when there is none. */
export function unshareInstance(db: Sqlite, s: Omit<Share, 'permits'>): { readonly done: boolean } {
  const { changes } = statement(db, 'DELETE FROM share WHERE instance = ? AND principal = ?').run(s.id, s.principal)
  if (changes > 0) appendEvent(db, s.id, s.now, 'unshared', { with: s.principal, ...said(s.by) })
  return { done: changes > 0 }
}
