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

/** Whether as much is kept already as one owner may keep. */
export function overKept(db: Sqlite, owner: string, quota: Quota): OverQuota | undefined {
  const used = statement(db, 'SELECT instances, stored_bytes FROM usage WHERE owner = ?').get(owner) as
    | { instances: number; stored_bytes: number }
    | undefined
  if (used === undefined) return undefined
  if (used.instances >= quota.instances) return { outcome: 'over-quota', limit: 'instances', allowed: quota.instances }
  if (used.stored_bytes >= quota.storedBytes)
    return { outcome: 'over-quota', limit: 'stored', allowed: quota.storedBytes }
  return undefined
}
