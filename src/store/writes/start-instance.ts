import { said } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceState } from '../rows.ts'
import { statement } from '../statements.ts'
import { desire } from './desire.ts'
import { type PromisedFile, promiseFiles } from './promise-files.ts'
import { type OverQuota, overKept, overWaiting, type Quota } from './quota.ts'

export interface StartInstance {
  readonly id: string
  /** All inputs: those of its creation and those that came with the start. */
  readonly inputs: string
  /** Bytes of the files that came with the start. */
  readonly storedBytes: number
  readonly uploads: readonly PromisedFile[]
  readonly quota: Quota
  readonly now: number
  /** Who starts it: a distinguished name. */
  readonly by?: string
}

export type StartOutcome =
  | { readonly outcome: 'started' }
  | { readonly outcome: 'not-unsubmitted'; readonly state: InstanceState | undefined }
  | OverQuota

/** Completes an instance that was made without being started, and lets it wait for its files or for its turn. */
export function startInstance(db: Sqlite, s: StartInstance): StartOutcome {
  const row = statement(db, 'SELECT state, owner FROM instance WHERE id = ? AND destroyed IS NULL').get(s.id) as
    | { state: InstanceState; owner: string }
    | undefined
  if (row?.state !== 'Unsubmitted') return { outcome: 'not-unsubmitted', state: row?.state }
  const refused =
    overWaiting(db, row.owner, s.quota) ?? overKept(db, row.owner, s.quota, { instances: 0, bytes: s.storedBytes })
  if (refused !== undefined) return refused
  statement(db, 'UPDATE instance SET inputs = ?, stored_bytes = stored_bytes + ? WHERE id = ?').run(
    s.inputs,
    s.storedBytes,
    s.id,
  )
  statement(db, 'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = ?').run(s.storedBytes, row.owner)
  promiseFiles(db, s.id, s.uploads)
  desire(db, { id: s.id, want: 'run', from: ['Unsubmitted'], now: s.now, ...said(s.by) })
  return { outcome: 'started' }
}
