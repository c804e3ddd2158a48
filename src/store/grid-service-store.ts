import type { Sqlite } from './database.ts'
import type { GridServiceRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

/** The Grid services that the container itself has, of whatever kind: whose they are, and how long they last. */
export class GridServiceStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  /** The row, tombstones included. */
  async get(id: string): Promise<GridServiceRow | undefined> {
    return statement(this.#db, 'SELECT * FROM grid_service WHERE id = ?').get(id) as GridServiceRow | undefined
  }

  /** Whether the time of any is up. */
  async anyDue(now: number): Promise<boolean> {
    const due = statement(
      this.#db,
      'SELECT 1 FROM grid_service WHERE destroyed IS NULL AND terminate_before IS NOT NULL AND terminate_before <= ? LIMIT 1',
    )
    return due.get(now) !== undefined
  }

  /** Runs one of the writes of `writes/table.ts`; resolves after the commit. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}
