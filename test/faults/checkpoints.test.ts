import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import type { ServiceProxy } from '../../src/client/service-proxy.ts'
import { type CrashPoint, crashPoints } from '../../src/core/crash-point.ts'
import type { JobRef, JobStatus } from '../../src/factory/job-status.ts'
import type { AttemptRow, CheckpointRow, InstanceRow } from '../../src/store/rows.ts'
import { counting } from '../support/counting.ts'
import { all, openStore } from './invariants.ts'
import { persistently, waitFor } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

vi.setConfig({ maxConcurrency: 2, testTimeout: 240_000 })

const points = (Object.keys(crashPoints) as CrashPoint[]).filter(point => crashPoints[point] === 'checkpoints')

const descriptions = { 'by-file': counting('by-file', 'state: saved\n  how: file STOP\n  stops: true') }

describe.concurrent('a checkpoint, and what goes on from it, killed once at', () => {
  test.for(points)('%s: nothing is lost, and the count goes on', async point => {
    const crash = (folder: string): Record<string, string> => ({
      GRIDWRAP_CRASH_AT: point,
      GRIDWRAP_CRASH_ONCE: join(folder, 'killed'),
    })
    await using witness = await WitnessSite.start({ descriptions }, crash)
    const service = await persistently('the contract', () => witness.service('by-file'))
    const submit = (inputs: object, requestId: string): Promise<{ job: JobRef }> =>
      persistently('submit', () => service.call('submit', { ...inputs, options: { requestId } }))

    const { job } = await submit({ to: 9n, pause: 7n }, 'first')
    await counted(service, job.handle, 7)
    const { checkpoint } = await persistently('checkpoint', () =>
      service.call<{ checkpoint: { url: readonly string[] } }>('checkpoint', {}, job.handle),
    )
    const [url = ''] = checkpoint.url
    using connection = witness.site.connect()
    const content = await persistently('the archive', async () => buffer((await connection.send('GET', url)).body))
    expect(await ended(service, job)).toMatchObject({ begun: 7n, ended: 9n })

    const second = await submit({ to: 12n, checkpoint: { content } }, 'second')
    expect(await ended(service, second.job)).toMatchObject({ begun: 7n, ended: 12n })
    await waitFor(`a pass of ${point}`, () => existsSync(join(witness.site.folder, 'killed')))

    using db = openStore(witness)
    const rows = all<InstanceRow>(db, 'SELECT * FROM instance')
    expect(rows.map(row => row.state)).toEqual(['Done', 'Done'])
    const attempts = all<AttemptRow>(db, 'SELECT * FROM attempt')
    // Of each job: the run that ended, and of the first the one that stopped. What was interrupted before it ran does not count.
    expect(attempts.filter(attempt => attempt.exit_code === 0).length).toBe(3)
    expect(attempts.every(attempt => attempt.exit_code === 0 || attempt.reason === 'launch-interrupted')).toBe(true)
    const made = all<CheckpointRow>(db, 'SELECT * FROM checkpoint')
    expect(made.every(one => one.state === 'done')).toBe(true)
    const [usage] = all<{ stored_bytes: number }>(db, 'SELECT * FROM usage')
    expect(usage?.stored_bytes).toBe(rows.reduce((sum, row) => sum + row.stored_bytes, 0))
  })
})

async function counted(service: ServiceProxy, handle: string, number: number): Promise<void> {
  await waitFor(`number ${number}`, async () => {
    const { output } = await persistently('getOutput', () =>
      service.call<{ output: { content: Uint8Array } }>('getOutput', { output: 'stdout' }, handle),
    )
    return Buffer.from(output.content).toString().includes(`number ${number}\n`)
  })
}

async function ended(service: ServiceProxy, { handle }: JobRef): Promise<unknown> {
  let last: JobStatus | undefined
  await waitFor(
    () => `an end of ${JSON.stringify(last, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`,
    async () => {
      last = (await persistently('getStatus', () => service.call<{ status: JobStatus }>('getStatus', {}, handle)))
        .status
      return ['Done', 'Failed', 'Canceled'].includes(last.state)
    },
  )
  return (await persistently('getResults', () => service.call<{ results: object }>('getResults', {}, handle))).results
}
