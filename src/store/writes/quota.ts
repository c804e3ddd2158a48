import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

/** What one owner may have: instances that wait, instances altogether, bytes stored. */
export interface Quota {
  readonly waiting: number
  readonly instances: number
  readonly storedBytes: number
}

export interface OverQuota {
  readonly outcome: 'over-quota'
  readonly limit: 'waiting' | 'instances' | 'stored'
  readonly allowed: number
}

/** Whether so many instances wait already as one owner may let wait. */
export function overWaiting(db: Sqlite, owner: string, quota: Quota): OverQuota | undefined {
  const waiting = statement(
    db,
    `SELECT count(*) FROM instance WHERE destroyed IS NULL AND state NOT IN ('Done','Failed','Canceled') AND state IN ('StageIn','Pending') AND owner = ?`,
  )
    .pluck()
    .get(owner) as number
  return waiting >= quota.waiting ? { outcome: 'over-quota', limit: 'waiting', allowed: quota.waiting } : undefined
}

/** Whether one owner would keep more than they may with so many instances and bytes more. */
export function overKept(
  db: Sqlite,
  owner: string,
  quota: Quota,
  more: { readonly instances: number; readonly bytes: number },
): OverQuota | undefined {
  const used = statement(db, 'SELECT instances, stored_bytes FROM usage WHERE owner = ?').get(owner) as
    | { instances: number; stored_bytes: number }
    | undefined
  const { instances, stored_bytes } = used ?? { instances: 0, stored_bytes: 0 }
  if (more.instances > 0 && instances + more.instances > quota.instances)
    return { outcome: 'over-quota', limit: 'instances', allowed: quota.instances }
  // Who is over already, by what programs wrote, adds nothing: not even an instance without files.
  if (stored_bytes + more.bytes > quota.storedBytes || (more.instances > 0 && stored_bytes >= quota.storedBytes))
    return { outcome: 'over-quota', limit: 'stored', allowed: quota.storedBytes }
  return undefined
}
