import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Credentials that callers delegated: what is known of each, and the name of the file that holds it. One an owner and
 * name; the name '' is the one that came with a connection.
 */
export const credentials: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `CREATE TABLE credential (
          owner TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, kind TEXT NOT NULL, expires INTEGER NOT NULL,
          received INTEGER NOT NULL, PRIMARY KEY (owner, name)) WITHOUT ROWID`,
      )
      .execute(db)
  },
}
