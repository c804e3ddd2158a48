import { crashPoint } from '../../core/crash-point.ts'
import { appendEvent } from '../append-event.ts'
import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'
import { giveVerdict, type Verdict } from './verdict.ts'

export interface Finish extends Verdict {
  readonly id: string
  readonly results: string
  readonly warnings: string
  /** Without the archives of its checkpoints, which are counted when they are made. */
  readonly storedBytes: number
  /** Outputs that are to be delivered first; nothing of what has failed is. */
  readonly deliveries?: readonly { readonly name: string; readonly url: string; readonly size: number }[]
  readonly now: number
}

/**
 * Gives an instance its results, and its final state, or, when outputs are to be delivered first, the promise of it. Only
 * from StageOut and without results, so only once an attempt.
 */
export function finishInstance(db: Sqlite, f: Finish): { readonly done: boolean } {
  const row = statement(
    db,
    `SELECT owner, stored_bytes FROM instance WHERE id = ? AND state = 'StageOut' AND results IS NULL`,
  ).get(f.id) as { owner: string; stored_bytes: number } | undefined
  if (row === undefined) return { done: false }
  crashPoint('keeper.collect.before-commit')
  const archives = statement(db, 'SELECT coalesce(sum(size), 0) FROM checkpoint WHERE instance = ?').pluck()
  const storedBytes = f.storedBytes + (archives.get(f.id) as number)
  statement(
    db,
    'UPDATE instance SET results = ?, warnings = ?, stored_bytes = ?, version = version + 1 WHERE id = ?',
  ).run(f.results, f.warnings, storedBytes, f.id)
  statement(db, 'UPDATE usage SET stored_bytes = stored_bytes + ? WHERE owner = ?').run(
    storedBytes - row.stored_bytes,
    row.owner,
  )
  const { deliveries = [] } = f
  const verdict: Verdict = { state: f.state, reason: f.reason, cause: f.cause }
  if (f.state !== 'Done' || deliveries.length === 0) {
    giveVerdict(db, f.id, verdict, f.now)
    return { done: true }
  }
  statement(db, 'UPDATE instance SET verdict = ? WHERE id = ?').run(JSON.stringify(verdict), f.id)
  for (const { name, url, size } of deliveries)
    statement(
      db,
      `INSERT OR IGNORE INTO transfer (instance, direction, name, url, state, size) VALUES (?, 'out', ?, ?, 'waiting', ?)`,
    ).run(f.id, name, url, size)
  appendEvent(db, f.id, f.now, 'state', { state: 'StageOut' })
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
