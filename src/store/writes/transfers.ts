import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceRow, TransferRow } from '../rows.ts'
import { statement } from '../statements.ts'
import { giveVerdict, type Verdict } from './verdict.ts'

// Files that the container moves for an instance: how far each is, and what becomes of the instance by that.

export interface TransferProgress {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly url: string
  readonly state: 'moving' | 'done' | 'failed'
  readonly bytes: number
  readonly size: number | null
  readonly problem: string | null
  readonly now: number
}

/** How far a file is. What is done stays so. */
export function recordTransfer(db: Sqlite, t: TransferProgress): void {
  const { changes } = statement(
    db,
    `UPDATE transfer SET state = ?, bytes = ?, size = coalesce(?, size), problem = ?
     WHERE instance = ? AND direction = ? AND name = ? AND url = ? AND state <> 'done'`,
  ).run(t.state, t.bytes, t.size, t.problem, t.id, t.direction, t.name, t.url)
  if (changes > 0)
    appendEvent(db, t.id, t.now, 'transfer', {
      ...{ direction: t.direction, name: t.name, state: t.state, bytes: t.bytes },
      ...(t.problem === null ? {} : { problem: t.problem }),
    })
  if (changes > 0 && t.direction === 'out' && t.state !== 'moving') expireUndelivered(db, t.id, t.now)
}

/** What cannot be delivered is kept as long as what has ended, for its owner to resume or to cancel; not for ever. */
function expireUndelivered(db: Sqlite, id: string, now: number): void {
  statement(
    db,
    `UPDATE instance SET terminate_before = ? + keep_seconds * 1000
     WHERE id = ? AND state = 'StageOut' AND lifetime_set = 0
       AND EXISTS (SELECT 1 FROM transfer WHERE instance = id AND direction = 'out' AND state = 'failed')
       AND NOT EXISTS (SELECT 1 FROM transfer WHERE instance = id AND direction = 'out' AND state IN ('waiting', 'moving'))`,
  ).run(now, id)
}

/** An input cannot be had, or is of no use: the instance has failed before its program was started. */
export function failBeforeStart(
  db: Sqlite,
  f: { readonly id: string; readonly reason: string; readonly cause: 'input' | 'site'; readonly now: number },
): void {
  const { changes } = statement(
    db,
    `UPDATE instance SET state = 'Failed', reason = ?, cause = ?, ended = ?, version = version + 1,
       terminate_before = CASE WHEN lifetime_set = 0 THEN ? + keep_seconds * 1000 ELSE terminate_before END
     WHERE id = ? AND state IN ('StageIn', 'Pending') AND destroyed IS NULL
       AND NOT EXISTS (SELECT 1 FROM attempt WHERE instance = id AND state <> 'ended')`,
  ).run(f.reason, f.cause, f.now, f.now, f.id)
  if (changes > 0) appendEvent(db, f.id, f.now, 'state', { state: 'Failed' })
}

/**
 * Gives an instance whose outputs are all delivered the state that its program earned; with `giveUp` also one whose
 * are not, with a warning for each.
 */
export function finishDeliveries(
  db: Sqlite,
  f: { readonly id: string; readonly giveUp: boolean; readonly now: number },
): { readonly done: boolean } {
  const row = statement(
    db,
    `SELECT verdict, warnings FROM instance WHERE id = ? AND state = 'StageOut' AND verdict IS NOT NULL`,
  ).get(f.id) as Pick<InstanceRow, 'verdict' | 'warnings'> | undefined
  if (row?.verdict == null) return { done: false }
  const missing = statement(
    db,
    `SELECT * FROM transfer WHERE instance = ? AND direction = 'out' AND state <> 'done'`,
  ).all(f.id) as TransferRow[]
  if (missing.length > 0 && !f.giveUp) return { done: false }
  crashPoint('keeper.deliver.before-commit')
  const warnings = [
    ...(JSON.parse(row.warnings) as string[]),
    ...missing.map(
      ({ name, url, problem }) => `${name} was not delivered to ${url}${problem === null ? '.' : `: ${problem}`}`,
    ),
  ]
  statement(db, 'UPDATE instance SET warnings = ? WHERE id = ?').run(JSON.stringify(warnings.slice(0, 100)), f.id)
  giveVerdict(db, f.id, JSON.parse(row.verdict) as Verdict, f.now)
  return { done: true }
}
