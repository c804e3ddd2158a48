import { readdirSync, readlinkSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { isAlive, processStat } from '../../src/core/this-host.ts'
import { openDatabase } from '../../src/store/database.ts'
import { databaseFile } from '../../src/store/store.ts'
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

test('a keeper that is told to stop while it waits for its lease stops', async () => {
  await using witness = await WitnessSite.start()
  const other = openDatabase(databaseFile(witness.site.data), { readonly: false })
  try {
    other.exec('BEGIN IMMEDIATE')
    const young = await restartedKeeper(witness)
    await waitFor('its store', () => hasOpen(young.pid, databaseFile(witness.site.data)))
    process.kill(young.pid, 'SIGTERM')
    other.exec('COMMIT')
    await waitFor('its end', () => !isAlive(young.pid, young.start))
  } finally {
    other.close()
  }
})

/** Whether a process has a file open. */
const hasOpen = (pid: number, file: string): boolean =>
  readdirSync(`/proc/${pid}/fd`).some(name => linkOf(`/proc/${pid}/fd/${name}`) === file)

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

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
