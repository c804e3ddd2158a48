import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'
import { insertGridService, type NewGridService } from './grid-services.ts'

export interface NewRegistration extends Omit<NewGridService, 'kind'> {
  readonly member: string
  readonly content: string
  /** How many bytes of all entries there may be. */
  readonly mostBytes: number
  /** Who registers it: a distinguished name. */
  readonly by?: string
}

/** Adds an entry to the registry. Entries are a bag: the same member may be in it more than once (OGSI 1.0 section 13.1). */
export function addRegistration(db: Sqlite, n: NewRegistration): { readonly done: 'added' | 'too-many' | 'full' } {
  const stored = statement(db, 'SELECT coalesce(sum(length(member) + length(content)), 0) FROM registration').pluck()
  if ((stored.get() as number) + n.member.length + n.content.length > n.mostBytes) return { done: 'full' }
  if (!insertGridService(db, { ...n, kind: 'entry' })) return { done: 'too-many' }
  statement(db, 'INSERT INTO registration (id, member, content) VALUES (?, ?, ?)').run(n.id, n.member, n.content)
  appendEvent(db, '', n.now, 'entry-added', { entry: n.id, ...said(n.by) })
  return { done: 'added' }
}
