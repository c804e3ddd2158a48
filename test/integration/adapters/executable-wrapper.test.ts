// Over 300 lines: everything that can be done to one wrapper, from outside of its adapter.
// Nothing here may name a process in a claim that the test did not start: what a claim names gets killed. Which
// processes are chosen is tested without signals, in test/compliance/adapters/attempt-processes.test.ts.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AttemptSpec } from '../../../src/adapters/adapter.ts'
import { parseClaim, parseEnd, readClaim } from '../../../src/adapters/executable/attempt-files.ts'
import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'
import { readProcess } from '../../../src/adapters/executable/process-table.ts'
import { bootId } from '../../../src/core/this-host.ts'
import {
  AttemptGround,
  appears,
  ended,
  lives,
  outputOf,
  unlimited,
  until,
  workFile,
} from '../../compliance/adapters/attempt-ground.ts'

const adapter = createExecutableAdapter()
const wrapper = join(import.meta.dirname, '../../../src/adapters/executable/wrapper.sh')

/** The processes of an attempt whose program has been started. */
async function processes(spec: AttemptSpec): Promise<{ wrapper: number; program: number }> {
  const claim = await readClaim(spec.controlDirectory)
  if (claim.by !== 'wrapper' || claim.program === undefined) throw new Error(JSON.stringify(claim))
  return { wrapper: claim.wrapper.pid, program: claim.program.pid }
}

/** The wrapper without its adapter, waited for. */
const wrap = (spec: AttemptSpec, shell: readonly string[] = ['sh']): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const words = ['setsid', '--', 'env', '-i', '--', 'PATH=/usr/bin:/bin', `GRIDWRAP_ATTEMPT=${spec.attempt}`]
    const [program = 'sh', ...rest] = shell
    const places = [
      spec.controlDirectory,
      spec.workDirectory,
      '/dev/null',
      'unlimited',
      'none',
      String(words.length),
      '0',
    ]
    mkdirSync(spec.controlDirectory, { recursive: true })
    spawn(program, [...rest, wrapper, ...places, ...spec.argv], {
      env: { PATH: '/usr/bin:/bin', ...Object.fromEntries(words.map((word, i) => [`E${i + 1}`, word])) },
      stdio: 'ignore',
      detached: true,
    })
      .once('exit', resolve)
      .once('error', reject)
  })

describe('the wrapper', () => {
  test('runs the program once, when five of it race', async () => {
    await using ground = await AttemptGround.make(adapter)
    for (let round = 0; round < 5; round++) {
      const spec = await ground.attempt(['notes-its-run.sh'])
      expect(await Promise.all([1, 2, 3, 4, 5].map(() => wrap(spec)))).toEqual([0, 0, 0, 0, 0])
      expect(workFile(spec, 'runs').trim().split('\n')).toHaveLength(1)
      expect(await adapter.status(spec)).toMatchObject({ state: 'ended', exit: { exitCode: 0 } })
    }
  })

  test('does nothing when it comes too late', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['notes-its-run.sh'])
    expect(await adapter.claim(spec)).toBe(true)
    expect(await wrap(spec)).toBe(0)
    expect(existsSync(join(spec.workDirectory, 'runs'))).toBe(false)
    await rm(spec.controlDirectory, { recursive: true })
  })

  for (const shell of [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']]) {
    const here = spawnSync(shell[0] ?? '', [...shell.slice(1), '-c', ':']).status === 0
    test.skipIf(!here)(`does the same under ${shell.join(' ')}${here ? '' : ' (NOT INSTALLED HERE)'}`, async () => {
      const one = createExecutableAdapter({ shell })
      await using ground = await AttemptGround.make(one)
      const limits = { ...unlimited, disk: 10_000 }
      const odd = { PATH: '/usr/bin:/bin', 'a.b': 'x\ny\'"$(id)', LONG: 'z'.repeat(50_000) }
      const arguments_ = await ground.attempt(['show-arguments.sh', '', 'a\nb', '-n', '*', 'ä', 'x'.repeat(100_000)])
      const environment = await ground.attempt(['cat', '/proc/self/environ'], { environment: odd })
      const killed = await ground.attempt(['sh', '-c', 'kill -9 $$'])
      const big = await ground.attempt(['floods.sh', '50000'], { limits })
      const absent = await ground.attempt(['no-such-program'])
      const quiet = await ground.attempt(['sh', '-c', 'trap'])
      for (const spec of [arguments_, environment, killed, big, absent, quiet]) await one.submit(spec)
      expect(await ended(one, arguments_)).toMatchObject({ exit: { exitCode: 0 } })
      expect(workFile(arguments_, 'arguments').split('\0').slice(0, -1)).toEqual(arguments_.argv.slice(1))
      expect(await ended(one, environment)).toMatchObject({ exit: { exitCode: 0 } })
      const seen = outputOf(environment).toString().split('\0').slice(0, -1)
      expect(new Set(seen)).toEqual(
        new Set([
          ...Object.entries(odd).map(([name, value]) => `${name}=${value}`),
          `GRIDWRAP_ATTEMPT=${environment.attempt}`,
        ]),
      )
      expect(await ended(one, killed)).toMatchObject({ exit: { signal: 'SIGKILL' } })
      await ended(one, big)
      expect(outputOf(big).length).toBeLessThanOrEqual(10_240)
      expect(await ended(one, absent)).toMatchObject({
        exit: { notStarted: expect.stringContaining('is not installed') },
      })
      expect(await ended(one, quiet)).toMatchObject({ exit: { exitCode: 0 } })
      expect(outputOf(quiet).toString()).toBe('')
    })
  }

  test('lets signals pass by and still tells the end', async () => {
    for (const shell of [['dash'], ['bash']]) {
      const one = createExecutableAdapter({ shell })
      await using ground = await AttemptGround.make(one)
      const spec = await ground.attempt(['polite.sh'])
      await one.submit(spec)
      await appears(spec, 'ready')
      const { wrapper: pid } = await processes(spec)
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGTERM'] as const)
        process.kill(pid, signal)
      expect(await one.status(spec)).toMatchObject({ state: 'active' })
      await one.cancel(spec, 'ask')
      expect(await ended(one, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 42 } })
    }
  })

  test('lies in a session of its own, and the program in another; neither shows the environment in its words', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['sleep', '600'], { environment: { PATH: '/usr/bin:/bin', SECRET: 'hush' } })
    await adapter.submit(spec)
    const { wrapper: outer, program } = await processes(spec)
    await until('the session of the program', () => readProcess(program)?.session === program)
    expect(readProcess(program)).toMatchObject({ group: program, session: program, parent: outer })
    expect(readProcess(outer)).toMatchObject({ group: outer, session: outer })
    await until('the program itself', () => readFileSync(`/proc/${program}/cmdline`, 'latin1') === 'sleep\x00600\x00')
    expect(readFileSync(`/proc/${outer}/cmdline`, 'latin1')).not.toContain('hush')
    // Nothing that this process has open: what it got from its own parent is not its to close.
    const inherited = new Set(openFiles('self'))
    expect(openFiles(String(program)).filter(fd => !inherited.has(fd))).toEqual([
      '0 /dev/null',
      `1 ${spec.controlDirectory}/stdout`,
      `2 ${spec.controlDirectory}/stderr`,
    ])
    const sockets = openFiles(String(program)).filter(fd => fd.includes('socket:'))
    expect(sockets).toEqual([])
  })
})

const openFiles = (pid: string): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      return [
        `${fd} ${execFileSync('readlink', [`/proc/${pid === 'self' ? process.pid : pid}/fd/${fd}`])
          .toString()
          .trim()}`,
      ]
    } catch {
      return []
    }
  })

describe('when processes are killed', () => {
  test('the wrapper: the program goes on, and its exit is lost', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['polite.sh'])
    await adapter.submit(spec)
    await appears(spec, 'ready')
    const watched = createExecutableAdapter().watchEnd(spec)
    const { wrapper: pid } = await processes(spec)
    process.kill(pid, 'SIGKILL')
    await until('the end of the wrapper', () => !lives(pid))
    expect(await adapter.status(spec)).toMatchObject({ state: 'active' })
    await adapter.suspend?.(spec)
    expect(await adapter.status(spec)).toMatchObject({ state: 'suspended' })
    await adapter.resume?.(spec)
    await adapter.cancel(spec, 'ask')
    await watched
    expect(await adapter.status(spec)).toEqual({ state: 'lost', reason: 'exit-status-lost' })
    expect(workFile(spec, 'saved')).toBe('in order\n')
  })

  test('the program', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['stubborn.sh'])
    await adapter.submit(spec)
    await appears(spec, 'ready')
    process.kill((await processes(spec)).program, 'SIGKILL')
    expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { signal: 'SIGKILL' } })
  })

  test('both', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['forks-and-stays.sh'])
    await adapter.submit(spec)
    await appears(spec, 'ready')
    const { wrapper: outer, program } = await processes(spec)
    process.kill(outer, 'SIGKILL')
    process.kill(program, 'SIGKILL')
    expect(await ended(adapter, spec)).toEqual({ state: 'lost', reason: 'exit-status-lost' })
    expect(await adapter.sweep(spec)).toBeGreaterThanOrEqual(1)
    await until('the end of the stray', () => !lives(Number(workFile(spec, 'stray'))))
  })

  test('whoever submitted it, at any moment: it runs once or not at all, and says so', async () => {
    await using ground = await AttemptGround.make(adapter)
    const seen = new Set<string>()
    for (let ms = 0; ms < 12; ms++) {
      const spec = await ground.attempt(['notes-its-run.sh'])
      const script = join(import.meta.dirname, 'submit-and-die.ts')
      const died = spawnSync(process.execPath, [script, JSON.stringify(spec), String(ms)])
      expect(died.signal).toBe('SIGKILL')
      const claimed = await adapter.claim(spec)
      const status = await ended(adapter, spec)
      seen.add(claimed ? 'never' : 'once')
      expect(status).toMatchObject({
        state: 'ended',
        exit: claimed ? { notStarted: expect.any(String) } : { exitCode: 0 },
      })
      expect(existsSync(join(spec.workDirectory, 'runs'))).toBe(!claimed)
    }
    expect(seen.size).toBeGreaterThan(0)
  })

  const isRoot = process.getuid?.() === 0
  test.skipIf(!isRoot)(`with Node as the first process${isRoot ? '' : ' (NOT TESTED: needs root)'}`, async () => {
    const place = await mkdtemp(join(tmpdir(), 'first-'))
    const script = join(import.meta.dirname, 'as-first-process.ts')
    const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child', process.execPath, script, place]
    const told = JSON.parse(execFileSync('unshare', namespace, { timeout: 50_000 }).toString()) as object
    expect(told).toMatchObject({
      pid: 1,
      orphaned: 'active',
      zombie: 'Z',
      status: { state: 'lost', reason: 'exit-status-lost' },
      again: 0,
    })
    await rm(place, { recursive: true })
  })
})

describe('what the control directory says', () => {
  const write = (spec: AttemptSpec, name: string, text: string): void => {
    mkdirSync(spec.controlDirectory, { recursive: true })
    writeFileSync(join(spec.controlDirectory, name), text)
  }
  const line = (text: string): string => `${text.padEnd(126)}.\n`

  test('a process id that is used by another process now is not ours, and is not touched', async () => {
    await using ground = await AttemptGround.make(adapter)
    const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    const pid = bystander.pid ?? 0
    try {
      const spec = await ground.attempt(['true'])
      write(spec, 'claim', line(`wrapper ${pid} 1 ${bootId} program ${pid} 1`))
      expect(await adapter.status(spec)).toEqual({ state: 'lost', reason: 'exit-status-lost' })
      for (const how of ['ask', 'force'] as const) await adapter.cancel(spec, how)
      await adapter.suspend?.(spec)
      expect(await adapter.sweep(spec)).toBe(0)
      expect(readProcess(pid)?.state).toMatch(/[SR]/)
    } finally {
      bystander.kill('SIGKILL')
    }
  })

  test('another boot', async () => {
    await using ground = await AttemptGround.make(adapter)
    const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    const pid = bystander.pid ?? 0
    try {
      const spec = await ground.attempt(['true'])
      const start = readProcess(pid)?.start
      write(spec, 'claim', line(`wrapper ${pid} ${start} 00000000-0000-0000-0000-000000000000 program ${pid} ${start}`))
      expect(await adapter.status(spec)).toEqual({ state: 'lost', reason: 'host-rebooted' })
      await adapter.cancel(spec, 'force')
      await adapter.watchEnd(spec)
      expect(readProcess(pid)?.state).toMatch(/[SR]/)
      write(spec, 'status', `${'ended 3'.padEnd(30)}.\n`)
      expect(await adapter.status(spec)).toMatchObject({ state: 'ended', exit: { exitCode: 3 } })
    } finally {
      bystander.kill('SIGKILL')
    }
  })

  test('a claim that was never filled in, by whoever died over it', async () => {
    await using ground = await AttemptGround.make(adapter)
    for (const text of [
      '',
      'wrapper 12',
      `wrapper 4194303 1 ${bootId} -`.padEnd(128),
      line(`wrapper 4194303 1 ${bootId} -`),
    ]) {
      const spec = await ground.attempt(['true'])
      write(spec, 'claim', text)
      expect(await adapter.status(spec)).toMatchObject({
        state: 'ended',
        exit: { notStarted: expect.stringContaining('interrupted') },
      })
      await adapter.submit(spec)
      expect(existsSync(join(spec.controlDirectory, 'status'))).toBe(false)
    }
  })

  test('half a status is none', () => {
    const whole = `${'ended 137'.padEnd(30)}.\n`
    expect(parseEnd(whole)).toBe(137)
    const before = `${'not ended'.padEnd(30)}-\n`
    for (let n = 0; n < whole.length - 1; n++) {
      expect(parseEnd(whole.slice(0, n))).toBeUndefined()
      // The newline closes both; the terminator is what must have arrived.
      if (n < whole.length - 1)
        expect(parseEnd(whole.slice(0, n) + before.slice(n))).toBe(n > whole.length - 2 ? 137 : undefined)
    }
    expect(parseClaim('x'.repeat(200), 0)).toEqual({ by: 'unreadable' })
  })

  test('the status file has its place on the disk before the program runs', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt(['sleep', '600'])
    await adapter.submit(spec)
    const before = statSync(join(spec.controlDirectory, 'status'))
    await adapter.cancel(spec, 'force')
    await ended(adapter, spec)
    const after = statSync(join(spec.controlDirectory, 'status'))
    expect([after.ino, after.size]).toEqual([before.ino, before.size])
  })
})

describe('on a full disk', () => {
  const mountable = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0
  test.skipIf(!mountable)(
    `the end is known all the same${mountable ? '' : ' (NOT TESTED: needs root to mount a tmpfs)'}`,
    async () => {
      const mount = await mkdtemp(join(tmpdir(), 'full-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount])
      try {
        const ground = await AttemptGround.make(adapter, mount)
        const spec = await ground.attempt([
          'sh',
          '-c',
          'cat /dev/zero >filler; : >ready 2>/dev/null; cat /dev/zero; exit 23',
        ])
        const late = await ground.attempt(['true'])
        mkdirSync(late.controlDirectory, { recursive: true })
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 23 } })
        await adapter.submit(late)
        expect(await adapter.status(late)).toMatchObject({
          state: 'ended',
          exit: { notStarted: expect.stringContaining('no room') },
        })
        await ground[Symbol.asyncDispose]()
      } finally {
        execFileSync('umount', [mount])
        await rm(mount, { recursive: true })
      }
    },
  )
})
