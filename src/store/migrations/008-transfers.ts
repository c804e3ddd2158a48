import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Files that the container moves for an instance: `in`, what its inputs name by URL (`name`: that of the upload that it
 * becomes); `out`, outputs that are delivered (`name`: that of the file). An instance whose outputs are being delivered has
 * its verdict already, which becomes its state when they are there.
 */
export const transfers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      `CREATE TABLE transfer (
        instance TEXT NOT NULL, direction TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL,
        bytes INTEGER NOT NULL DEFAULT 0, size INTEGER, sha256 TEXT, problem TEXT,
        PRIMARY KEY (instance, direction, name, url)) WITHOUT ROWID`,
      'ALTER TABLE instance ADD COLUMN verdict TEXT',
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
