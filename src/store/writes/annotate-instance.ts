import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** How many remarks an instance may have (wsdl/job.gwsdl says so, too). */
const mostNotes = 100

/** Gives an instance another label, or none; false when it has ended. */
export function labelInstance(
  db: Sqlite,
  l: { id: string; label: string | null; now: number; by?: string },
): { readonly done: boolean } {
  const { changes } = statement(
    db,
    'UPDATE instance SET label = ?, version = version + 1 WHERE id = ? AND destroyed IS NULL',
  ).run(l.label, l.id)
  if (changes > 0) appendEvent(db, l.id, l.now, 'changed', { label: l.label, ...said(l.by) })
  return { done: changes > 0 }
}

/** Adds remarks to an instance, all or none. */
export function addNotes(
  db: Sqlite,
  n: { id: string; notes: readonly string[]; now: number; by?: string },
): { readonly done: 'added' | 'gone' | 'too-many' } {
  const there = statement(db, 'SELECT 1 FROM instance WHERE id = ? AND destroyed IS NULL').get(n.id)
  if (there === undefined) return { done: 'gone' }
  const number = statement(db, 'SELECT count(*) FROM note WHERE instance = ?').pluck().get(n.id) as number
  if (number + n.notes.length > mostNotes) return { done: 'too-many' }
  const insert = statement(db, 'INSERT INTO note (instance, number, text) VALUES (?, ?, ?)')
  n.notes.forEach((text, index) => {
    insert.run(n.id, number + index + 1, text)
  })
  if (n.notes.length > 0) appendEvent(db, n.id, n.now, 'changed', { notes: n.notes.length, ...said(n.by) })
  return { done: 'added' }
}
