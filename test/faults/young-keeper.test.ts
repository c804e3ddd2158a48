import { expect, test, vi } from 'vitest'
import { isAlive, processStat } from '../../src/core/this-host.ts'
import { expectInvariants } from './invariants.ts'
import { waitFor } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

vi.setConfig({ testTimeout: 120_000 })

// A process that is still loading hears nothing yet: what happens meanwhile must not pass it by.

test('a keeper whose supervisor is killed while it starts goes, too, and makes room for the next', async () => {
  await using witness = await WitnessSite.start()
  const young = await restartedKeeper(witness)
  process.kill(witness.site.pid, 'SIGKILL')
  await witness.site.startContainer()
  await waitFor('the end of the young keeper', () => !isAlive(young.pid, young.start))
  await witness.until(await witness.submit(), 'Done')
  await expectInvariants(witness)
})

test('a container that is told to stop while its keeper starts stops', async () => {
  await using witness = await WitnessSite.start()
  const young = await restartedKeeper(witness)
  await witness.site.stop()
  expect(isAlive(young.pid, young.start)).toBe(false)
})

/** Kills the keeper, and returns the one that is started in its place as soon as it is there. */
async function restartedKeeper({ site }: WitnessSite): Promise<{ readonly pid: number; readonly start: string }> {
  const keeper = async (): Promise<number | undefined> =>
    (await site.processes()).find(one => one.role === 'keeper')?.pid
  const old = await keeper()
  process.kill(old ?? Number.NaN, 'SIGKILL')
  let pid: number | undefined
  await waitFor('another keeper', async () => {
    pid = await keeper()
    return pid !== undefined && pid !== old
  })
  return { pid: pid ?? 0, start: processStat(pid ?? 0)?.start ?? '' }
}
