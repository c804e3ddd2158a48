import type { Sqlite } from './database.ts'
import type { EventRow, SubscriptionRow } from './rows.ts'
import { statement } from './statements.ts'
import type { Writer } from './writer.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

const told = 'instance = @source AND seq > @seen AND (@kinds IS NULL OR kind IN (SELECT value FROM json_each(@kinds)))'

/** A subscription without its expression and its sink's locator, which can be large. */
export type SubscriptionTask = Omit<SubscriptionRow, 'expression' | 'sink'>

const columns =
  'id, kind, owner, created, terminate_after, terminate_before, destroyed, source, identity, names, kinds, min_ms, max_ms, url, seen, delivered, dropped, last, failures, problem, next'

/** Subscriptions, and the events of which they are still to tell. */
export class SubscriptionStore {
  readonly #db: Sqlite
  readonly #writer: Writer

  constructor(db: Sqlite, writer: Writer) {
    this.#db = db
    this.#writer = writer
  }

  /** One that has not ended. */
  async get(id: string): Promise<SubscriptionRow | undefined> {
    return statement(
      this.#db,
      'SELECT * FROM grid_service JOIN subscription USING (id) WHERE id = ? AND destroyed IS NULL',
    ).get(id) as SubscriptionRow | undefined
  }

  /** What its messages are made from: without the texts that only it itself says. */
  async task(id: string): Promise<SubscriptionTask | undefined> {
    return statement(
      this.#db,
      `SELECT ${columns} FROM grid_service JOIN subscription USING (id) WHERE id = ? AND destroyed IS NULL`,
    ).get(id) as SubscriptionTask | undefined
  }

  /** Which there are, and what they watch. */
  async all(): Promise<readonly Pick<SubscriptionRow, 'id' | 'source' | 'kinds'>[]> {
    return statement(this.#db, 'SELECT id, source, kinds FROM subscription').all() as Pick<
      SubscriptionRow,
      'id' | 'source' | 'kinds'
    >[]
  }

  /** Whether what it watches is gone. */
  async isOver({ source }: Pick<SubscriptionRow, 'source'>): Promise<boolean> {
    if (source === '') return false
    return statement(this.#db, 'SELECT 1 FROM instance WHERE id = ? AND destroyed IS NULL').get(source) === undefined
  }

  /** Events after `from` that it has to tell of, oldest first. */
  async pending({ source, kinds }: SubscriptionTask, from: number, most: number): Promise<readonly EventRow[]> {
    return statement(
      this.#db,
      `SELECT seq, instance, at, kind, data FROM event WHERE ${told} ORDER BY seq LIMIT @most`,
    ).all({ source, seen: from, kinds, most }) as EventRow[]
  }

  /** How many events those are; a bound is told in place of more. */
  async waiting({ source, seen, kinds }: SubscriptionTask, most: number): Promise<number> {
    return statement(this.#db, `SELECT count(*) FROM (SELECT 1 FROM event WHERE ${told} LIMIT @most)`)
      .pluck()
      .get({ source, seen, kinds, most }) as number
  }

  /** Runs one of the writes of `writes/table.ts`; resolves after the commit. */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    return this.#writer.run(name, args)
  }
}
