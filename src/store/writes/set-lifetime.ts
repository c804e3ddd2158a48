import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

export interface Lifetime {
  readonly id: string
  readonly after: number
  /** null: never. */
  readonly before: number | null
  /** Only when the window still is what the caller saw (compare-and-set). */
  readonly seen: { readonly after: number; readonly before: number | null }
  readonly now: number
}

/** Sets the window in which an instance may be ended; false when somebody else was quicker. */
export function setLifetime(db: Sqlite, l: Lifetime): { readonly done: boolean } {
  const { changes } = statement(
    db,
    `UPDATE instance SET terminate_after = ?, terminate_before = ?, lifetime_set = 1, version = version + 1
     WHERE id = ? AND destroyed IS NULL AND terminate_after = ? AND terminate_before IS ?`,
  ).run(l.after, l.before, l.id, l.seen.after, l.seen.before)
  if (changes > 0) appendEvent(db, l.id, l.now, 'lifetime', { after: l.after, before: l.before })
  return { done: changes > 0 }
}

/**
 * Keeps an instance for so many seconds more: from now, where it has an end, and after its program's end, where that is
 * still to come. An end that lies further off stays.
 */
export function extendLifetime(
  db: Sqlite,
  e: { id: string; seconds: number; now: number },
): { readonly done: boolean } {
  const before = e.now + e.seconds * 1000
  const { changes } = statement(
    db,
    `UPDATE instance SET terminate_before = max(terminate_before, ?), keep_seconds = max(keep_seconds, ?), version = version + 1
     WHERE id = ? AND destroyed IS NULL`,
  ).run(before, e.seconds, e.id)
  if (changes > 0) appendEvent(db, e.id, e.now, 'lifetime', { before })
  return { done: changes > 0 }
}
