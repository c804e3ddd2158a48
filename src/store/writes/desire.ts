import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent, said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceRow, InstanceState, Want } from '../rows.ts'
import { statement } from '../statements.ts'

export interface Desire {
  readonly id: string
  readonly want: Want
  /** The states in which this may be wanted; in any other nothing changes. */
  readonly from: readonly InstanceState[]
  readonly now: number
  /** Who wants it: a distinguished name. */
  readonly by?: string
}

export type DesireOutcome =
  | { readonly done: true; readonly state: InstanceState }
  /** `ending`: it is being ended, by its owner's wish or for a broken limit, or has ended and is collected: nothing else can be wanted any more. */
  | { readonly done: false; readonly state: InstanceState | undefined; readonly ending?: boolean }

/**
 * Writes what an owner wants. What needs no program is brought about at once, in the same transaction: an instance that
 * was never started goes to StageIn or Pending, or to Canceled; the rest is the keeper's.
 */
export function desire(db: Sqlite, d: Desire): DesireOutcome {
  const row = statement(
    db,
    'SELECT state, want, attempts, reason, verdict FROM instance WHERE id = ? AND destroyed IS NULL',
  ).get(d.id) as Pick<InstanceRow, 'state' | 'want' | 'attempts' | 'reason' | 'verdict'> | undefined
  if (row === undefined) return { done: false, state: undefined }
  if (!d.from.includes(row.state)) return { done: false, state: row.state }
  if (row.state === 'StageOut') {
    // Only what is being delivered can still be wanted, or given up; what is being collected is on its way. Who asks for
    // the same again, because the answer was lost, has it.
    if (row.verdict === null)
      return row.want === d.want ? { done: true, state: row.state } : { done: false, state: row.state, ending: true }
    if (d.want === 'run') {
      statement(
        db,
        `UPDATE transfer SET state = 'waiting', problem = NULL WHERE instance = ? AND direction = 'out' AND state = 'failed'`,
      ).run(d.id)
      statement(db, 'UPDATE instance SET terminate_before = NULL WHERE id = ? AND lifetime_set = 0').run(d.id)
    }
  }
  if (d.want !== 'cancel' && (row.want === 'cancel' || row.reason !== null))
    return { done: false, state: row.state, ending: true }
  const state = atOnce(db, d, row)
  if (row.want === d.want && state === row.state && state !== 'StageOut') return { done: true, state }
  crashPoint('front.desire.before-commit')
  const ended = state === 'Canceled' ? d.now : null
  statement(
    db,
    `UPDATE instance SET want = ?, wanted_by = ?, state = ?, version = version + 1, queued = CASE WHEN ? = 'Pending' THEN coalesce(queued, ?) ELSE queued END,
       ended = coalesce(?, ended), reason = CASE WHEN ? <> 'Canceled' THEN reason
         WHEN started IS NULL THEN 'Canceled before it was started.' ELSE 'Canceled while it waited to go on.' END,
       terminate_before = CASE WHEN lifetime_set = 1 OR ? = state THEN terminate_before
         WHEN ? IS NOT NULL THEN ? + keep_seconds * 1000 WHEN ? = 'Pending' THEN NULL ELSE terminate_before END
     WHERE id = ?`,
  ).run(d.want, d.by ?? null, state, state, d.now, ended, state, state, ended, d.now, state, d.id)
  appendEvent(db, d.id, d.now, state === row.state ? 'want' : 'state', { state, want: d.want, ...said(d.by) })
  return { done: true, state }
}

function atOnce(db: Sqlite, d: Desire, row: Pick<InstanceRow, 'state' | 'attempts'>): InstanceState {
  // A session that sleeps has no program either.
  const waiting = ['Unsubmitted', 'StageIn', 'Pending', 'Suspended'].includes(row.state)
  if (d.want === 'cancel' && waiting && !hasLiveAttempt(db, d.id)) return 'Canceled'
  if (d.want === 'run' && row.state === 'Suspended' && !hasLiveAttempt(db, d.id)) return 'Pending'
  if (d.want !== 'run' || row.state !== 'Unsubmitted') return row.state
  const missing = statement(db, 'SELECT count(*) FROM upload WHERE instance = ? AND received IS NULL')
    .pluck()
    .get(d.id) as number
  return missing > 0 ? 'StageIn' : 'Pending'
}

const hasLiveAttempt = (db: Sqlite, id: string): boolean =>
  statement(db, `SELECT 1 FROM attempt WHERE instance = ? AND state <> 'ended'`).get(id) !== undefined
