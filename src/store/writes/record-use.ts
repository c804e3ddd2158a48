import { completeUse, type ResourceUse, totalUse } from '../../core/resource-use.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** What a run of the program has used by now: no less than was known of it before. No event: it is no change of state. */
export function recordUse(
  db: Sqlite,
  u: { readonly id: string; readonly number: number; readonly used: ResourceUse },
): void {
  const rows = statement(db, 'SELECT number, used FROM attempt WHERE instance = ? ORDER BY number').all(
    u.id,
  ) as readonly { readonly number: number; readonly used: string | null }[]
  const uses = rows.flatMap(({ number, used }) => {
    const before = used === null ? undefined : (JSON.parse(used) as ResourceUse)
    const now = number === u.number ? completeUse(before, u.used) : before
    if (number === u.number)
      statement(db, 'UPDATE attempt SET used = ? WHERE instance = ? AND number = ?').run(
        JSON.stringify(now),
        u.id,
        number,
      )
    return now === undefined ? [] : [now]
  })
  statement(db, 'UPDATE instance SET used = ? WHERE id = ?').run(JSON.stringify(totalUse(uses)), u.id)
}
