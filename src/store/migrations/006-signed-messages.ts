import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Signed messages that were taken, each until it is too old to be taken again anyway. */
export const signedMessages: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw('CREATE TABLE signed_message (digest TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID')
      .execute(db)
    await sql.raw('CREATE INDEX signed_message_until ON signed_message (until)').execute(db)
  },
}
