import type { Sqlite } from './database.ts'
import type { CredentialRow } from './rows.ts'
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

  async find(owner: string, name: string): Promise<CredentialRow | undefined> {
    return statement(this.#db, 'SELECT * FROM credential WHERE owner = ? AND name = ?').get(owner, name) as
      | CredentialRow
      | undefined
  }

  /** Whether a file is that of a credential. */
  async knows(file: string): Promise<boolean> {
    return statement(this.#db, 'SELECT 1 FROM credential WHERE file = ?').get(file) !== undefined
  }

  keep(credential: WriteArgs<'keepCredential'>): Promise<WriteResult<'keepCredential'>> {
    return this.#writer.run('keepCredential', credential)
  }

  dropExpired(before: number): Promise<WriteResult<'dropExpired'>> {
    return this.#writer.run('dropExpired', { before })
  }
}
