import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** Of those that are forgotten, with each that is noted; so the table is no larger than what a window of time brings. */
const forgottenAtOnce = 100
/** Of clocks that are set back, and of front ends that judge at the same moment. */
const longerMs = 3_600_000

/** Notes that a signed message is taken; false when it was before. Front ends share what they have seen, and a restart forgets nothing. */
export function takeMessage(
  db: Sqlite,
  { digest, until, now }: { readonly digest: string; readonly until: number; readonly now: number },
): boolean {
  statement(
    db,
    'DELETE FROM signed_message WHERE digest IN (SELECT digest FROM signed_message WHERE until <= ? LIMIT ?)',
  ).run(now - longerMs, forgottenAtOnce)
  return (
    statement(db, 'INSERT OR IGNORE INTO signed_message (digest, until) VALUES (?, ?)').run(digest, until).changes === 1
  )
}
