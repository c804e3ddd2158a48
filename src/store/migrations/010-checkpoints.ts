import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Checkpoints that were asked for, and what came of it: an archive of the state, or why there is none. */
export const checkpoints: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      `CREATE TABLE checkpoint (
        instance TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, asked INTEGER NOT NULL, told INTEGER, made INTEGER,
        size INTEGER, sha256 TEXT, problem TEXT, PRIMARY KEY (instance, number)) WITHOUT ROWID`,
      `CREATE INDEX checkpoint_wanted ON checkpoint (instance) WHERE state = 'wanted'`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
