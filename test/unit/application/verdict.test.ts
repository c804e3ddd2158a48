import { describe, expect, it } from 'vitest'
import { outputFiles } from '../../../src/application/output-files.ts'
import { type Ending, judge } from '../../../src/application/verdict.ts'
import { applicationOf } from './sample-description.ts'

const application = applicationOf(`command: prog
outputs:
  main: main.txt
  log: stdout
  extra: {file: extra.txt, optional: true}
  frames: {files: 'f*.png', optional: true}
  tree: {directory: out, optional: true}
  score: {type: number, from: main, match: 'Score (\\S+)'}
exit: {0: done, 1: done, 3: no convergence, 64..78: {means: bad usage, cause: input}, SIGFPE: floating point error}
watch: {success: {in: stdout, match: finished}}`)

const all = ['main', 'log', 'score']
const verdict = (exit: Ending['exit'], rest: Partial<Ending> & { error?: Ending['watched']['error'] } = {}) =>
  judge(application, {
    exit,
    present: rest.present ?? all,
    watched: rest.watched ?? { success: [0], error: rest.error },
  })

describe('judge', () => {
  it.each<[string, ReturnType<typeof verdict>, unknown]>([
    ['success', verdict({ exitCode: 0 }), { outcome: 'done' }],
    ['a meaning of done', verdict({ exitCode: 1 }), { outcome: 'done' }],
    [
      'a code without meaning',
      verdict({ exitCode: 2 }),
      { outcome: 'failed', reason: 'The program failed: exit code 2.', cause: 'program' },
    ],
    [
      'a meaning',
      verdict({ exitCode: 3 }),
      { outcome: 'failed', reason: 'The program failed: no convergence (exit code 3).', cause: 'program' },
    ],
    [
      'a range with a cause',
      verdict({ exitCode: 70 }),
      { outcome: 'failed', reason: 'The program failed: bad usage (exit code 70).', cause: 'input' },
    ],
    [
      'a signal with a meaning',
      verdict({ signal: 'SIGFPE' }),
      { outcome: 'failed', reason: 'The program failed: floating point error (signal SIGFPE).', cause: 'program' },
    ],
    [
      'a signal that is known',
      verdict({ signal: 'SIGSEGV' }),
      {
        outcome: 'failed',
        reason: 'The program failed: signal SIGSEGV: it used memory that is not its own.',
        cause: 'program',
      },
    ],
    [
      'no exit at all',
      verdict({}),
      { outcome: 'failed', reason: 'The program failed: how it ended is not known.', cause: 'program' },
    ],
    [
      'not started',
      verdict({ notStarted: 'there is no program prog' }),
      { outcome: 'failed', reason: 'The program could not be started: there is no program prog.', cause: 'site' },
    ],
    [
      'an error on exit 0',
      verdict({ exitCode: 0 }, { error: { message: 'bad input.', cause: 'input' } }),
      { outcome: 'failed', reason: 'The program reported an error: bad input.', cause: 'input' },
    ],
    [
      'an error and a meaning',
      verdict({ exitCode: 70 }, { error: { message: 'bad', cause: undefined } }),
      { outcome: 'failed', reason: 'The program reported an error: bad (exit code 70).', cause: 'input' },
    ],
    [
      'no sign of success',
      verdict({ exitCode: 0 }, { watched: { success: [], error: undefined } }),
      {
        outcome: 'failed',
        reason: 'The program ended without its sign of success: nothing like finished in stdout.',
        cause: 'program',
      },
    ],
    [
      'a missing file',
      verdict({ exitCode: 0 }, { present: ['log', 'score'] }),
      { outcome: 'failed', reason: 'The program ended, but its output main (main.txt) is missing.', cause: 'program' },
    ],
    [
      'a missing value',
      verdict({ exitCode: 0 }, { present: ['main', 'log'] }),
      {
        outcome: 'failed',
        reason: 'The program ended, but its output score is missing: no number in main like Score (\\S+).',
        cause: 'program',
      },
    ],
  ])('%s', (_, given, expected) => {
    expect(given).toEqual(expected)
  })

  it('takes a code for a failure when nothing is said, and 0 for success', () => {
    const plain = applicationOf('command: prog')
    const end = (exitCode: number) =>
      judge(plain, { exit: { exitCode }, present: [], watched: { success: [], error: undefined } })
    expect(end(0)).toEqual({ outcome: 'done' })
    expect(end(1)).toMatchObject({ outcome: 'failed', cause: 'program' })
  })
})

describe('outputFiles', () => {
  it('says what makes each output', () => {
    expect(outputFiles(application).map(({ output, kind, optional }) => `${output} ${kind} ${optional}`)).toEqual([
      'main file false',
      'log stream false',
      'extra file true',
      'frames files true',
      'tree directory true',
    ])
    const frames = outputFiles(application).find(file => file.kind === 'files')
    expect(
      ['f1.png', 'f.png', 'f1.jpg', 'a/f1.png', '.f1.png', 'f/../x.png'].map(path => frames?.matches(path)),
    ).toEqual([true, true, false, false, false, false])
  })
})
