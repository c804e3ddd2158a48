import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** A file of an instance that is still to come. */
export interface PromisedFile {
  readonly name: string
  readonly input: string
  readonly position: number
  /** Where it is fetched from; undefined: its owner PUTs it. */
  readonly url?: string | undefined
}

/** Notes which files an instance waits for, as part of a transaction. */
export function promiseFiles(db: Sqlite, id: string, files: readonly PromisedFile[]): void {
  for (const { name, input, position, url } of files) {
    statement(db, 'INSERT INTO upload (instance, name, input, position) VALUES (?, ?, ?, ?)').run(
      id,
      name,
      input,
      position,
    )
    if (url === undefined) continue
    statement(db, `INSERT INTO transfer (instance, direction, name, url, state) VALUES (?, 'in', ?, ?, 'waiting')`).run(
      id,
      name,
      url,
    )
  }
}
