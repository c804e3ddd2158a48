import type { Sqlite } from './database.ts'
import { statement } from './statements.ts'

/**
 * Of an instance that is gone the log keeps what became of it, and not every step; but as long as somebody is still to be
 * told of them, the steps stay.
 */
export function forgetSteps(db: Sqlite, instance: string): void {
  statement(
    db,
    `DELETE FROM event WHERE instance = ? AND kind IN ('progress', 'transfer', 'upload', 'want')
       AND EXISTS (SELECT 1 FROM instance WHERE id = event.instance AND cleaned = 1)
       AND NOT EXISTS (SELECT 1 FROM subscription WHERE source = event.instance)`,
  ).run(instance)
}
