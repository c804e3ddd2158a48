import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AttemptStatus } from '../../../src/adapters/adapter.ts'
import { needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'

interface Run {
  readonly status: AttemptStatus
  readonly said: string
  readonly group: Readonly<Record<string, string>>
}
interface Results {
  readonly missing: readonly string[]
  readonly base: string
  readonly members: readonly string[]
  readonly modest: Run
  readonly hog: Run
  readonly shutHog: Run
  readonly bomb: Run
  readonly slow: Run
  readonly daemon: Run
}

// Few machines hand over control groups to whoever runs tests, and some still have those of version 1: so a kernel of our own,
// as a process of this machine and on its files (user-mode Linux), has them.
describe.runIf(needs('linux.uml') && needs('bwrap'))('with control groups of version 2', () => {
  let folder: string
  let results: Results

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gridwrap-guest-'))
    const script = join(root, 'test/fixtures/control-group-guest.ts')
    const init = join(folder, 'init')
    writeFileSync(
      init,
      `#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t cgroup2 none /sys/fs/cgroup
export PATH='${process.env['PATH']}' TMPDIR=${folder}
cd ${root}; '${process.execPath}' ${script} ${folder}/attempts ${folder}/answer
echo o >/proc/sysrq-trigger; sleep 60
`,
      { mode: 0o755 },
    )
    const kernel = ['mem=768M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw', `init=${init}`]
    const said = execFileSync('linux.uml', [...kernel, 'con=null', 'con0=fd:0,fd:1', 'quiet'], {
      input: '',
      timeout: 150_000,
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    try {
      results = JSON.parse(readFileSync(join(folder, 'answer'), 'utf8')) as Results
    } catch (error) {
      throw new Error(`The guest answered nothing: ${said.toString().slice(-3000)}`, { cause: error })
    }
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('the container goes into a part of its own, and all controllers are there', () => {
    expect(results).toMatchObject({ missing: [], base: '/sys/fs/cgroup/service', members: ['container'] })
  })

  test('a program within its limits is none the wiser, and what it used is exact', () => {
    const { status, said, group } = results.modest
    expect(said).toBe('fine')
    expect(status).toMatchObject({
      state: 'ended',
      exit: { exitCode: 0 },
      use: { measured: { cpu: 'cgroup', memory: 'cgroup', files: 'counted' } },
    })
    expect(status).not.toHaveProperty('overrun')
    expect(group).toMatchObject({ 'memory.max': '64000000', 'cpu.max': '200000 100000' })
  })

  test('one that wants more memory is ended by the kernel, and it says for what; in a sandbox, too', () => {
    for (const { status } of [results.hog, results.shutHog])
      expect(status).toMatchObject({
        state: 'ended',
        exit: { signal: 'SIGKILL' },
        overrun:
          'The program wanted more than the 64.0 MB of memory that are allowed, so it was ended (limit: memory).',
      })
  })

  test('one that forks without end gets no further than its bound', () => {
    expect(results.bomb.group['pids.max']).toBe('64')
    expect(results.bomb.said).toMatch(/fork/i)
  })

  test('one that may have a fifth of a processor has no more', () => {
    const { status, group } = results.slow
    expect(Number(/nr_throttled (\d+)/.exec(group['cpu.stat'] ?? '')?.[1])).toBeGreaterThan(0)
    if (status.state !== 'ended') throw new Error(status.state)
    const wall = (status.ended - (status.started ?? 0)) / 1000
    expect(status.use?.cpuSeconds ?? 0).toBeLessThan(0.2 * wall + 0.15)
  })

  test('a daemon that left everything of its attempt behind ends with it, and no group is left', () => {
    expect(results.daemon).toMatchObject({ status: { exit: { exitCode: 3 } }, group: { left: 'false' } })
    expect(results.daemon.group['cgroup.procs']).toMatch(/^\d+$/)
    expect(results.hog.group['left']).toBe('false')
  })
})
