import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The account of the host that an instance's program runs as; NULL: the container's own. */
export const accounts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw('ALTER TABLE instance ADD COLUMN account TEXT').execute(db)
  },
}
