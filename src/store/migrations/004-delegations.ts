import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * A credential belongs to an owner *and* the group or role of a virtual organization in which they delegated it ('' when
 * there is none); and the keys that wait for a proxy certificate.
 */
export const delegations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const statements = [
      `CREATE TABLE credential_2 (
        owner TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, kind TEXT NOT NULL,
        expires INTEGER NOT NULL, received INTEGER NOT NULL, PRIMARY KEY (owner, role, name)) WITHOUT ROWID`,
      `INSERT INTO credential_2 SELECT owner, '', name, file, kind, expires, received FROM credential`,
      `DROP TABLE credential`,
      `ALTER TABLE credential_2 RENAME TO credential`,
      `CREATE TABLE delegation (
        owner TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, made INTEGER NOT NULL,
        PRIMARY KEY (owner, role, name)) WITHOUT ROWID`,
    ]
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
