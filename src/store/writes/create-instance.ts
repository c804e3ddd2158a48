import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import type { InstanceState, Want } from '../rows.ts'
import { statement } from '../statements.ts'
import { type PromisedFile, promiseFiles } from './promise-files.ts'
import { type OverQuota, overKept, overWaiting, type Quota } from './quota.ts'

export interface NewInstance {
  readonly id: string
  readonly application: string
  readonly digest: string
  readonly owner: string
  readonly account: string | null
  readonly label: string | null
  readonly requestId: string | null
  /** Of the inputs, so that a repeated request id with other inputs is noticed. */
  readonly requestDigest: string
  readonly state: InstanceState
  readonly want: Want
  readonly inputs: string
  readonly options: string
  readonly now: number
  readonly terminateAfter: number
  readonly terminateBefore: number | null
  readonly keepSeconds: number
  readonly lifetimeSet: boolean
  readonly storedBytes: number
  /** A session or a library. */
  readonly stays?: boolean
  readonly uploads: readonly PromisedFile[]
  readonly quota: Quota
}

export type CreateOutcome =
  | { readonly outcome: 'created' }
  | { readonly outcome: 'repeated'; readonly id: string }
  | { readonly outcome: 'other-inputs'; readonly id: string }
  | OverQuota

/** Persists an instance before anything is started. A repeated request id of the same owner finds the first one. */
export function createInstance(db: Sqlite, n: NewInstance): CreateOutcome {
  if (n.requestId !== null) {
    const row = statement(db, 'SELECT id, request_digest FROM instance WHERE owner = ? AND request_id = ?').get(
      n.owner,
      n.requestId,
    ) as { id: string; request_digest: string } | undefined
    if (row !== undefined)
      return { outcome: row.request_digest === n.requestDigest ? 'repeated' : 'other-inputs', id: row.id }
  }
  const refused =
    overWaiting(db, n.owner, n.quota) ?? overKept(db, n.owner, n.quota, { instances: 1, bytes: n.storedBytes })
  if (refused !== undefined) return refused
  crashPoint('front.create.before-commit')
  statement(
    db,
    `INSERT INTO instance (id, application, digest, owner, account, label, request_id, request_digest, state, want, version, inputs, options,
       created, queued, terminate_after, terminate_before, keep_seconds, lifetime_set, stored_bytes, stays)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    n.id,
    n.application,
    n.digest,
    n.owner,
    n.account,
    n.label,
    n.requestId,
    n.requestDigest,
    n.state,
    n.want,
    n.inputs,
    n.options,
    n.now,
    n.state === 'Pending' ? n.now : null,
    n.terminateAfter,
    n.terminateBefore,
    n.keepSeconds,
    n.lifetimeSet ? 1 : 0,
    n.storedBytes,
    n.stays === true ? 1 : 0,
  )
  promiseFiles(db, n.id, n.uploads)
  statement(
    db,
    `INSERT INTO usage (owner, instances, stored_bytes) VALUES (?, 1, ?)
     ON CONFLICT (owner) DO UPDATE SET instances = instances + 1, stored_bytes = stored_bytes + excluded.stored_bytes`,
  ).run(n.owner, n.storedBytes)
  appendEvent(db, n.id, n.now, 'state', { state: n.state, ...(n.account === null ? {} : { account: n.account }) })
  return { outcome: 'created' }
}
