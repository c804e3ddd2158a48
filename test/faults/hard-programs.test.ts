import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/core/ids.ts'
import type { JobRef, JobStatus } from '../../src/factory/job-status.ts'
import { processesOf } from './cookies.ts'
import { type Deed, hard } from './hard-programs.ts'
import { expectInvariants } from './invariants.ts'
import { persistently, waitFor } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

vi.setConfig({ testTimeout: 120_000 })

let witness: WitnessSite
beforeAll(async () => {
  const configuration = { run: '{at-once: 8, grace: 1s, limits: {disk: 20MB}}' }
  witness = await WitnessSite.start({ descriptions: { hard }, configuration })
})
afterAll(async () => {
  await witness[Symbol.asyncDispose]()
})

describe('a program that', () => {
  test('ignores SIGTERM is killed after the grace period', async () => {
    const job = await does('ignores-term')
    await hasSaid(job, 'listening')
    await witness.call('cancel', {}, job.handle)
    await witness.until(job, 'Canceled')
    expect(await over(job)).toMatchObject({ state: 'Canceled', signal: 'SIGKILL' })
  })

  test('forks away leaves nobody behind when it ends', async () => {
    const job = await does('forks-away')
    expect(await over(job)).toMatchObject({ state: 'Done', exitCode: 0 })
    expect(processesOf(new Set([job.id]))).toEqual([])
  })

  test('forks away is cancelled with its children', async () => {
    const job = await does('forks-away-and-stays')
    await hasSaid(job, 'listening')
    await waitFor('its child', () => processesOf(new Set([job.id])).some(one => one.command.startsWith('sleep 600')))
    await witness.call('cancel', {}, job.handle)
    expect(await over(job)).toMatchObject({ state: 'Canceled' })
    expect(processesOf(new Set([job.id]))).toEqual([])
  })

  test('leaves without a trace in its environment is found by where it works', async () => {
    const job = await does('leaves-without-a-trace')
    expect(await over(job)).toMatchObject({ state: 'Done' })
    expect(workingIn(job)).toEqual([])
  })

  test('floods its output is stopped, and so is its output', async () => {
    const job = await does('floods', { outputBytes: 1_000_000n })
    expect(await over(job)).toMatchObject({ state: 'Failed' })
    // Sampling is late by a second; what a file may be at all is a limit of the kernel's.
    expect(statSync(controlFile(job, 'stdout')).size).toBeLessThan(20_001_000)
  })

  test('fills the disk is stopped', async () => {
    const job = await does('fills-the-disk', { outputBytes: 1_000_000n })
    expect(await over(job)).toMatchObject({ state: 'Failed', signal: 'SIGXFSZ' })
  })

  test('runs longer than it may is ended, and told so', async () => {
    const job = await does('sleeps', { timeSeconds: 1 })
    expect(await over(job)).toMatchObject({ state: 'Failed', reason: expect.stringContaining('longer than 1 s') })
  })

  test('uses more memory than it may is ended, and told so', async () => {
    const job = await does('fills-memory', { memoryBytes: 20_000_000n })
    expect(await over(job)).toMatchObject({ state: 'Failed', reason: expect.stringContaining('of memory') })
  })

  test.for(['segv', 'fpe'] as const)('dies of %s failed of that', async deed => {
    const job = await does(deed)
    expect(await over(job)).toMatchObject({ state: 'Failed', signal: `SIG${deed.toUpperCase()}`, cause: 'program' })
  })

  test('names a fifo as its result blocks nobody', async () => {
    // More than there are threads that could wait in an open of one.
    const jobs = await Promise.all(Array.from({ length: 8 }, () => does('makes-a-fifo')))
    const other = await witness.submit()
    for (const job of jobs) expect(await over(job)).toMatchObject({ state: 'Done' })
    await witness.until(other, 'Done')
  })

  test.for(['makes-a-link', 'makes-a-directory'] as const)('%s where its result should be has none', async deed => {
    const job = await does(deed)
    await witness.until(job, 'Done')
    const service = await witness.service('hard')
    const { results } = await service.call<{ results: object }>('getResults', {}, job.handle)
    expect(results).not.toHaveProperty('result')
    expect(results).not.toHaveProperty('secret')
    expect(results).not.toHaveProperty('warning')
  })

  test('closes its directory ends, and is destroyed like any other', async () => {
    const job = await does('closes-its-directory')
    await witness.until(job, 'Done')
    await witness.call('destroy', {}, job.handle)
    expect(await witness.status(job)).toBe('ended')
  })
})

describe('a program', () => {
  test('whose wrapper is killed goes on, and its end is lost, not invented', async () => {
    const job = await witness.submit({ gate: 'wrapper' })
    await witness.until(job, 'Active')
    const wrapper = processesOf(new Set([job.id])).find(one => one.command.includes('wrapper.sh'))
    process.kill(wrapper?.pid ?? Number.NaN, 'SIGKILL')
    await waitFor('the end of the wrapper', () => processesOf(new Set([job.id])).every(one => one.pid !== wrapper?.pid))
    expect(await witness.status(job)).toBe('Active')
    await witness.open('wrapper')
    expect(await over(job)).toMatchObject({ state: 'Failed', cause: 'site' })
    expect((await over(job)).reason).toContain('exit-status-lost')
  })

  test('stays suspended while its whole container is killed, and goes on when it is told to', async () => {
    const job = await witness.submit({ gate: 'suspended' })
    await witness.until(job, 'Active')
    await witness.call('suspend', {}, job.handle)
    await witness.until(job, 'Suspended')
    await witness.site.kill()
    await witness.open('suspended')
    await witness.site.startContainer()
    // Somebody else is run by the new container before we look.
    await witness.until(await witness.submit(), 'Done')
    expect(await witness.status(job)).toBe('Suspended')
    await witness.call('resume', {}, job.handle)
    await witness.until(job, 'Done')
  })

  test('that is to be cancelled is not resumed or suspended instead', async () => {
    for (const [state, wish] of [
      ['Suspended', 'resume'],
      ['Active', 'suspend'],
    ] as const) {
      const job = await does('ignores-term')
      await hasSaid(job, 'listening')
      // A program may say something before anybody has noted that it runs.
      await witness.until(job, 'Active')
      if (state === 'Suspended') {
        await witness.call('suspend', {}, job.handle)
        await witness.until(job, 'Suspended')
      }
      await witness.call('cancel', {}, job.handle)
      await expect(witness.call(wish, {}, job.handle)).rejects.toMatchObject({ code: 'not-ready' })
      expect(await over(job)).toMatchObject({ state: 'Canceled' })
    }
  })

  test('that is suspended again before it was seen resumed is suspended', async () => {
    const job = await witness.submit({ gate: 'again' })
    await witness.until(job, 'Active')
    await witness.call('suspend', {}, job.handle)
    await witness.until(job, 'Suspended')
    for (let round = 0; round < 5; round++) {
      await witness.call('resume', {}, job.handle)
      await witness.call('suspend', {}, job.handle)
    }
    // Others are run meanwhile, so that the wishes were all seen.
    await witness.until(await witness.submit(), 'Done')
    await witness.until(job, 'Suspended')
    await witness.open('again')
    await witness.call('resume', {}, job.handle)
    await witness.until(job, 'Done')
  })

  test('is not charged for the time for which it was suspended', async () => {
    const job = await does('sleeps-a-little', { timeSeconds: 3 })
    await witness.until(job, 'Active')
    const begun = performance.now()
    await witness.call('suspend', {}, job.handle)
    await witness.until(job, 'Suspended')
    // Also not by a keeper that did not see it being suspended.
    await witness.site.kill()
    await witness.site.startContainer()
    await waitFor('more time than it may run', () => performance.now() - begun > 3500)
    await witness.call('resume', {}, job.handle)
    expect(await over(job)).toMatchObject({ state: 'Done' })
  })

  test('may be resumed before it was seen suspended, and suspended before it was seen resumed', async () => {
    const job = await witness.submit({ gate: 'to and fro' })
    await witness.until(job, 'Active')
    for (let round = 0; round < 10; round++) {
      await witness.call('suspend', {}, job.handle)
      await witness.call('resume', {}, job.handle)
    }
    await witness.open('to and fro')
    await witness.until(job, 'Done')
  })
})

test('all of them, together, keep what a container promises', async () => {
  await expectInvariants(witness)
})

async function does(deed: Deed, limits: Readonly<Record<string, unknown>> = {}): Promise<JobRef> {
  const parameters = { ledger: witness.ledgerFile, deed, options: { requestId: newId(), limits } }
  const { job } = await persistently(deed, async () =>
    (await witness.service('hard')).call<{ job: JobRef }>('submit', parameters),
  )
  witness.acknowledged.add(job.id)
  return job
}

/** How it stands when it is over. */
async function over(job: JobRef): Promise<JobStatus> {
  await witness.until(job, 'Done', 'Failed', 'Canceled')
  return (await witness.call<{ status: JobStatus }>('getStatus', {}, job.handle)).status
}

const hasSaid = (job: JobRef, word: string): Promise<void> =>
  waitFor(`${word} from ${job.handle}`, async () => {
    const { output } = await witness.call<{ output: { content: Uint8Array } }>(
      'getOutput',
      { output: 'stdout' },
      job.handle,
    )
    return Buffer.from(output.content).toString().includes(word)
  })

/** Processes that work in the directory of a job. */
const workingIn = (job: JobRef): readonly string[] =>
  readdirSync('/proc').filter(name => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).includes(job.id)
    } catch {
      return false
    }
  })

const controlFile = (job: JobRef, name: string): string =>
  join(witness.instances, job.id.slice(0, 2), job.id, 'control/1', name)
