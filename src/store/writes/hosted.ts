import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { HostedStateRow } from '../rows.ts'
import { statement } from '../statements.ts'
import { insertGridService, type NewGridService } from './grid-services.ts'

interface NewHosted extends Omit<NewGridService, 'kind'> {
  readonly service: string
  readonly properties: string
  /** Who creates it: a distinguished name. */
  readonly by?: string
}

/** Creates an object of a hosted class, with the state that it has from the beginning. */
export function createHosted(db: Sqlite, n: NewHosted): { readonly done: boolean } {
  if (!insertGridService(db, { ...n, kind: 'hosted' })) return { done: false }
  statement(db, 'INSERT INTO hosted_state (id, service, properties) VALUES (?, ?, ?)').run(
    n.id,
    n.service,
    n.properties,
  )
  appendEvent(db, n.id, n.now, 'hosted-created', { service: n.service, ...said(n.by) })
  return { done: true }
}

/** The state of a service that is there for all, from its first call on; false when it was there already. */
export function openHosted(
  db: Sqlite,
  { id, service, properties }: Pick<NewHosted, 'id' | 'service' | 'properties'>,
): { readonly done: boolean } {
  const { changes } = statement(
    db,
    'INSERT INTO hosted_state (id, service, properties) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ).run(id, service, properties)
  return { done: changes > 0 }
}

/** Keeps the state of an object that is still in the version that was read; false when another front end was faster, or it has ended. */
export function saveHosted(
  db: Sqlite,
  { id, version, properties }: Pick<HostedStateRow, 'id' | 'version' | 'properties'>,
): { readonly done: boolean } {
  const { changes } = statement(
    db,
    'UPDATE hosted_state SET properties = ?, version = version + 1 WHERE id = ? AND version = ? AND ended IS NULL',
  ).run(properties, id, version)
  return { done: changes > 0 }
}

/**
 * Of objects that have ended, those that nobody cleans up: they are the caller's now. Whoever has claimed one and is not
 * heard of until `before` has lost it.
 */
export function claimEndedHosted(
  db: Sqlite,
  c: { readonly services: string; readonly now: number; readonly before: number; readonly most: number },
): readonly (HostedStateRow & { readonly tries: number })[] {
  return statement(
    db,
    `UPDATE hosted_state SET ended = @now, tries = tries + 1 WHERE id IN (
       SELECT id FROM hosted_state WHERE ended IS NOT NULL AND ended <= @before
         AND service IN (SELECT value FROM json_each(@services)) LIMIT @most)
     RETURNING id, service, properties, version, tries`,
  ).all(c) as (HostedStateRow & { readonly tries: number })[]
}

/** What has ended is cleaned up: of it only its tombstone stays. */
export function forgetHosted(db: Sqlite, { id }: { readonly id: string }): void {
  statement(db, 'DELETE FROM hosted_state WHERE id = ? AND ended IS NOT NULL').run(id)
}
