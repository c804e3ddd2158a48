import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AuditLog } from '../../../src/authz/audit-log.ts'
import { AuditTrail } from '../../../src/container/audit-trail.ts'
import { openLog } from '../../../src/core/log.ts'
import { begin, end, finish, StoreGround } from '../store/store-ground.ts'

test('the audit log has every change of state, and not how far a file is', async () => {
  await using ground = await StoreGround.make()
  const { store, directory } = ground
  const log = openLog('test', 'silent')
  const file = join(directory, 'audit.jsonl')
  using audit = new AuditLog({ file, rotateBytes: 1e6, keepSeconds: 60, mostBytes: 1e6 }, log)
  {
    await using _trail = new AuditTrail(audit, store.events, store.instances, join(directory, 'position'), log)
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('endAttempt', end(id))
    await ground.write('finishInstance', finish(id, { deliveries: [{ name: 'a', url: 'gsiftp://x/a', size: 9 }] }))
    const about = { id, direction: 'out', name: 'a', url: 'gsiftp://x/a', size: 9, problem: null } as const
    for (const bytes of [1, 2, 3]) await ground.write('recordTransfer', { ...about, state: 'moving', bytes, now: 1 })
    await ground.write('recordTransfer', { ...about, state: 'done', bytes: 9, now: 1 })
    await ground.write('finishDeliveries', { id, giveUp: false, now: 1 })
    await expect.poll(() => readFileSync(file, 'utf8'), { timeout: 10_000 }).toContain('"Done"')
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const told = lines.map(line => JSON.parse(line) as { readonly what: string; readonly state: string })
  expect(told.map(({ what, state }) => `${what} ${state}`)).toEqual([
    'state Pending',
    'state StageOut',
    'state StageOut',
    'transfer done',
    'state Done',
  ])
})
