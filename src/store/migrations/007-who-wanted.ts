import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Who said last what is wanted of an instance: its owner, or somebody with whom it is shared. */
export const whoWanted: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw('ALTER TABLE instance ADD COLUMN wanted_by TEXT').execute(db)
  },
}
