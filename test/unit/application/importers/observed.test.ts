import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { expectedOf } from '../../../../src/application/importers/observed/expected-lines.ts'
import { importObserved } from '../../../../src/application/importers/observed/import-observed.ts'
import type { Observation } from '../../../../src/application/importers/observed/observation.ts'
import { readTrace } from '../../../../src/application/importers/observed/read-trace.ts'

const seen: Observation = {
  argv: ['solve'],
  folder: '/home/ada/run',
  stdin: undefined,
  reads: [],
  writes: [],
  folders: [],
  connects: false,
  seconds: 2,
  cpuSeconds: 3.9,
  peakMemoryBytes: 300e6,
  stdout: '',
  stderr: '',
  traced: true,
}
const here = (...names: string[]): string[] => names.map(name => `/home/ada/run/${name}`)
const propose = (more: Partial<Observation>) => importObserved({ ...seen, ...more })

describe('a description proposed from a run', () => {
  test('makes inputs of files that were read and of numbers, outputs of what was written, and leaves the rest', () => {
    const { draft, beside } = propose({
      argv: ['samtools', 'sort', '-o', 'sorted.bam', '--threads=4', '-m', '0.5', '-l', 'fast', 'reads.sam'],
      reads: here('reads.sam'),
      writes: here('sorted.bam'),
    })
    expect(draft.command).toBe('samtools sort -o {o} --threads={threads} -m {m} -l {l} {reads}')
    expect(draft.inputs).toMatchObject({
      threads: { type: 'integer', default: 4 },
      m: { type: 'number', default: 0.5 },
      l: { type: 'string', default: 'fast' },
      reads: { type: 'file', format: 'sam' },
    })
    expect(draft.outputs).toEqual({ o: { file: 'sorted.bam' } })
    expect(draft.tests).toEqual([{ run: { reads: 'reads.sam' }, expect: { o: { size: '1B..' } } }])
    expect(draft.limits).toEqual({ time: '10m', memory: '1200MB', cores: 2 })
    expect([...beside]).toEqual([['reads.sam', '/home/ada/run/reads.sam']])
  })

  test('ships a script and what it imports, and names the service after it', () => {
    const { draft, beside } = propose({
      argv: ['python3', 'tool.py', 'data.csv', '-v'],
      reads: [...here('tool.py', 'helper.py', 'data.csv', '.cache/x'), '/usr/lib/python3/os.py'],
    })
    expect(draft).toMatchObject({ name: 'tool', command: 'python3 tool.py {data} -v', files: ['tool.py', 'helper.py'] })
    expect([...beside.keys()]).toEqual(['tool.py', 'data.csv', 'helper.py'])
  })

  test('takes what a program looks for and leaves by itself by its name', () => {
    const { draft } = propose({
      reads: here('infile'),
      writes: here('outfile', 'a.dat', 'b.dat', 'c.dat', 'd.dat'),
      stdin: '/home/ada/menu',
    })
    expect(draft.inputs['infile']).toMatchObject({ type: 'file', name: 'infile' })
    expect(draft.outputs).toEqual({ outfile: { file: 'outfile' }, dat_files: { files: '*.dat' } })
    expect(draft.stdin).toEqual({ from: 'deck' })
  })

  test('tells of what lies elsewhere, and of what it cannot know', () => {
    const notes = propose({
      reads: ['/data/reference.fa', '/home/ada/.rc'],
      writes: ['/srv/log', '/tmp/scratch'],
      traced: false,
    }).draft.notes.join('\n')
    expect(notes).toMatch(/reads \/data\/reference\.fa, which lies elsewhere/)
    expect(notes).toMatch(/writes \/srv\/log, outside/)
    expect(notes).toMatch(/strace is not installed/)
    expect(notes).not.toMatch(/\.rc|scratch/)
  })

  test('sees how far it is, and what stays the same of what it prints', () => {
    const { draft } = propose({ stderr: '10%\r50.5 %\r100%\n', stdout: 'at 12:30\nAll is well\n' })
    expect(draft.watch).toEqual({ progress: { in: 'stderr', match: '(?<percent>\\d+(?:\\.\\d+)?) ?%' } })
    expect(draft.tests).toEqual([{ run: {}, expect: { printed: { contains: 'All is well' } } }])
    expect(expectedOf('1 2\n3 4\n')).toEqual({ size: '1B..' })
    expect(propose({ stderr: '90% 10% 50%' }).draft.watch).toBeUndefined()
  })

  test('is a description, whatever the words', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }).filter(text => !/[\n\r\0]/.test(text)),
      fc.constantFrom('-o', '--x=', '--in=a.txt', 'a.txt', 'b.out', '-3', '1e5', '{x}', "it's", '-e', 'a b'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), words => {
        const { draft } = propose({ argv: ['prog', ...words], reads: here('a.txt'), writes: here('b.out') })
        expect(readDescription(writeDraft(draft, 'a test'), 'application.yaml').name).toBe('prog')
      }),
    )
  })
})

describe('a trace', () => {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  const opened = (path: string, how: string, result = '3', from = '/w'): string =>
    `openat(AT_FDCWD<${hex(from)}>, "${hex(path)}", ${how}) = ${result}`

  test('tells what was read and written, renamed and relative to where', () => {
    expect(
      readTrace(
        [
          opened('in put', 'O_RDONLY|O_CLOEXEC'),
          opened('none', 'O_RDONLY', '-1 ENOENT (No such file or directory)'),
          opened('sub', 'O_RDONLY|O_DIRECTORY'),
          opened('tmp', 'O_WRONLY|O_CREAT, 0666'),
          `rename("${hex('tmp')}", "${hex('out')}") = 0`,
          opened('out', 'O_RDONLY'),
          opened('deep', 'O_RDWR', '4', '/w/sub'),
          `chdir("${hex('/elsewhere')}") = 0`,
          `creat("${hex('made')}", 0644) = 5`,
          'connect(3<...>, {sa_family=AF_UNIX, sun_path="x"}, 110) = 0',
          '+++ exited with 0 +++',
        ],
        '/w',
      ),
    ).toEqual({ read: ['/w/in put'], written: ['/w/out', '/w/sub/deep', '/elsewhere/made'], connects: false })
  })

  test('tells that somebody was called, whether they answered or not', () => {
    for (const result of ['0', '-1 EINPROGRESS (Operation now in progress)', '-1 ECONNREFUSED (Connection refused)'])
      expect(
        readTrace([`connect(5<x>, {sa_family=AF_INET6, sin6_port=htons(1)}, 16) = ${result}`], '/w').connects,
      ).toBe(true)
  })

  test('may be anything', () => {
    fc.assert(fc.property(fc.array(fc.string()), lines => void readTrace(lines, '/w')))
  })
})
