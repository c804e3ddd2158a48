// Over 300 lines: one site under one hardship after another; they share how it is built and judged.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { processStat } from '../../src/core/this-host.ts'
import type { JobRef, JobStatus } from '../../src/factory/job-status.ts'
import { openDatabase } from '../../src/store/database.ts'
import { databaseFile } from '../../src/store/store.ts'
import { mayMount } from '../support/small-disk.ts'
import { processesOf } from './cookies.ts'
import { all, expectInvariants, openStore } from './invariants.ts'
import { waitFor } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

vi.setConfig({ testTimeout: 180_000 })

describe('a machine that was started anew', () => {
  test('lost what ran, keeps what had ended, and runs what was not started', async () => {
    await using witness = await WitnessSite.start({ configuration: { run: '{at-once: 2, grace: 1s}' } })
    const running = await witness.submit({ gate: 'never' })
    const ending = await witness.submit({ gate: 'ending' })
    const waiting = await witness.submit()
    await witness.until(running, 'Active')
    await witness.until(ending, 'Active')
    await witness.site.kill()
    await witness.open('ending')
    await waitFor('the end of a program', () => processesOf(new Set([ending.id])).length === 0)
    await killPrograms(running)
    pretendReboot(witness, [running, ending])
    await witness.site.startContainer()

    await witness.until(running, 'Failed')
    expect(await statusOf(witness, running)).toMatchObject({
      cause: 'site',
      reason: expect.stringContaining('host-rebooted'),
    })
    await witness.until(ending, 'Done')
    await witness.until(waiting, 'Done')
    await expectInvariants(witness)
  })

  test('has other processes by the same ids, which are left alone', async () => {
    await using witness = await WitnessSite.start()
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' })
    try {
      const job = await witness.submit({ gate: 'never' })
      await witness.until(job, 'Active')
      await witness.site.kill()
      await killPrograms(job)
      const { pid = 0 } = bystander
      const start = Number(processStat(pid)?.start) - 1
      rewrite(claimFile(witness, job), text => text.replace(/program \d+ \d+/, `program ${pid} ${start}`))
      await witness.site.startContainer()
      await witness.until(job, 'Failed')
      expect((await statusOf(witness, job)).reason).toContain('exit-status-lost')
      await expectInvariants(witness)
      expect(processStat(pid)?.state).toBe('S')
    } finally {
      await ended(bystander)
    }
  })
})

describe('a host that got another name', () => {
  test('is the same: what ran is followed to its end', async () => {
    await using witness = await WitnessSite.start()
    const job = await witness.submit({ gate: 'renamed' })
    await witness.until(job, 'Active')
    await witness.site.kill()
    const db = openDatabase(databaseFile(witness.site.data), { readonly: false })
    db.exec(`UPDATE attempt SET host = 'before'; UPDATE lease SET host = 'before'`)
    db.close()
    await witness.site.startContainer()
    await witness.open('renamed')
    await witness.until(job, 'Done')
    await expectInvariants(witness)
  })
})

describe('a clock that jumps', () => {
  test('ahead ends what had its time, and nothing else', async () => {
    const configuration = { run: '{at-once: 8, grace: 1s, limits: {time: 10m}}' }
    await using witness = await WitnessSite.start({ configuration })
    const running = await witness.submit({ gate: 'running' })
    const kept = await witness.submit({ options: { keepSeconds: 1_000_000 } })
    const due = await witness.submit({ options: { keepSeconds: 600 } })
    const promised = await witness.submit({ note: { upload: true }, options: { keepSeconds: 600 } })
    await witness.until(running, 'Active')
    await witness.until(kept, 'Done')
    await witness.until(due, 'Done')
    await witness.site.stop()
    await witness.site.startContainer({ GRIDWRAP_TEST_CLOCK_OFFSET_MS: String(3_600_000) })
    await witness.until(due, 'ended')
    await witness.until(promised, 'ended')
    // Its program is looked at every second; another that ran for longer than that was looked at, too.
    const slow = await witness.submit({ gate: 'slow' })
    await witness.until(slow, 'Active')
    await waitFor('some looks', () => Date.now() - startOf(witness, slow) > 3000)
    expect(await witness.status(running)).toBe('Active')
    expect(await witness.status(kept)).toBe('Done')
    await witness.open('slow')
    await witness.open('running')
    await witness.until(running, 'Done')
    await witness.until(slow, 'Done')
    await expectInvariants(witness)
  })

  test('back ends nothing, and keeps nobody waiting', async () => {
    await using witness = await WitnessSite.start()
    const running = await witness.submit({ gate: 'running' })
    await witness.until(running, 'Active')
    await witness.site.stop()
    // Certificates are not valid yet by that clock: what happens is read from the store.
    await witness.site.startContainer({ GRIDWRAP_TEST_CLOCK_OFFSET_MS: String(-3_600_000) })
    await waitFor('the new keeper', () => /an attempt was taken over/.test(witness.site.log))
    expect(stateOf(witness, running)).toBe('Active')
    await witness.open('running')
    await waitFor('the end', () => stateOf(witness, running) === 'Done')
    await expectInvariants(witness)
  })
})

describe('a store that another process has locked', () => {
  test('for two seconds makes calls wait, and none fail', async () => {
    await using witness = await WitnessSite.start()
    const service = await witness.service('witness')
    const other = openDatabase(databaseFile(witness.site.data), { readonly: false })
    try {
      const running = await witness.submit({ gate: 'running' })
      await witness.until(running, 'Active')
      other.exec('BEGIN IMMEDIATE')
      const unlocked = new Promise(resolve => setTimeout(resolve, 2000)).then(() => other.exec('COMMIT'))
      const calls = Array.from({ length: 10 }, () =>
        service.call<{ job: JobRef }>('submit', { ledger: witness.ledgerFile }),
      )
      await witness.open('running')
      for (const { job } of await Promise.all(calls)) {
        witness.acknowledged.add(job.id)
        await witness.until(job, 'Done')
      }
      await unlocked
      await witness.until(running, 'Done')
      await expectInvariants(witness)
    } finally {
      other.close()
    }
  })
})

const mounts = mayMount()

describe.skipIf(!mounts)('a full disk', () => {
  // Room for data runs out, then the room for names does.
  test.for(['size=6m', 'size=64m,nr_inodes=300'])('of the instances (%s) passes', async limits => {
    const configuration = { instances: './instances', run: '{at-once: 1, grace: 1s}' }
    await using witness = await WitnessSite.start(
      { configuration },
      () => ({}),
      async folder => {
        await mkdir(join(folder, 'instances'))
        execFileSync('mount', ['-t', 'tmpfs', '-o', limits, 'none', join(folder, 'instances')])
      },
    )
    try {
      await fullAndNotFull(witness)
    } finally {
      await witness.site.stop()
      execFileSync('umount', ['-l', witness.instances])
    }
  })
})

describe.skipIf(!mounts)('a full disk of the store', () => {
  test('refuses what cannot be written down, loses nothing, and passes', async () => {
    await using witness = await WitnessSite.start(
      { configuration: { instances: './instances', run: '{at-once: 4, grace: 1s}' } },
      () => ({}),
      async folder => {
        await mkdir(join(folder, 'data'))
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', join(folder, 'data')])
      },
    )
    try {
      const service = await witness.service('witness')
      const running = await witness.submit({ gate: 'running' })
      await witness.until(running, 'Active')
      const ballast = fill(witness.site.data)
      // What SQLite has room for in its log already may still be taken.
      for (let round = 0; round < 10; round++) {
        const tries = Array.from({ length: 30 }, () =>
          service.call<{ job: JobRef }>('submit', { ledger: witness.ledgerFile, options: { label: 'x'.repeat(200) } }),
        )
        for (const one of await Promise.allSettled(tries)) {
          if (one.status === 'fulfilled') witness.acknowledged.add(one.value.job.id)
          else expect(one.reason).toMatchObject({ code: 'busy' })
        }
      }
      await witness.open('running')
      for (const file of ballast) rmSync(file)
      await witness.until(running, 'Done')
      await witness.until(await witness.submit(), 'Done')
      await expectInvariants(witness)
    } finally {
      await witness.site.stop()
      execFileSync('umount', ['-l', witness.site.data])
    }
  })
})

async function fullAndNotFull(witness: WitnessSite): Promise<void> {
  const service = await witness.service('witness')
  const running = await witness.submit({ gate: 'running' })
  const waiting = await witness.submit()
  await witness.until(running, 'Active')
  const ballast = fill(witness.instances)
  const refused = service.call('submit', { ledger: witness.ledgerFile, note: { content: Buffer.alloc(100_000) } })
  await expect(refused).rejects.toMatchObject({ code: 'busy' })
  await witness.open('running')
  await witness.until(running, 'Done')
  // It may be told that there is no room, or be started when there is.
  await waitFor('an attempt of the one that waits', () => /could not be launched|not started/.test(told(witness)))
  for (const file of ballast) rmSync(file)
  await witness.until(waiting, 'Done', 'Failed')
  await witness.until(await witness.submit({ note: { content: Buffer.alloc(100_000) } }), 'Done')
  await expectInvariants(witness)
}

const statusOf = async (witness: WitnessSite, { handle }: JobRef): Promise<JobStatus> =>
  (await witness.call<{ status: JobStatus }>('getStatus', {}, handle)).status

async function killPrograms(job: JobRef): Promise<void> {
  // The wrapper first: else it would write down the end of the program.
  for (const { pid } of [...processesOf(new Set([job.id]))].sort(wrapperFirst)) process.kill(pid, 'SIGKILL')
  await waitFor('the end of its processes', () => processesOf(new Set([job.id])).length === 0)
}

const wrapperFirst = (a: { readonly command: string }, b: { readonly command: string }): number =>
  Number(b.command.includes('wrapper.sh')) - Number(a.command.includes('wrapper.sh'))

/** What the store and the control directories would say after a boot of the machine: that of another one. */
function pretendReboot(witness: WitnessSite, jobs: readonly JobRef[]): void {
  const other = '00000000-0000-0000-0000-000000000000'
  const db = openDatabase(databaseFile(witness.site.data), { readonly: false })
  db.exec(`UPDATE attempt SET boot_id = '${other}' WHERE state <> 'ended'`)
  db.close()
  for (const job of jobs)
    rewrite(claimFile(witness, job), text => text.replace(/^(wrapper \d+ \d+) \S+/, `$1 ${other}`))
}

/** The claim keeps its size. */
function rewrite(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'latin1')
  writeFileSync(file, `${change(text.slice(0, -2).trimEnd()).padEnd(126)}.\n`, 'latin1')
}

const claimFile = (witness: WitnessSite, { id }: JobRef): string =>
  join(witness.instances, id.slice(0, 2), id, 'control/1/claim')

const stateOf = (witness: WitnessSite, job: JobRef): string => column(witness, job, 'state') as string
const startOf = (witness: WitnessSite, job: JobRef): number => column(witness, job, 'started') as number

function column(witness: WitnessSite, { id }: JobRef, name: string): unknown {
  using db = openStore(witness)
  return all<Record<string, unknown>>(db, `SELECT ${name} FROM instance WHERE id = ?`, id)[0]?.[name]
}

/** What is said of attempts that could not be launched: in the log, or as their reason. */
function told(witness: WitnessSite): string {
  using db = openStore(witness)
  return witness.site.log + JSON.stringify(all(db, 'SELECT reason FROM attempt'))
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Writes files until nothing more can be written, not even a name. */
function fill(directory: string): readonly string[] {
  const files: string[] = []
  for (const bytes of [1_000_000, 4096, 1, 0]) {
    for (;;) {
      const file = join(directory, `.ballast-${files.length}`)
      try {
        const descriptor = openSync(file, 'wx')
        files.push(file)
        try {
          if (bytes > 0 && writeSync(descriptor, Buffer.alloc(bytes)) < bytes) break
        } finally {
          closeSync(descriptor)
        }
      } catch {
        break
      }
      // Empty files without end, where names are not counted.
      if (bytes === 0 && files.length > 2000) return files
    }
  }
  return files
}
