import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** How an instance has ended. */
export interface Verdict {
  readonly state: 'Done' | 'Failed' | 'Canceled'
  readonly reason: string | null
  readonly cause: 'input' | 'program' | 'site' | null
}

/** Gives an instance in StageOut its final state, as part of a transaction. */
export function giveVerdict(db: Sqlite, id: string, { state, reason, cause }: Verdict, now: number): void {
  statement(
    db,
    `UPDATE instance SET state = ?, reason = ?, cause = ?, verdict = NULL, version = version + 1,
       percent = CASE WHEN ? = 'Done' AND percent IS NOT NULL THEN 100 ELSE percent END,
       terminate_before = CASE WHEN lifetime_set = 0 THEN ? + keep_seconds * 1000 ELSE terminate_before END
     WHERE id = ?`,
  ).run(state, reason, cause, state, now, id)
  appendEvent(db, id, now, 'state', { state })
}
