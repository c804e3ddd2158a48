import type { Sqlite } from './database.ts'
import type { HostedStateRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

/** What is kept of objects of hosted classes. */
export class HostedStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  /** Undefined: it was never there, or has ended. */
  async get(id: string): Promise<HostedStateRow | undefined> {
    return statement(
      this.#db,
      'SELECT id, service, properties, version FROM hosted_state WHERE id = ? AND ended IS NULL',
    ).get(id) as HostedStateRow | undefined
  }

  /** Of which service it is an object, also of one that has just ended. */
  async serviceOf(id: string): Promise<string | undefined> {
    return statement(this.#db, 'SELECT service FROM hosted_state WHERE id = ?').pluck().get(id) as string | undefined
  }

  /** The objects of a service that somebody owns, newest first. */
  async ofOwner(service: string, owner: string, most: number): Promise<readonly string[]> {
    return statement(
      this.#db,
      `SELECT id FROM grid_service JOIN hosted_state USING (id)
       WHERE kind = 'hosted' AND owner = ? AND destroyed IS NULL AND service = ? ORDER BY created DESC LIMIT ?`,
    )
      .pluck()
      .all(owner, service, most) as string[]
  }

  /** How many objects somebody owns, of whatever service. */
  async countOf(owner: string): Promise<number> {
    return statement(
      this.#db,
      `SELECT count(*) FROM grid_service WHERE kind = 'hosted' AND owner = ? AND destroyed IS NULL`,
    )
      .pluck()
      .get(owner) as number
  }

  /** Whether there is one to clean up, of whatever service. */
  async anyEnded(before: number): Promise<boolean> {
    return (
      statement(this.#db, 'SELECT 1 FROM hosted_state WHERE ended IS NOT NULL AND ended <= ? LIMIT 1').get(before) !==
      undefined
    )
  }

  /** Runs one of the writes of `writes/table.ts`; resolves after the commit. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}
