import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Grid services that the container itself has, each with a lifetime of its own: entries of the registry, subscriptions, and
 * objects of hosted classes. What is of one kind only is in a table of that kind; a tombstone is the row of `grid_service` alone. Notes are what
 * people remark about an instance, in order.
 */
export const gridServices: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      `CREATE TABLE grid_service (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, created INTEGER NOT NULL,
        terminate_after INTEGER NOT NULL, terminate_before INTEGER, destroyed INTEGER) WITHOUT ROWID`,
      `CREATE INDEX grid_service_owner ON grid_service (kind, owner) WHERE destroyed IS NULL`,
      `CREATE INDEX grid_service_due ON grid_service (terminate_before) WHERE destroyed IS NULL AND terminate_before IS NOT NULL`,
      `CREATE TABLE subscription (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, identity TEXT NOT NULL, expression TEXT NOT NULL, names TEXT NOT NULL,
        kinds TEXT, min_ms INTEGER NOT NULL, max_ms INTEGER, sink TEXT NOT NULL, url TEXT NOT NULL, seen INTEGER NOT NULL,
        delivered INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, last INTEGER,
        failures INTEGER NOT NULL DEFAULT 0, problem TEXT, next INTEGER) WITHOUT ROWID`,
      `CREATE INDEX subscription_source ON subscription (source)`,
      `CREATE TABLE registration (id TEXT PRIMARY KEY, member TEXT NOT NULL, content TEXT NOT NULL) WITHOUT ROWID`,
      `CREATE TABLE hosted_state (
        id TEXT PRIMARY KEY, service TEXT NOT NULL, properties TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
        ended INTEGER, tries INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
      `CREATE INDEX hosted_state_ended ON hosted_state (ended) WHERE ended IS NOT NULL`,
      `CREATE TABLE note (
        instance TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (instance, number)) WITHOUT ROWID`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
