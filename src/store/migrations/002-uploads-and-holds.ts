import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * An upload says where in the spool it lies, so that one that comes too late changes nothing. An attempt keeps how long
 * it was held (milliseconds of the clock that counts from the machine's boot), which is not time that it ran. What the
 * configuration offered last is remembered, so that a restart does not take back what an administrator did since.
 */
export const uploadsAndHolds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      'ALTER TABLE upload ADD COLUMN spool TEXT',
      'UPDATE upload SET spool = name WHERE received IS NOT NULL',
      'ALTER TABLE attempt ADD COLUMN held_ms INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE attempt ADD COLUMN held_since INTEGER',
      'CREATE TABLE configured (name TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID',
      `CREATE INDEX instance_waiting ON instance (owner, queued, id) WHERE destroyed IS NULL AND state = 'Pending' AND want = 'run'`,
      'CREATE INDEX instance_service ON instance (application, owner, created DESC, id DESC) WHERE destroyed IS NULL',
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
