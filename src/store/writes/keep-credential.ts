import type { Sqlite } from '../database.ts'
import type { CredentialRow } from '../rows.ts'
import { statement } from '../statements.ts'

/** Notes a credential whose file is on disk. Returns the file of the one that it takes the place of. */
export function keepCredential(db: Sqlite, c: CredentialRow): { readonly replaced: string | undefined } {
  const replaced = statement(db, 'SELECT file FROM credential WHERE owner = ? AND name = ?')
    .pluck()
    .get(c.owner, c.name)
  statement(
    db,
    `INSERT INTO credential (owner, name, file, kind, expires, received) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (owner, name) DO UPDATE SET file = excluded.file, kind = excluded.kind, expires = excluded.expires,
       received = excluded.received`,
  ).run(c.owner, c.name, c.file, c.kind, c.expires, c.received)
  return { replaced: replaced as string | undefined }
}

/** Forgets credentials that expired before a moment. Returns their files. */
export function dropExpired(db: Sqlite, d: { readonly before: number }): readonly string[] {
  return statement(db, 'DELETE FROM credential WHERE expires < ? RETURNING file').pluck().all(d.before) as string[]
}
