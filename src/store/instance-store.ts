import type { Sqlite } from './database.ts'
import { type ListQuery, listInstances, type Viewer } from './list-instances.ts'
import type { AttemptRow, InstanceRow, UploadRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

export type { ListQuery, Viewer } from './list-instances.ts'

/** Instances, their attempts and uploads. Visibility is always part of the query, never a filter afterwards. */
export class InstanceStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  /** The row, tombstones included; for the keeper and for what has been authorized. */
  async get(id: string): Promise<InstanceRow | undefined> {
    return statement(this.#db, 'SELECT * FROM instance WHERE id = ?').get(id) as InstanceRow | undefined
  }

  /** The row if this viewer may know of it, tombstones included. */
  async see(id: string, viewer: Viewer): Promise<InstanceRow | undefined> {
    const row = await this.get(id)
    if (row === undefined) return undefined
    if (viewer.administrator || viewer.principals.includes(row.owner)) return row
    return (await this.permits(id, viewer)) === undefined ? undefined : row
  }

  /** The strongest right that an owner shared with this viewer. */
  async permits(id: string, viewer: Viewer): Promise<'read' | 'control' | undefined> {
    const rights = statement(
      this.#db,
      'SELECT permits FROM share WHERE instance = ? AND principal IN (SELECT value FROM json_each(?))',
    )
      .pluck()
      .all(id, JSON.stringify(viewer.principals)) as string[]
    if (rights.includes('control')) return 'control'
    return rights.length > 0 ? 'read' : undefined
  }

  /** Newest first, at most `most`; tombstones are left out. */
  async list(query: ListQuery): Promise<readonly InstanceRow[]> {
    return listInstances(this.#db, query)
  }

  /** Instances that are neither over nor destroyed: what a keeper takes over when it starts. */
  async live(): Promise<readonly InstanceRow[]> {
    return statement(
      this.#db,
      `SELECT * FROM instance WHERE destroyed IS NULL AND state NOT IN ('Done','Failed','Canceled')`,
    ).all() as InstanceRow[]
  }

  /** Destroyed instances that still have something to be taken away. */
  async unclean(most: number): Promise<readonly InstanceRow[]> {
    return statement(this.#db, 'SELECT * FROM instance WHERE destroyed IS NOT NULL AND cleaned = 0 LIMIT ?').all(
      most,
    ) as InstanceRow[]
  }

  /**
   * The next in the queue: of the owner with the fewest programs running (at most `perOwner`), the one who has waited
   * longest. Instances being launched right now are passed over.
   */
  async nextPending(perOwner: number, launching: readonly string[]): Promise<InstanceRow | undefined> {
    return statement(
      this.#db,
      `WITH waiting AS (
         SELECT id, owner, queued FROM instance
         WHERE destroyed IS NULL AND state = 'Pending' AND want = 'run'
           AND id NOT IN (SELECT value FROM json_each(@launching))),
       first AS (SELECT owner, min(queued) AS queued FROM waiting GROUP BY owner),
       load AS (SELECT first.owner, first.queued, (SELECT count(*) FROM instance AS i WHERE i.destroyed IS NULL
           AND i.state NOT IN ('Done','Failed','Canceled') AND i.owner = first.owner
           AND (i.state IN ('Active','Suspended') OR i.id IN (SELECT value FROM json_each(@launching)))) AS running FROM first)
       SELECT instance.* FROM load JOIN waiting ON waiting.owner = load.owner AND waiting.queued = load.queued
         JOIN instance ON instance.id = waiting.id
       WHERE running < @perOwner ORDER BY running, load.queued, instance.id LIMIT 1`,
    ).get({ perOwner, launching: JSON.stringify(launching) }) as InstanceRow | undefined
  }

  /** How many wait before this one, itself counted: 1 is next (if its owner has the right to run one more). */
  async queuePosition(row: InstanceRow): Promise<number> {
    return statement(
      this.#db,
      `SELECT count(*) FROM instance WHERE destroyed IS NULL AND state = 'Pending' AND want = 'run' AND queued <= ?`,
    )
      .pluck()
      .get(row.queued ?? 0) as number
  }

  /** The earliest termination time ahead, milliseconds; undefined when nothing is due at all. */
  async nextDue(): Promise<number | undefined> {
    return (
      (statement(
        this.#db,
        'SELECT min(terminate_before) FROM instance WHERE destroyed IS NULL AND terminate_before IS NOT NULL',
      )
        .pluck()
        .get() as number | null) ?? undefined
    )
  }

  /** Attempts that have no end yet, with their instances, destroyed ones included. */
  async openAttempts(): Promise<readonly { readonly row: InstanceRow; readonly attempt: AttemptRow }[]> {
    const attempts = statement(this.#db, `SELECT * FROM attempt WHERE state <> 'ended'`).all() as AttemptRow[]
    const rows = await Promise.all(attempts.map(attempt => this.get(attempt.instance)))
    return attempts.flatMap((attempt, index) => {
      const row = rows[index]
      return row === undefined ? [] : [{ row, attempt }]
    })
  }

  async attempts(id: string): Promise<readonly AttemptRow[]> {
    return statement(this.#db, 'SELECT * FROM attempt WHERE instance = ? ORDER BY number').all(id) as AttemptRow[]
  }

  async uploads(id: string): Promise<readonly UploadRow[]> {
    return statement(this.#db, 'SELECT * FROM upload WHERE instance = ? ORDER BY name').all(id) as UploadRow[]
  }

  /** Runs one of the writes of `writes/table.ts`; resolves after the commit. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}
