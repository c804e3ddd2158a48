import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../../src/core/ids.ts'
import { migrate, openDatabase, type Sqlite } from '../../../src/store/database.ts'
import type { EventRow, InstanceRow } from '../../../src/store/rows.ts'
import { databaseFile, Store } from '../../../src/store/store.ts'
import type { NewInstance } from '../../../src/store/writes/create-instance.ts'
import { type WriteArgs, type WriteName, type WriteResult, writes } from '../../../src/store/writes/table.ts'

/** A store of its own in a temporary directory, and a second connection to look at it. */
export class StoreGround implements AsyncDisposable {
  readonly directory: string
  readonly file: string
  readonly store: Store
  readonly db: Sqlite

  private constructor(directory: string) {
    this.directory = directory
    this.file = databaseFile(directory)
    this.store = new Store(this.file)
    this.db = openDatabase(this.file, { readonly: true })
  }

  static async make(directory?: string): Promise<StoreGround> {
    const place = directory ?? (await mkdtemp(join(tmpdir(), 'gridwrap-store-')))
    await migrate(databaseFile(place))
    return new StoreGround(place)
  }

  /** One write through the writer thread. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.store.writer.run(name, args)
  }

  /** Creates an instance; returns its id. */
  async create(some: Partial<NewInstance> = {}): Promise<string> {
    const wanted = newInstance(some)
    const outcome = await this.write('createInstance', wanted)
    if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome))
    return wanted.id
  }

  row(id: string): InstanceRow {
    return this.db.prepare('SELECT * FROM instance WHERE id = ?').get(id) as InstanceRow
  }

  /** The kinds of events of an instance, those of a change of state as the state. */
  events(id: string): readonly string[] {
    const rows = this.db.prepare('SELECT * FROM event WHERE instance = ? ORDER BY seq').all(id) as EventRow[]
    return rows.map(({ kind, data }) => (kind === 'state' ? (JSON.parse(data) as { state: string }).state : kind))
  }

  usage(owner: string): { instances: number; stored_bytes: number } | undefined {
    return this.db.prepare('SELECT instances, stored_bytes FROM usage WHERE owner = ?').get(owner) as never
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.db.close()
    await this.store[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** A write on a connection of one's own, in a transaction: for what needs many quickly. */
export function writeNow<K extends WriteName>(db: Sqlite, name: K, args: WriteArgs<K>): WriteResult<K> {
  const write = writes[name] as (db: Sqlite, args: WriteArgs<K>) => WriteResult<K>
  return db.transaction(() => write(db, args)).immediate()
}

export const alice = 'gsi:/O=Test/CN=Alice'

export const newInstance = (some: Partial<NewInstance> = {}): NewInstance => ({
  id: newId(),
  application: 'needle',
  digest: 'd',
  owner: alice,
  account: null,
  label: null,
  requestId: null,
  requestDigest: '',
  state: 'Pending',
  want: 'run',
  inputs: '{}',
  options: '{}',
  now: 1000,
  terminateAfter: 1000,
  terminateBefore: null,
  keepSeconds: 60,
  lifetimeSet: false,
  storedBytes: 0,
  uploads: [],
  quota: { waiting: 1e6, instances: 1e6, storedBytes: 1e12 },
  ...some,
})

/** The arguments of the writes of an attempt's life, as a keeper gives them. */
export const begin = (row: { readonly id: string; readonly version: number }): WriteArgs<'beginAttempt'> => ({
  id: row.id,
  version: row.version,
  adapter: 'executable',
  host: 'h',
  bootId: 'b',
  spec: '{}',
  now: 2000,
})
export const end = (id: string, number = 1, some: Partial<WriteArgs<'endAttempt'>> = {}): WriteArgs<'endAttempt'> => ({
  id,
  number,
  started: 2000,
  ended: 3000,
  exitCode: 0,
  signal: null,
  reason: null,
  now: 3000,
  ...some,
})
export const finish = (id: string, some: Partial<WriteArgs<'finishInstance'>> = {}): WriteArgs<'finishInstance'> => ({
  id,
  state: 'Done',
  reason: null,
  cause: null,
  results: '{}',
  warnings: '[]',
  storedBytes: 0,
  now: 4000,
  ...some,
})

/** A file that came for an upload, under a name of its own in the spool. */
export const received = (
  id: string,
  name: string,
  size: number,
  some: Partial<WriteArgs<'receiveUpload'>> = {},
): WriteArgs<'receiveUpload'> => ({
  id,
  name,
  size,
  spool: `${name}.${size}`,
  quota: newInstance().quota,
  now: 1,
  ...some,
})
