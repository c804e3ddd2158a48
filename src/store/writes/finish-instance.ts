import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

export interface Finish {
  readonly id: string
  readonly state: 'Done' | 'Failed' | 'Canceled'
  readonly reason: string | null
  readonly cause: 'input' | 'program' | 'site' | null
  readonly results: string
  readonly warnings: string
  readonly storedBytes: number
  readonly now: number
}

/** Gives an instance its final state, with its results. Only from StageOut, so only once an attempt. */
export function finishInstance(db: Sqlite, f: Finish): { readonly done: boolean } {
  const row = statement(db, `SELECT owner, stored_bytes FROM instance WHERE id = ? AND state = 'StageOut'`).get(f.id) as
    | { owner: string; stored_bytes: number }
    | undefined
  if (row === undefined) return { done: false }
  crashPoint('keeper.collect.before-commit')
  statement(
    db,
    `UPDATE instance SET state = ?, reason = ?, cause = ?, results = ?, warnings = ?, stored_bytes = ?, version = version + 1,
       percent = CASE WHEN ? = 'Done' AND percent IS NOT NULL THEN 100 ELSE percent END,
       terminate_before = CASE WHEN lifetime_set = 0 THEN ? + keep_seconds * 1000 ELSE terminate_before END
     WHERE id = ?`,
  ).run(f.state, f.reason, f.cause, f.results, f.warnings, f.storedBytes, f.state, f.now, f.id)
  statement(db, 'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = ?').run(
    f.storedBytes - row.stored_bytes,
    row.owner,
  )
  appendEvent(db, f.id, f.now, 'state', { state: f.state })
  return { done: true }
}

export interface Progress {
  readonly id: string
  readonly percent: number | null
  readonly message: string | null
  readonly warnings: string
  readonly now: number
}

/** What the program says of how far it is. */
export function recordProgress(db: Sqlite, p: Progress): void {
  const { changes } = statement(
    db,
    `UPDATE instance SET percent = coalesce(?, percent), progress = coalesce(?, progress), warnings = ?
     WHERE id = ? AND state IN ('Active','Suspended')`,
  ).run(p.percent, p.message, p.warnings, p.id)
  if (changes > 0) appendEvent(db, p.id, p.now, 'progress', { percent: p.percent, message: p.message })
}
