import type { Sqlite } from './database.ts'
import type { RegistrationRow } from './rows.ts'
import { statement } from './statements.ts'

/** What others have registered here. */
export class RegistryStore {
  readonly #db: Sqlite

  constructor(db: Sqlite) {
    this.#db = db
  }

  /** An entry that has not ended. */
  async get(id: string): Promise<RegistrationRow | undefined> {
    return statement(
      this.#db,
      'SELECT * FROM grid_service JOIN registration USING (id) WHERE id = ? AND destroyed IS NULL',
    ).get(id) as RegistrationRow | undefined
  }

  /** All entries whose time is not up, oldest first. */
  async all(now: number): Promise<readonly RegistrationRow[]> {
    return statement(
      this.#db,
      `SELECT * FROM registration JOIN grid_service USING (id)
       WHERE destroyed IS NULL AND (terminate_before IS NULL OR terminate_before > ?) ORDER BY created, id`,
    ).all(now) as RegistrationRow[]
  }
}
