import type { AttemptSpec, RunAdapter } from '../adapters/adapter.ts'
import { wallClock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { bootId } from '../core/this-host.ts'
import type { AttemptRow, InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { EndAttempt } from '../store/writes/attempts.ts'
import type { AttemptDesk } from './attempt-desk.ts'

/**
 * Takes over the attempts that have no end and that nobody here follows: those that an earlier keeper left,
 * and those whose end could not be recorded. What runs is followed; what was not claimed is claimed here, so that a late
 * wrapper exits, and goes back to the queue; what another boot of the machine took away ends as lost. Nothing is run
 * twice. May be called again at any time.
 */
export async function recoverAttempts(
  store: Store,
  desk: AttemptDesk,
  adapter: RunAdapter,
  log: Log,
  schedule: (id: string) => void,
): Promise<void> {
  for (const { row, attempt } of await store.instances.openAttempts()) {
    // Of whatever host they speak: a store on SQLite belongs to one, and that one may have got another name.
    if (attempt.spec === null || desk.has(row.id)) continue
    try {
      const how = await recoverOne(store, desk, adapter, row, attempt, JSON.parse(attempt.spec) as AttemptSpec)
      log.info({ instance: row.id, attempt: attempt.number, how }, 'an attempt was taken over')
    } catch (error) {
      log.error({ instance: row.id, err: error }, 'an attempt could not be taken over')
    }
    schedule(row.id)
  }
}

async function recoverOne(
  store: Store,
  desk: AttemptDesk,
  adapter: RunAdapter,
  row: InstanceRow,
  attempt: AttemptRow,
  spec: AttemptSpec,
): Promise<string> {
  const end = async (reason: string, again: EndAttempt['again']): Promise<string> => {
    await store.writer.run('endAttempt', {
      id: row.id,
      number: attempt.number,
      started: attempt.started,
      ended: wallClock(),
      exitCode: null,
      signal: null,
      reason,
      again,
      now: wallClock(),
    })
    return reason
  }
  const status = await adapter.status(spec)
  // Known to have run, or never claimed: the same as without a reboot. A program may have ended well before it.
  const known = status.state === 'ended' && status.exit.notStarted === undefined
  const elsewhere = attempt.boot_id !== bootId
  if (elsewhere && !known && (status.state !== 'unclaimed' || attempt.state === 'active')) {
    await desk.takeBack(spec)
    const lost = { state: 'lost', reason: 'host-rebooted' } as const
    return end('host-rebooted', await desk.after(row.id, attempt.number, lost))
  }
  if (status.state === 'unclaimed' && (await adapter.claim(spec))) {
    await desk.takeBack(spec)
    return end('launch-interrupted', 'launch')
  }
  await desk.adopt(row, attempt, spec)
  return status.state
}
