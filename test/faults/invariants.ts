import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { listInstanceDirectories } from '../../src/files/list-instance-directories.ts'
import { openDatabase, type Sqlite } from '../../src/store/database.ts'
import { type EventRow, type InstanceRow, isTerminal } from '../../src/store/rows.ts'
import { databaseFile } from '../../src/store/store.ts'
import { processesOf } from './cookies.ts'
import { waitFor } from './persistently.ts'
import type { WitnessSite } from './witness-site.ts'

const strayAgeMs = 15 * 60_000

/** Waits until nothing is under way any more, then demands everything that a container promises of its instances. */
export async function expectInvariants(witness: WitnessSite): Promise<void> {
  await settled(witness)
  using db = openStore(witness)
  const rows = all<InstanceRow>(db, 'SELECT * FROM instance')
  const known = new Set(rows.map(row => row.id))

  for (const id of witness.acknowledged) expect(known, 'an acknowledged instance is lost').toContain(id)
  for (const row of rows) {
    expect(isTerminal(row.state), `${row.id} is over`).toBe(true)
    expectOneEnd(row, all<EventRow>(db, 'SELECT * FROM event WHERE instance = ? ORDER BY seq', row.id))
  }
  expect(all(db, `SELECT * FROM attempt WHERE state <> 'ended'`), 'attempts without an end').toEqual([])
  expect(all(db, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])

  const runs = await witness.ledger()
  const ran = runs.map(attempt => attempt.split('.')[0] ?? '')
  expect(new Set(ran).size, `a program ran twice: ${runs.join(' ')}`).toBe(ran.length)
  for (const id of ran) expect(known, 'a program ran for an instance that nobody knows').toContain(id)
  for (const row of rows) {
    if (row.state === 'Done') expect(ran, `${row.id} is Done and never ran`).toContain(row.id)
  }

  expect(processesOf(known), 'programs outlive their instances').toEqual([])
  for (const row of rows) {
    const directory = join(witness.instances, row.id.slice(0, 2), row.id)
    expect(existsSync(directory), `${row.id} has a directory`).toBe(row.destroyed === null)
  }
  // A front end that was killed in the middle of a request leaves a directory, which a keeper takes away when it is old.
  for await (const { id, changed } of listInstanceDirectories(witness.instances))
    expect(known.has(id) || Date.now() - changed < strayAgeMs, 'an old directory without an instance').toBe(true)
  expectUsage(db)
}

/** Exactly one event says that it is over: its final state; one that was destroyed before it had one says so instead. */
function expectOneEnd(row: InstanceRow, events: readonly EventRow[]): void {
  const states = events.filter(event => event.kind === 'state').map(event => (JSON.parse(event.data) as State).state)
  const final = states.filter(isTerminal)
  const destroyed = events.filter(event => event.kind === 'destroyed')
  expect(destroyed.length, `${row.id}: ${JSON.stringify(events)}`).toBe(row.destroyed === null ? 0 : 1)
  if (row.destroyed === null) expect(final, row.id).toEqual([row.state])
  else expect(final.length, row.id).toBeLessThanOrEqual(1)
  expect(new Set(states.filter(state => state !== 'Active' && state !== 'Suspended')).size).toBe(
    states.filter(state => state !== 'Active' && state !== 'Suspended').length,
  )
}

interface State {
  readonly state: InstanceRow['state']
}

/** What is counted against the owners' quotas is what they have. */
function expectUsage(db: Sqlite): void {
  const counted = all(
    db,
    'SELECT owner, instances, stored_bytes FROM usage WHERE instances > 0 OR stored_bytes <> 0 ORDER BY owner',
  )
  const real = all(
    db,
    'SELECT owner, count(*) AS instances, sum(stored_bytes) AS stored_bytes FROM instance WHERE cleaned = 0 GROUP BY owner ORDER BY owner',
  )
  expect(counted).toEqual(real)
}

async function settled(witness: WitnessSite): Promise<void> {
  using db = openStore(witness)
  await waitFor(
    () => `an end of ${JSON.stringify(unsettled(db))}\n${witness.site.log.slice(-4000)}`,
    () => unsettled(db).length === 0,
  )
}

const unsettled = (db: Sqlite): readonly unknown[] => [
  ...all(
    db,
    `SELECT id, state, want, attempts FROM instance WHERE destroyed IS NULL AND state NOT IN ('Done','Failed','Canceled')`,
  ),
  // It is over, and says so, a moment before it is taken away.
  ...all(db, 'SELECT id, terminate_before FROM instance WHERE destroyed IS NULL AND terminate_before <= ?', Date.now()),
  ...all(db, 'SELECT id, state, destroyed FROM instance WHERE destroyed IS NOT NULL AND cleaned = 0'),
  ...all(db, `SELECT instance, number, state FROM attempt WHERE state <> 'ended'`),
]

/** The store of a site, to look at. */
export const openStore = (witness: WitnessSite): Sqlite & Disposable =>
  Object.assign(openDatabase(databaseFile(witness.site.data), { readonly: true }), {
    [Symbol.dispose](this: Sqlite) {
      this.close()
    },
  })

export const all = <T>(db: Sqlite, text: string, ...values: readonly unknown[]): readonly T[] =>
  db.prepare(text).all(...values) as T[]
