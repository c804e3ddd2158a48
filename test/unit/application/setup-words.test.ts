import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutSetup, withSetup } from '../../../src/application/setup-words.ts'
import { judge } from '../../../src/application/verdict.ts'
import { applicationOf } from './sample-description.ts'

const run = (argv: readonly string[]) =>
  spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } })
const program = [
  process.execPath,
  '-e',
  'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.GREETING]))',
  '--',
]

test('the program has what the set-up made, and its words as they are, whatever they hold', () => {
  const odd = fc.oneof(
    fc.constantFrom(
      '$(touch x)',
      '`id`',
      '; exit 3',
      '-c',
      '--',
      '"',
      "'",
      '\\',
      '$1',
      '*',
      '',
      ' ',
      '\n',
      '|',
      '>f',
      'é',
      '{x}',
    ),
    fc.string({ maxLength: 20 }).filter(text => !text.includes('\0')),
  )
  fc.assert(
    fc.property(fc.array(odd, { minLength: 1, maxLength: 6 }), words => {
      const { stdout, status } = run(withSetup('GREETING="it is set"; export GREETING', [...program, ...words]))
      expect({ status, said: JSON.parse(stdout) }).toEqual({ status: 0, said: [words, 'it is set'] })
    }),
    { numRuns: 40 },
  )
})

test('the shell becomes the program: its exit code and its signals are the program’s', () => {
  expect(run(withSetup(':', ['sh', '-c', 'exit 7'])).status).toBe(7)
  expect(run(withSetup(':', ['sh', '-c', 'kill -SEGV $$'])).signal).toBe('SIGSEGV')
})

test('a program that is not there after the set-up is told by its name', () => {
  expect(run(withSetup('PATH=/nowhere', ['no-such-program', 'x']))).toMatchObject({
    ...{ status: 127, stderr: 'no-such-program is not found, also after the set-up\n' },
  })
})

test('the lines read nothing of the program’s input, print nothing into its output, and must not fail', () => {
  const [shell = '', ...words] = withSetup('cat; echo loud; true', ['cat'])
  expect(spawnSync(shell, words, { encoding: 'utf8', input: 'hello' })).toMatchObject({
    stdout: 'hello',
    stderr: 'loud\n',
  })
  expect(run(withSetup('echo a\nfalse', ['echo', 'hi']))).toMatchObject({
    ...{ status: 127, stdout: '', stderr: 'a\nThe set-up failed, and echo was not started\n' },
  })
})

test('the words of the program are found again', () => {
  expect(withoutSetup(['prog', 'a', 'b', 'gridwrap-setup', 'c'])).toEqual(['prog', 'a', 'b', 'gridwrap-setup', 'c'])
  expect(withoutSetup(withSetup('module load x', ['prog', '-a']))).toEqual(['prog', '-a'])
  expect(withoutSetup(['prog', '-a'])).toEqual(['prog', '-a'])
  const application = applicationOf('command: prog\nsetup: |\n  . ./env.sh\n')
  expect(application.setup).toBe('. ./env.sh')
  // What failed then is the site's to mend.
  const verdict = judge(application, {
    exit: { exitCode: 127 },
    present: new Set(),
    watched: { success: [], error: undefined },
  } as never)
  expect(verdict).toMatchObject({
    outcome: 'failed',
    cause: 'site',
    reason: expect.stringContaining('could not be set up'),
  })
})
