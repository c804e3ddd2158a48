import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

export interface Registration {
  readonly name: string
  readonly digest: string
  readonly source: string
  /** The file it was read from; for people. */
  readonly origin: string
  /** Whether the configuration names it: what it offered last is remembered. */
  readonly configured: boolean
  readonly now: number
}

/** Makes a description the one that its service offers from now on. Instances keep the one they were made from. */
export function registerApplication(db: Sqlite, r: Registration): { changed: boolean } {
  if (r.configured)
    statement(
      db,
      'INSERT INTO configured (name, digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest',
    ).run(r.name, r.digest)
  const before = statement(db, 'SELECT digest FROM service WHERE name = ?').pluck().get(r.name)
  if (before === r.digest) return { changed: false }
  statement(
    db,
    'INSERT OR IGNORE INTO application (digest, name, source, origin, registered_at) VALUES (?, ?, ?, ?, ?)',
  ).run(r.digest, r.name, r.source, r.origin, r.now)
  statement(
    db,
    'INSERT INTO service (name, digest, registered_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, registered_at = excluded.registered_at',
  ).run(r.name, r.digest, r.now)
  appendEvent(db, '', r.now, 'registered', { name: r.name, digest: r.digest })
  return { changed: true }
}

/** Takes a service away. Its instances live on, and their descriptions with them. */
export function unregisterService(db: Sqlite, r: { name: string; now: number }): { existed: boolean } {
  const { changes } = statement(db, 'DELETE FROM service WHERE name = ?').run(r.name)
  if (changes > 0) appendEvent(db, '', r.now, 'unregistered', { name: r.name })
  return { existed: changes > 0 }
}
