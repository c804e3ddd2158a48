import type { Sqlite } from '../database.ts'
import type { CredentialKey, CredentialRow, DelegationRow } from '../rows.ts'
import { statement } from '../statements.ts'

/** How many an owner may have; of those who wait for a certificate and of those who have one. */
const most = 100

const where = 'owner = ? AND role = ? AND name = ?'

/**
 * Notes a credential whose file is on disk; the key that it answers waits no longer. Returns the files that nobody
 * needs any more; the new one itself when its owner has too many.
 */
export function keepCredential(
  db: Sqlite,
  c: CredentialRow & { readonly answered: string | undefined; readonly now: number },
): { readonly kept: boolean; readonly dropped: readonly string[] } {
  const replaced = statement(db, `SELECT file FROM credential WHERE ${where}`).pluck().all(c.owner, c.role, c.name)
  if (replaced.length === 0 && held(db, c.owner, c.now) >= most) return { kept: false, dropped: [c.file] }
  statement(
    db,
    `INSERT INTO credential (owner, role, name, file, kind, expires, received) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (owner, role, name) DO UPDATE SET file = excluded.file, kind = excluded.kind, expires = excluded.expires,
       received = excluded.received`,
  ).run(c.owner, c.role, c.name, c.file, c.kind, c.expires, c.received)
  const waited = statement(db, 'DELETE FROM delegation WHERE file = ? RETURNING file').pluck()
  return { kept: true, dropped: [...replaced, ...waited.all(c.answered ?? '')] as string[] }
}

/** Notes a key that waits for a certificate, in place of one that waited before. Returns the files that nobody needs any more. */
export function beginDelegation(
  db: Sqlite,
  d: DelegationRow,
): { readonly kept: boolean; readonly dropped: readonly string[] } {
  const replaced = statement(db, `SELECT file FROM delegation WHERE ${where}`).pluck().all(d.owner, d.role, d.name)
  if (replaced.length === 0 && waitingOf(db, d.owner) >= most) return { kept: false, dropped: [d.file] }
  statement(
    db,
    `INSERT INTO delegation (owner, role, name, file, made) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (owner, role, name) DO UPDATE SET file = excluded.file, made = excluded.made`,
  ).run(d.owner, d.role, d.name, d.file, d.made)
  return { kept: true, dropped: replaced as string[] }
}

/** Forgets a credential and a key that waits under the same name. Returns their files; none when there was nothing. */
export function dropCredential(db: Sqlite, { owner, role, name }: CredentialKey): readonly string[] {
  return ['credential', 'delegation'].flatMap(
    table =>
      statement(db, `DELETE FROM ${table} WHERE ${where} RETURNING file`).pluck().all(owner, role, name) as string[],
  )
}

/** Forgets credentials that expired before a moment, and keys that have waited since before another. Returns their files. */
export function dropExpired(
  db: Sqlite,
  d: { readonly before: number; readonly madeBefore: number },
): readonly string[] {
  return [
    ...statement(db, 'DELETE FROM credential WHERE expires < ? RETURNING file').pluck().all(d.before),
    ...statement(db, 'DELETE FROM delegation WHERE made < ? RETURNING file').pluck().all(d.madeBefore),
  ] as string[]
}

const held = (db: Sqlite, owner: string, now: number): number =>
  statement(db, 'SELECT count(*) FROM credential WHERE owner = ? AND expires > ?').pluck().get(owner, now) as number

const waitingOf = (db: Sqlite, owner: string): number =>
  statement(db, 'SELECT count(*) FROM delegation WHERE owner = ?').pluck().get(owner) as number
