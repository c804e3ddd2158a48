import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Whether an instance is a session or a library, which stays until somebody ends it: such take no place from programs that end by themselves. */
export const stays: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw('ALTER TABLE instance ADD COLUMN stays INTEGER NOT NULL DEFAULT 0').execute(db)
  },
}
