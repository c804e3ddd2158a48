import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { SubscriptionRow } from '../rows.ts'
import { statement } from '../statements.ts'
import { endGridService, insertGridService, type NewGridService } from './grid-services.ts'

export interface NewSubscription
  extends Omit<NewGridService, 'kind'>,
    Pick<
      SubscriptionRow,
      'source' | 'identity' | 'expression' | 'names' | 'kinds' | 'min_ms' | 'max_ms' | 'sink' | 'url'
    > {
  /** Who subscribes: a distinguished name. */
  readonly by?: string
}

/** Subscribes to what happens from now on. */
export function addSubscription(db: Sqlite, n: NewSubscription): { readonly done: 'added' | 'too-many' | 'gone' } {
  const there = statement(db, 'SELECT 1 FROM instance WHERE id = ? AND destroyed IS NULL')
  if (n.source !== '' && there.get(n.source) === undefined) return { done: 'gone' }
  if (!insertGridService(db, { ...n, kind: 'subscription' })) return { done: 'too-many' }
  const newest = (statement(db, 'SELECT max(seq) FROM event').pluck().get() as number | null) ?? 0
  statement(
    db,
    `INSERT INTO subscription (id, source, identity, expression, names, kinds, min_ms, max_ms, sink, url, seen)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(n.id, n.source, n.identity, n.expression, n.names, n.kinds, n.min_ms, n.max_ms, n.sink, n.url, newest)
  appendEvent(db, n.id, n.now, 'subscribed', { source: n.source, ...said(n.by) })
  return { done: 'added' }
}

/** The sink has taken a message that tells of everything up to `seen`; with `over` also of the end of it all. */
export function recordDelivery(db: Sqlite, d: { id: string; seen: number; now: number; over: boolean }): void {
  crashPoint('keeper.notify.before-commit')
  statement(
    db,
    `UPDATE subscription SET seen = max(seen, ?), delivered = delivered + 1, last = ?, failures = 0, problem = NULL, next = NULL
     WHERE id = ?`,
  ).run(d.seen, d.now, d.id)
  if (d.over) endGridService(db, { id: d.id, now: d.now, why: 'expired' })
}

/** The sink has not taken a message. Of what waits for too long only the newest is kept. */
export function recordRefusal(db: Sqlite, r: { id: string; problem: string; next: number; most: number }): void {
  statement(db, 'UPDATE subscription SET failures = failures + 1, problem = ?, next = ? WHERE id = ?').run(
    r.problem,
    r.next,
    r.id,
  )
  const row = statement(db, 'SELECT source, seen, kinds FROM subscription WHERE id = ?').get(r.id) as
    | Pick<SubscriptionRow, 'source' | 'seen' | 'kinds'>
    | undefined
  if (row === undefined) return
  const { seq, dropped } = statement(
    db,
    `SELECT max(seq) AS seq, count(*) AS dropped FROM (
       SELECT seq FROM event WHERE instance = ? AND seq > ? AND (? IS NULL OR kind IN (SELECT value FROM json_each(?)))
       ORDER BY seq DESC LIMIT -1 OFFSET ?)`,
  ).get(row.source, row.seen, row.kinds, row.kinds, r.most) as { seq: number | null; dropped: number }
  if (seq === null) return
  statement(db, 'UPDATE subscription SET seen = ?, dropped = dropped + ? WHERE id = ?').run(seq, dropped, r.id)
}
