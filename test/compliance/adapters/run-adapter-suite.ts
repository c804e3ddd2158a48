// Over 300 lines: one list of what an adapter owes its callers, which is read, and extended, as a whole.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunAdapter, Usage } from '../../../src/adapters/adapter.ts'
import { delay } from '../../../src/core/deadline.ts'
import { needs } from '../../support/peer.ts'
import { AttemptGround, appears, ended, lives, outputOf, programs, until, workFile } from './attempt-ground.ts'

/**
 * What every run adapter does, on real processes. `makeAdapter` gives a new one each time: nothing that one of them
 * knows may be missing from another.
 */
export function runAdapterSuite(
  name: string,
  makeAdapter: () => RunAdapter,
  /** `ownProcesses`: programs have process ids of their own, which say nothing outside, and whatever they start ends with them. */
  { ownProcesses = false }: { readonly ownProcesses?: boolean } = {},
): void {
  describe(`run adapter ${name}`, () => {
    const adapter = makeAdapter()
    /** Of processes that go on after their program, or are counted with it. */
    const outside = ownProcesses ? () => undefined : test

    describe('ends', () => {
      test.for([0, 1, 2, 3, 42, 100, 125, 126, 127, 128])('exit code %i', async code => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['sh', '-c', `exit ${code}`])
        expect(await adapter.status(spec)).toEqual({ state: 'unclaimed' })
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: code } })
      })

      test.for(['KILL', 'TERM', 'SEGV', 'FPE', 'ABRT', 'INT', 'PIPE', 'HUP', 'USR1', 'XFSZ'])(
        'signal %s',
        async signal => {
          await using ground = await AttemptGround.make(adapter)
          const spec = await ground.attempt(['sh', '-c', `kill -${signal} $$; sleep 60`])
          await adapter.submit(spec)
          expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { signal: `SIG${signal}` } })
        },
      )

      test('says when it started and ended', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['sleep', '0.2'])
        const before = Date.now()
        await adapter.submit(spec)
        const status = await ended(adapter, spec)
        if (status.state !== 'ended' || status.started === undefined) throw new Error(JSON.stringify(status))
        // A file system stamps with the kernel's last tick, which may lie some milliseconds before our clock.
        expect(status.started).toBeGreaterThanOrEqual(before - 20)
        expect(status.ended - status.started).toBeGreaterThanOrEqual(180)
        expect(status.ended).toBeLessThanOrEqual(Date.now())
      })

      outside('says what was used, by whatever was waited for', async () => {
        await using ground = await AttemptGround.make(adapter)
        const burn = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'
        const spec = await ground.attempt([
          'sh',
          '-c',
          `sh -c '${burn}; dd if=/dev/zero of=data bs=1000 count=3000 2>/dev/null'`,
        ])
        await adapter.submit(spec)
        const status = await ended(adapter, spec)
        if (status.state !== 'ended' || status.use === undefined) throw new Error(JSON.stringify(status))
        const { cpuSeconds = 0, readBytes = 0, writtenBytes = 0, measured } = status.use
        expect(cpuSeconds).toBeGreaterThan(0.02)
        expect(cpuSeconds).toBeLessThanOrEqual(2 * ((status.ended - (status.started ?? 0)) / 1000) + 0.1)
        expect(Math.min(readBytes, writtenBytes)).toBeGreaterThanOrEqual(3_000_000)
        expect(Math.max(readBytes, writtenBytes)).toBeLessThan(4_000_000)
        expect(measured).toMatchObject({ cpu: 'counted', files: 'counted' })
      })

      test('tells the same to another adapter, again and again', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['sh', '-c', 'exit 7'])
        await adapter.submit(spec)
        const first = await ended(adapter, spec)
        expect(await makeAdapter().status(spec)).toEqual(first)
        expect(await makeAdapter().status(spec)).toEqual(first)
        await makeAdapter().watchEnd(spec)
      })
    })

    describe('cannot start', () => {
      const sentences: readonly (readonly [readonly string[], RegExp])[] = [
        [
          ['no-such-program-here'],
          /^no-such-program-here is not installed on this host \(looked in PATH \/usr\/local\/bin:\/usr\/bin:\/bin\)\.$/,
        ],
        [['/nonexistent/program'], /^\/nonexistent\/program is not installed on this host/],
        [['./no-such-file'], /is not installed/],
        [['no=such=program'], /^no=such=program is not installed/],
        [[''], /without a name/],
        [['/'], /is a directory/],
        [['not-executable.sh'], /is not executable/],
        [['wrong-interpreter.sh'], /needs the interpreter \/nonexistent\/interpreter, which is not installed/],
        [['missing-interpreter.sh'], /needs the interpreter no-such-interpreter, which is not installed/],
        [['true', ...Array.from({ length: 60 }, () => 'x'.repeat(100_000))], /longer than this host takes/],
        [['true', 'x'.repeat(200_000)], /longer than this host takes/],
      ]
      test.for(sentences.map(([argv, sentence]) => ({ what: argv.join(' ').slice(0, 40), argv, sentence })))(
        '$what',
        async ({ argv, sentence }) => {
          await using ground = await AttemptGround.make(adapter)
          const spec = await ground.attempt(argv)
          if (argv[0] === 'not-executable.sh') chmodSync(spec.argv[0] ?? '', 0o644)
          await adapter.submit(spec)
          const status = await ended(adapter, spec)
          expect(status).toMatchObject({
            state: 'ended',
            started: undefined,
            exit: { notStarted: expect.stringMatching(sentence) },
          })
        },
      )

      test('without its working directory, or its standard input', async () => {
        await using ground = await AttemptGround.make(adapter)
        const gone = join(ground.path, 'gone')
        for (const rest of [{ workDirectory: gone }, { stdin: gone }]) {
          const spec = { ...(await ground.attempt(['true'])), ...rest }
          await adapter.submit(spec)
          expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { notStarted: expect.any(String) } })
        }
      })
    })

    describe('gives the program', () => {
      const oddWords = [
        'a\nb',
        '\n',
        '-n',
        '--',
        '-',
        '',
        ' ',
        '  two  ',
        '*',
        '$(touch pwned)',
        '`touch pwned`',
        '"',
        "'",
        '\\',
        '\\n',
        ';touch pwned',
        'ä€😀',
        '\u0001\u001f',
        '\t',
        '#',
        '~',
        '=',
        'A=B',
        '%s%n',
        '!',
        'x'.repeat(100_000),
      ]
      test('its arguments as they are', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['show-arguments.sh', ...oddWords])
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 0 } })
        expect(workFile(spec, 'arguments').split('\0').slice(0, -1)).toEqual(oddWords)
        expect(existsSync(join(spec.workDirectory, 'pwned'))).toBe(false)
      })

      test('a name that looks like an option or a variable', async () => {
        await using ground = await AttemptGround.make(adapter)
        for (const name of ['-rf', 'a=b', 'with space', 'new\nline', 'ä']) {
          const spec = await ground.attempt([`./${name}`])
          writeFileSync(join(spec.workDirectory, name), '#!/bin/sh\nexit 5\n', { mode: 0o755 })
          await adapter.submit(spec)
          expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 5 } })
          const bare = {
            ...(await ground.attempt([name])),
            workDirectory: spec.workDirectory,
            environment: { PATH: spec.workDirectory },
          }
          await adapter.submit(bare)
          expect(await ended(adapter, bare), name).toMatchObject({ state: 'ended', exit: { exitCode: 5 } })
        }
      })

      test('its whole environment, odd as it may be, and the cookie, and nothing else', async () => {
        await using ground = await AttemptGround.make(adapter)
        const environment = {
          PATH: '/usr/bin:/bin',
          EMPTY: '',
          'a.b-c': 'odd name',
          '-x': 'option',
          NEWLINE: 'a\nb\n',
          QUOTES: `'"$(touch pwned)\``,
          IFS: ':',
          PS4: '$(touch pwned)',
          ENV: './pwn',
          BASH_ENV: './pwn',
          E1: 'ours?',
          n: '1',
          control: 'x',
          SHELLOPTS: 'xtrace',
          UNICODE: 'ä€😀',
          LONG: 'y'.repeat(100_000),
          'BASH_FUNC_set%%': '() { touch pwned; }',
          PWD: '/elsewhere',
          LC_ALL: 'xx',
        }
        const spec = await ground.attempt(['cat', '/proc/self/environ'], { environment })
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 0 } })
        const seen = outputOf(spec).toString().split('\0').slice(0, -1)
        expect(seen.toSorted()).toEqual(
          Object.entries({ ...environment, GRIDWRAP_ATTEMPT: spec.attempt })
            .map(([key, value]) => `${key}=${value}`)
            .toSorted(),
        )
        expect(existsSync(join(spec.workDirectory, 'pwned'))).toBe(false)
      })

      test('its working directory, standard input and output', async () => {
        await using ground = await AttemptGround.make(adapter)
        const input = join(ground.path, 'in put')
        writeFileSync(input, 'from a file\n')
        const spec = await ground.attempt(['sh', '-c', 'cat; pwd; echo oops >&2'], { stdin: input })
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 0 } })
        expect(outputOf(spec).toString()).toBe(`from a file\n${spec.workDirectory}\n`)
        expect(outputOf(spec, 'stderr').toString()).toBe('oops\n')
        const silent = await ground.attempt(['cat'])
        await adapter.submit(silent)
        expect(await ended(adapter, silent)).toMatchObject({ exit: { exitCode: 0 } })
      })

      test('default signals', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status'])
        await adapter.submit(spec)
        await ended(adapter, spec)
        expect(
          outputOf(spec)
            .toString()
            .match(/[0-9a-f]{16}/g),
        ).toEqual(['0000000000000000', '0000000000000000'])
      })
    })

    describe('runs once', () => {
      test('however often it is submitted', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['notes-its-run.sh'])
        await Promise.all(Array.from({ length: 5 }, () => makeAdapter().submit(spec)))
        await ended(adapter, spec)
        await adapter.submit(spec)
        expect(workFile(spec, 'runs').trim().split('\n')).toHaveLength(1)
        expect(await adapter.claim(spec)).toBe(false)
      })

      test('never, when it was claimed before', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['notes-its-run.sh'])
        expect(await adapter.claim(spec)).toBe(true)
        expect(await adapter.claim(spec)).toBe(false)
        await adapter.submit(spec)
        expect(await ended(adapter, spec)).toMatchObject({
          state: 'ended',
          exit: { notStarted: expect.stringMatching(/withdrawn/) },
        })
        expect(existsSync(join(spec.workDirectory, 'runs'))).toBe(false)
      })

      test('or never, when claim and submit race', async () => {
        await using ground = await AttemptGround.make(adapter)
        for (let i = 0; i < 10; i++) {
          const spec = await ground.attempt(['notes-its-run.sh'])
          const [, claimed] = await Promise.all([
            adapter.submit(spec),
            delay(i / 2).then(() => makeAdapter().claim(spec)),
          ])
          await ended(adapter, spec)
          expect(existsSync(join(spec.workDirectory, 'runs'))).toBe(!claimed)
        }
      })

      test('fifty at a time, each its own', async () => {
        await using ground = await AttemptGround.make(adapter)
        const specs = await Promise.all(
          Array.from({ length: 50 }, (_, i) => ground.attempt(['sh', '-c', `echo ${i}; exit ${i}`])),
        )
        await Promise.all(specs.map(spec => adapter.submit(spec)))
        const all = await Promise.all(specs.map(spec => ended(adapter, spec)))
        expect(all).toEqual(specs.map((_, i) => expect.objectContaining({ state: 'ended', exit: { exitCode: i } })))
        expect(specs.map(spec => outputOf(spec).toString())).toEqual(specs.map((_, i) => `${i}\n`))
      })
    })

    describe('cancels', () => {
      test('a program that listens', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['polite.sh'])
        await adapter.submit(spec)
        await appears(spec, 'ready')
        expect(await adapter.status(spec)).toMatchObject({ state: 'active', usage: { processes: expect.any(Number) } })
        await makeAdapter().cancel(spec, 'ask')
        expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 42 } })
        expect(workFile(spec, 'saved')).toBe('in order\n')
        await adapter.cancel(spec, 'ask')
        await adapter.cancel(spec, 'force')
      })

      test('one that does not', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['stubborn.sh'])
        await adapter.submit(spec)
        await appears(spec, 'ready')
        await adapter.cancel(spec, 'ask')
        await appears(spec, 'asked')
        expect(await adapter.status(spec)).toMatchObject({ state: 'active' })
        await adapter.cancel(spec, 'force')
        expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { signal: 'SIGKILL' } })
      })

      test('one that was only just submitted, or not at all', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['sleep', '600'])
        await adapter.cancel(spec, 'force')
        expect(await adapter.status(spec)).toEqual({ state: 'unclaimed' })
        await adapter.submit(spec)
        await adapter.cancel(spec, 'ask')
        expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { signal: 'SIGTERM' } })
      })

      test('one that is suspended, by asking', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['polite.sh'])
        await adapter.submit(spec)
        await appears(spec, 'ready')
        await adapter.suspend?.(spec)
        await adapter.cancel(spec, 'ask')
        expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 42 } })
      })

      outside('with all that it started elsewhere, by force', async () => {
        await using ground = await AttemptGround.make(adapter)
        const spec = await ground.attempt(['forks-and-stays.sh'])
        await adapter.submit(spec)
        await appears(spec, 'ready')
        const stray = Number(workFile(spec, 'stray'))
        await adapter.cancel(spec, 'force')
        expect(await ended(adapter, spec)).toMatchObject({ exit: { signal: 'SIGKILL' } })
        await until('the end of the stray', () => !lives(stray))
      })
    })

    outside('sweeps up what a program left behind, and only then', async () => {
      await using ground = await AttemptGround.make(adapter)
      const spec = await ground.attempt(['forks-away.sh'])
      const other = await ground.attempt(['sleep', '600'])
      await adapter.submit(other)
      await adapter.submit(spec)
      expect(await ended(adapter, spec)).toMatchObject({ exit: { exitCode: 0 } })
      const stray = Number(workFile(spec, 'stray'))
      expect(lives(stray)).toBe(true)
      expect(await makeAdapter().sweep(spec)).toBeGreaterThanOrEqual(1)
      await until('the end of the stray', () => !lives(stray))
      expect(await adapter.sweep(spec)).toBe(0)
      expect(await adapter.sweep(other)).toBe(0)
      expect(await adapter.status(other)).toMatchObject({ state: 'active' })
    })

    test.runIf(adapter.suspend !== undefined)('suspends and resumes, with what runs elsewhere', async () => {
      await using ground = await AttemptGround.make(adapter)
      const spec = await ground.attempt(['forks-and-stays.sh'])
      await adapter.submit(spec)
      await appears(spec, 'ticks')
      await adapter.suspend?.(spec)
      await adapter.suspend?.(spec)
      await until('suspended', async () => (await adapter.status(spec)).state === 'suspended')
      expect(await makeAdapter().status(spec)).toMatchObject({ state: 'suspended', started: expect.any(Number) })
      const before = workFile(spec, 'ticks')
      await delay(200)
      expect(workFile(spec, 'ticks')).toBe(before)
      await adapter.resume?.(spec)
      await adapter.resume?.(spec)
      await until('active', async () => (await adapter.status(spec)).state === 'active')
      await until('more ticks', () => workFile(spec, 'ticks') !== before)
    })

    test.runIf(adapter.suspend !== undefined && needs('gcc'))('suspends, and ends, what waits in vfork', async () => {
      await using ground = await AttemptGround.make(adapter)
      for (const how of ['ask', 'force'] as const) {
        const spec = await ground.attempt(['./vforks'])
        execFileSync('gcc', ['-w', '-o', join(spec.workDirectory, 'vforks'), join(programs, 'vforks.c')])
        await adapter.submit(spec)
        await appears(spec, 'ready')
        await adapter.suspend?.(spec)
        // The parent cannot stop before its child went on, and its child does not.
        expect(await adapter.status(spec)).toMatchObject({ state: 'suspended' })
        await adapter.resume?.(spec)
        await until('active', async () => (await adapter.status(spec)).state === 'active')
        await adapter.suspend?.(spec)
        await adapter.cancel(spec, how)
        expect(await ended(adapter, spec)).toMatchObject({ state: 'ended' })
      }
    })

    test('samples what a program uses', async () => {
      await using ground = await AttemptGround.make(adapter)
      const work =
        'head -c 3000000 /dev/zero >big; head -c 2000000 /dev/zero; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; : >ready; sleep 600'
      const spec = await ground.attempt(['sh', '-c', work])
      await adapter.submit(spec)
      await appears(spec, 'ready')
      // A look at the processes that is half a second old is good enough for samples; soon it is this program's.
      let usage: Usage | undefined
      await until('what it used', async () => {
        const status = await makeAdapter().status(spec)
        usage = status.state === 'active' ? status.usage : undefined
        return (usage?.cpuSeconds ?? 0) > 0.01
      })
      expect(usage?.memoryBytes).toBeGreaterThan(100_000)
      expect(usage?.diskBytes).toBeGreaterThanOrEqual(3_000_000)
      expect(usage?.outputBytes).toBe(2_000_000)
      expect(usage?.processes).toBeGreaterThanOrEqual(1)
    })

    test('ends a program that fills the disk', async () => {
      await using ground = await AttemptGround.make(adapter)
      const limits = {
        time: undefined,
        memory: undefined,
        disk: 1_000_000,
        output: 500_000,
        processes: undefined,
        cores: undefined,
      }
      const spec = await ground.attempt(['floods.sh', '50000000'], { limits })
      await adapter.submit(spec)
      expect(await ended(adapter, spec)).toMatchObject({ state: 'ended' })
      expect(outputOf(spec).length).toBeLessThanOrEqual(1_000_448)
    })

    test('waits for an end as long as it is let', async () => {
      await using ground = await AttemptGround.make(adapter)
      const spec = await ground.attempt(['sleep', '600'])
      await adapter.submit(spec)
      await expect(adapter.watchEnd(spec, AbortSignal.timeout(50))).rejects.toThrow(/timeout|aborted/i)
      await expect(adapter.watchEnd(spec, AbortSignal.abort())).rejects.toThrow(/aborted/i)
      mkdirSync(join(spec.workDirectory, 'x'))
    })
  })
}
