import type { Sqlite } from './database.ts'
import type { ApplicationRow, ServiceRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteResult } from './writes/table.ts'

/** Descriptions by digest, and which of them each service offers now. */
export class ApplicationStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  async services(): Promise<readonly ServiceRow[]> {
    return statement(this.#db, 'SELECT name, digest, registered_at FROM service ORDER BY name').all() as ServiceRow[]
  }

  async service(name: string): Promise<ServiceRow | undefined> {
    return statement(this.#db, 'SELECT name, digest, registered_at FROM service WHERE name = ?').get(name) as
      | ServiceRow
      | undefined
  }

  async byDigest(digest: string): Promise<ApplicationRow | undefined> {
    return statement(this.#db, 'SELECT * FROM application WHERE digest = ?').get(digest) as ApplicationRow | undefined
  }

  /** The digest of the description that the configuration offered last under this name. */
  async configured(name: string): Promise<string | undefined> {
    return statement(this.#db, 'SELECT digest FROM configured WHERE name = ?').pluck().get(name) as string | undefined
  }

  register(registration: WriteArgs<'registerApplication'>): Promise<WriteResult<'registerApplication'>> {
    return this.#writer.run('registerApplication', registration)
  }

  unregister(service: WriteArgs<'unregisterService'>): Promise<WriteResult<'unregisterService'>> {
    return this.#writer.run('unregisterService', service)
  }
}
