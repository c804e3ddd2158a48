import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What a run of the program used, and all runs of an instance together (JSON of a ResourceUse). */
export const resourceUse: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw('ALTER TABLE attempt ADD COLUMN used TEXT').execute(db)
    await sql.raw('ALTER TABLE instance ADD COLUMN used TEXT').execute(db)
  },
}
