import type { Sqlite } from './database.ts'
import type { CredentialKey, CredentialRow, DelegationRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteResult } from './writes/table.ts'

/** What is known of delegated credentials; the credentials themselves lie in files. */
export class CredentialStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  async find({ owner, role, name }: CredentialKey): Promise<CredentialRow | undefined> {
    return statement(this.#db, 'SELECT * FROM credential WHERE owner = ? AND role = ? AND name = ?').get(
      owner,
      role,
      name,
    ) as CredentialRow | undefined
  }

  /** All that an owner delegated, the newest first. */
  async of(owner: string): Promise<readonly CredentialRow[]> {
    return statement(this.#db, 'SELECT * FROM credential WHERE owner = ? ORDER BY received DESC, name').all(
      owner,
    ) as CredentialRow[]
  }

  /**
   * Of what an owner delegated in a role, or in none, the one that serves best: one that has not expired, of a kind that
   * will do, of the very role, the newest.
   */
  async best(wanted: {
    readonly owner: string
    readonly role: string
    readonly full: boolean
    readonly now: number
  }): Promise<CredentialRow | undefined> {
    return statement(
      this.#db,
      `SELECT * FROM credential WHERE owner = @owner AND role IN (@role, '')
       ORDER BY (expires > @now) DESC, (kind <> 'limited' OR NOT @full) DESC, (role = @role) DESC, received DESC, name LIMIT 1`,
    ).get({ ...wanted, full: wanted.full ? 1 : 0 }) as CredentialRow | undefined
  }

  /** The key that waits for a certificate. */
  async waiting({ owner, role, name }: CredentialKey): Promise<DelegationRow | undefined> {
    return statement(this.#db, 'SELECT * FROM delegation WHERE owner = ? AND role = ? AND name = ?').get(
      owner,
      role,
      name,
    ) as DelegationRow | undefined
  }

  /** Whether a file is that of a credential, or of a key that waits. */
  async knows(file: string): Promise<boolean> {
    return (
      statement(
        this.#db,
        'SELECT 1 FROM credential WHERE file = @file UNION ALL SELECT 1 FROM delegation WHERE file = @file',
      ).get({ file }) !== undefined
    )
  }

  /** One of the writes about credentials; resolves after the commit. */
  write<K extends CredentialWrite>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}

type CredentialWrite = 'keepCredential' | 'beginDelegation' | 'dropCredential' | 'dropExpired'
