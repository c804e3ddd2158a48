import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Times are milliseconds since the epoch, UTC; JSON columns are text. A NULL terminate_before is "never". */
export const initial: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      `CREATE TABLE application (
        digest TEXT PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, origin TEXT NOT NULL, registered_at INTEGER NOT NULL)`,
      `CREATE TABLE service (
        name TEXT PRIMARY KEY, digest TEXT NOT NULL REFERENCES application(digest), registered_at INTEGER NOT NULL)`,
      `CREATE TABLE instance (
        id TEXT PRIMARY KEY, application TEXT NOT NULL, digest TEXT NOT NULL, owner TEXT NOT NULL,
        label TEXT, request_id TEXT, request_digest TEXT,
        state TEXT NOT NULL, want TEXT NOT NULL, version INTEGER NOT NULL,
        inputs TEXT, options TEXT NOT NULL,
        created INTEGER NOT NULL, queued INTEGER, started INTEGER, ended INTEGER,
        terminate_after INTEGER NOT NULL, terminate_before INTEGER, keep_seconds INTEGER NOT NULL, lifetime_set INTEGER NOT NULL DEFAULT 0,
        percent REAL, progress TEXT, warnings TEXT NOT NULL DEFAULT '[]',
        exit_code INTEGER, signal TEXT, reason TEXT, cause TEXT,
        attempts INTEGER NOT NULL DEFAULT 0, results TEXT, stored_bytes INTEGER NOT NULL DEFAULT 0,
        destroyed INTEGER, cleaned INTEGER NOT NULL DEFAULT 0)`,
      `CREATE UNIQUE INDEX instance_request ON instance (owner, request_id) WHERE request_id IS NOT NULL`,
      `CREATE INDEX instance_owner ON instance (owner, created DESC, id DESC) WHERE destroyed IS NULL`,
      `CREATE INDEX instance_newest ON instance (created DESC, id DESC) WHERE destroyed IS NULL`,
      `CREATE INDEX instance_queue ON instance (queued) WHERE destroyed IS NULL AND state = 'Pending' AND want = 'run'`,
      `CREATE INDEX instance_live ON instance (state, owner, queued) WHERE destroyed IS NULL AND state NOT IN ('Done','Failed','Canceled')`,
      `CREATE INDEX instance_due ON instance (terminate_before) WHERE destroyed IS NULL AND terminate_before IS NOT NULL`,
      `CREATE INDEX instance_unclean ON instance (id) WHERE destroyed IS NOT NULL AND cleaned = 0`,
      `CREATE TABLE upload (
        instance TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, position INTEGER NOT NULL,
        size INTEGER, received INTEGER, PRIMARY KEY (instance, name)) WITHOUT ROWID`,
      `CREATE TABLE attempt (
        instance TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, adapter TEXT NOT NULL,
        host TEXT NOT NULL, boot_id TEXT NOT NULL, spec TEXT, created INTEGER NOT NULL, started INTEGER, ended INTEGER,
        exit_code INTEGER, signal TEXT, reason TEXT, PRIMARY KEY (instance, number)) WITHOUT ROWID`,
      `CREATE INDEX attempt_open ON attempt (state) WHERE state <> 'ended'`,
      `CREATE TABLE share (
        instance TEXT NOT NULL, principal TEXT NOT NULL, permits TEXT NOT NULL, PRIMARY KEY (instance, principal)) WITHOUT ROWID`,
      `CREATE INDEX share_principal ON share (principal)`,
      `CREATE TABLE event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL)`,
      `CREATE INDEX event_instance ON event (instance, seq)`,
      `CREATE TABLE usage (
        owner TEXT PRIMARY KEY, instances INTEGER NOT NULL DEFAULT 0, stored_bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
      `CREATE TABLE lease (
        name TEXT PRIMARY KEY, host TEXT NOT NULL, boot_id TEXT NOT NULL, pid INTEGER NOT NULL, process_start TEXT NOT NULL) WITHOUT ROWID`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
