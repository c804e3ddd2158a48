import { crashPoint } from '../../core/crash-point.ts'
import type { ResourceUse } from '../../core/resource-use.ts'
import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'
import { desire } from './desire.ts'
import { recordUse } from './record-use.ts'

// The life of an attempt: begun (persisted before anything is started), active, ended; ended exactly once.

export interface BeginAttempt {
  readonly id: string
  /** The version the keeper decided on: an owner's change in between wins. */
  readonly version: number
  readonly adapter: string
  readonly host: string
  readonly bootId: string
  /** What will be launched (AttemptSpec as JSON), so that a restarted keeper finds it again. */
  readonly spec: string
  readonly now: number
}

/** Persists that an attempt is about to be launched. Undefined when the instance changed in the meantime. */
export function beginAttempt(db: Sqlite, b: BeginAttempt): { readonly number: number } | undefined {
  const row = statement(
    db,
    `SELECT attempts FROM instance WHERE id = ? AND version = ? AND state = 'Pending' AND want = 'run' AND destroyed IS NULL
       AND NOT EXISTS (SELECT 1 FROM attempt WHERE instance = instance.id AND state <> 'ended')`,
  ).get(b.id, b.version) as { attempts: number } | undefined
  if (row === undefined) return undefined
  const number = row.attempts + 1
  crashPoint('keeper.launch.before-commit')
  statement(
    db,
    `INSERT INTO attempt (instance, number, state, adapter, host, boot_id, spec, created) VALUES (?, ?, 'launching', ?, ?, ?, ?, ?)`,
  ).run(b.id, number, b.adapter, b.host, b.bootId, b.spec, b.now)
  statement(db, 'UPDATE instance SET attempts = ?, version = version + 1 WHERE id = ?').run(number, b.id)
  return { number }
}

/** Why a running program is about to be ended by us; written before the first signal, so that a crash keeps the reason. */
export function recordDoom(db: Sqlite, d: { id: string; reason: string }): void {
  statement(
    db,
    `UPDATE instance SET reason = coalesce(reason, ?) WHERE id = ? AND state IN ('Active','Suspended')`,
  ).run(d.reason, d.id)
}

/** The program runs. */
export function markActive(db: Sqlite, m: { id: string; number: number; started: number; now: number }): void {
  const { changes } = statement(
    db,
    `UPDATE attempt SET state = 'active', started = ? WHERE instance = ? AND number = ? AND state = 'launching'`,
  ).run(m.started, m.id, m.number)
  if (changes === 0) return
  crashPoint('keeper.active.before-commit')
  statement(
    db,
    `UPDATE instance SET state = 'Active', started = coalesce(started, ?), version = version + 1 WHERE id = ? AND state = 'Pending'`,
  ).run(m.started, m.id)
  appendEvent(db, m.id, m.now, 'state', { state: 'Active' })
}

/** The program was stopped or goes on. */
export function markSuspension(
  db: Sqlite,
  m: {
    id: string
    number: number
    suspended: boolean
    /** Milliseconds since the machine was started. */
    at: number
    now: number
  },
): void {
  statement(
    db,
    m.suspended
      ? `UPDATE attempt SET held_since = ? WHERE instance = ? AND number = ? AND held_since IS NULL AND state <> 'ended'`
      : `UPDATE attempt SET held_ms = held_ms + ? - coalesce(held_since, 0), held_since = NULL
           WHERE instance = ? AND number = ? AND held_since IS NOT NULL AND state <> 'ended'`,
  ).run(m.at, m.id, m.number)
  const [from, to] = m.suspended ? ['Active', 'Suspended'] : ['Suspended', 'Active']
  const { changes } = statement(
    db,
    'UPDATE instance SET state = ?, version = version + 1 WHERE id = ? AND state = ?',
  ).run(to, m.id, from)
  if (changes > 0) appendEvent(db, m.id, m.now, 'state', { state: to })
}

export interface EndAttempt {
  readonly id: string
  readonly number: number
  readonly started: number | null
  readonly ended: number
  readonly exitCode: number | null
  readonly signal: string | null
  readonly reason: string | null
  readonly used?: ResourceUse | undefined
  /**
   * Back to the queue: `launch`, because the program never ran, its launch was interrupted; `restart`, because it goes on
   * from what it saved. `sleep`: it has saved itself, and goes on when somebody calls. Undefined: the instance has ended.
   */
  readonly again?: 'launch' | 'restart' | 'sleep' | undefined
  readonly now: number
}

/** The one end of an attempt. False when it had ended before: then nothing changes. */
export function endAttempt(db: Sqlite, e: EndAttempt): { readonly done: boolean } {
  const { changes } = statement(
    db,
    `UPDATE attempt SET state = 'ended', started = coalesce(started, ?), ended = ?, exit_code = ?, signal = ?, reason = ?
     WHERE instance = ? AND number = ? AND state <> 'ended'`,
  ).run(e.started, e.ended, e.exitCode, e.signal, e.reason, e.id, e.number)
  if (changes === 0) return { done: false }
  if (e.used !== undefined) recordUse(db, { id: e.id, number: e.number, used: e.used })
  if (e.again !== undefined) {
    if (e.again === 'restart') goOn(db, e)
    else if (e.again === 'sleep') sleep(db, e)
    else {
      statement(db, 'UPDATE instance SET version = version + 1 WHERE id = ?').run(e.id)
      appendEvent(db, e.id, e.now, 'want', { again: e.number })
    }
    // Canceled meanwhile: now it waits, and what waits is canceled at once.
    const canceled = statement(db, `SELECT 1 FROM instance WHERE id = ? AND want = 'cancel'`).get(e.id) !== undefined
    if (canceled) desire(db, { id: e.id, want: 'cancel', from: ['Pending', 'Suspended'], now: e.now })
    return { done: true }
  }
  statement(
    db,
    `UPDATE instance SET state = 'StageOut', started = coalesce(started, ?), ended = ?, exit_code = ?, signal = ?, version = version + 1
     WHERE id = ? AND state IN ('Pending','Active','Suspended')`,
  ).run(e.started, e.ended, e.exitCode, e.signal, e.id)
  appendEvent(db, e.id, e.now, 'state', { state: 'StageOut' })
  return { done: true }
}

/**
 * A session that nobody called: it takes no place in the queue, nor among those that run; its time is counted again. What its
 * owner wants meanwhile stays: who wants it to run, as all do, is served by the next call; who wants it suspended is not.
 */
function sleep(db: Sqlite, { id, number, now }: EndAttempt): void {
  statement(
    db,
    `UPDATE instance SET state = 'Suspended', queued = NULL, version = version + 1,
       terminate_before = CASE WHEN lifetime_set = 0 THEN ? + keep_seconds * 1000 ELSE terminate_before END
     WHERE id = ? AND state IN ('Pending','Active','Suspended')`,
  ).run(now, id)
  appendEvent(db, id, now, 'state', { state: 'Suspended', asleep: number })
}

/**
 * An instance whose program was broken off waits for its turn, where it was in the queue before: it has waited once. One
 * that was to be suspended stays so, without a program, until it is resumed.
 */
function goOn(db: Sqlite, { id, number, now }: EndAttempt): void {
  crashPoint('keeper.restart.before-commit')
  statement(
    db,
    `UPDATE instance SET state = CASE WHEN want = 'suspend' THEN 'Suspended' ELSE 'Pending' END, reason = NULL,
       queued = CASE WHEN want = 'suspend' THEN NULL ELSE queued END, version = version + 1
     WHERE id = ? AND state IN ('Pending','Active','Suspended')`,
  ).run(id)
  const state = statement(db, 'SELECT state FROM instance WHERE id = ?').pluck().get(id) as string
  appendEvent(db, id, now, 'state', { state, restart: number })
}
