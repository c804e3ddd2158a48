import type { Sqlite } from './database.ts'
import { type ListQuery, listInstances, type Viewer } from './list-instances.ts'
import type { AttemptRow, CheckpointRow, InstanceRow, ShareRow, TransferRow, UploadRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

export type { ListQuery, Viewer } from './list-instances.ts'

/** As the partial indexes on what waits say it, word for word. */
const isWaiting = `destroyed IS NULL AND state = 'Pending' AND want = 'run'`

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

  /** Of which application an instance is, and whose; without the columns that can be large. */
  async whose(id: string): Promise<Pick<InstanceRow, 'application' | 'owner'> | undefined> {
    return statement(this.#db, 'SELECT application, owner FROM instance WHERE id = ?').get(id) as
      | Pick<InstanceRow, 'application' | 'owner'>
      | undefined
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

  /** With whom an instance is shared, by principal. */
  async shares(id: string): Promise<readonly ShareRow[]> {
    return statement(this.#db, 'SELECT principal, permits FROM share WHERE instance = ? ORDER BY principal').all(
      id,
    ) as ShareRow[]
  }

  /** What people have remarked about an instance, in order. */
  async notes(id: string): Promise<readonly string[]> {
    return statement(this.#db, 'SELECT text FROM note WHERE instance = ? ORDER BY number').pluck().all(id) as string[]
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
   * The next in the queue: of the owner with the fewest programs running (at most `perOwner`; a session that sleeps is
   * none), the one who has waited longest; of sessions and libraries, or of all else. Instances being launched right now
   * are passed over.
   */
  async nextPending(
    perOwner: number,
    launching: readonly string[],
    { stays }: { readonly stays: boolean },
  ): Promise<InstanceRow | undefined> {
    return statement(
      this.#db,
      // From owner to owner through the index instance_waiting: the cost is that of the owners who wait, not of all that wait.
      `WITH RECURSIVE owners (owner) AS (
         SELECT min(owner) FROM instance WHERE ${isWaiting}
         UNION ALL
         SELECT (SELECT min(owner) FROM instance WHERE ${isWaiting} AND owner > owners.owner) FROM owners
         WHERE owners.owner IS NOT NULL),
       first AS (SELECT owner, (SELECT id FROM instance WHERE ${isWaiting} AND owner = owners.owner AND stays = @stays
           AND id NOT IN (SELECT value FROM json_each(@launching)) ORDER BY queued, id LIMIT 1) AS id
         FROM owners WHERE owner IS NOT NULL),
       load AS (SELECT first.id, (
           SELECT count(*) FROM instance AS i WHERE i.destroyed IS NULL AND i.state NOT IN ('Done','Failed','Canceled')
             AND i.state IN ('Active','Suspended') AND i.owner = first.owner AND i.queued IS NOT NULL
             AND i.stays = @stays) + (
           SELECT count(*) FROM json_each(@launching) AS l JOIN instance AS i ON i.id = l.value
           WHERE i.owner = first.owner AND i.destroyed IS NULL AND i.stays = @stays
             AND i.state NOT IN ('Active','Suspended','Done','Failed','Canceled')) AS running
         FROM first WHERE first.id IS NOT NULL)
       SELECT instance.* FROM load JOIN instance ON instance.id = load.id
       WHERE running < @perOwner ORDER BY running, instance.queued, instance.id LIMIT 1`,
    ).get({ perOwner, launching: JSON.stringify(launching), stays: stays ? 1 : 0 }) as InstanceRow | undefined
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

  /** Files that are fetched for an instance, or delivered from it. */
  async transfers(id: string): Promise<readonly TransferRow[]> {
    return statement(this.#db, 'SELECT * FROM transfer WHERE instance = ? ORDER BY direction, name, url').all(
      id,
    ) as TransferRow[]
  }

  /** Checkpoints that were asked for, the oldest first; of those made, the ones that are kept. */
  async checkpoints(id: string): Promise<readonly CheckpointRow[]> {
    return statement(this.#db, 'SELECT * FROM checkpoint WHERE instance = ? ORDER BY number').all(id) as CheckpointRow[]
  }

  /** The checkpoint of an instance that is still to be made. */
  async wantedCheckpoint(id: string): Promise<CheckpointRow | undefined> {
    return statement(this.#db, `SELECT * FROM checkpoint WHERE instance = ? AND state = 'wanted'`).get(id) as
      | CheckpointRow
      | undefined
  }

  /** Instances of which a checkpoint is still to be made. */
  async wantingCheckpoints(): Promise<readonly string[]> {
    return statement(this.#db, `SELECT instance FROM checkpoint WHERE state = 'wanted'`).pluck().all() as string[]
  }

  /** Bytes that an owner's instances hold. */
  async storedBytes(owner: string): Promise<number> {
    const bytes = statement(this.#db, 'SELECT stored_bytes FROM usage WHERE owner = ?').pluck().get(owner)
    return (bytes as number | undefined) ?? 0
  }

  /** Runs one of the writes of `writes/table.ts`; resolves after the commit. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}
