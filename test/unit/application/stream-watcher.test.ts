import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Application, Values } from '../../../src/application/model.ts'
import { StreamLines } from '../../../src/application/stream-lines.ts'
import { StreamWatcher, type WatchEvent } from '../../../src/application/stream-watcher.ts'
import { applicationOf, fuzzCases } from './sample-description.ts'

const application = applicationOf(`command: prog {steps}
inputs: {steps: {type: integer, default: 200}}
outputs: {log: out.log}
watch:
  progress:
    - {in: stderr, match: '^-+ File (?<message>\\S+):'}
    - {in: stderr, match: 'line: +(?<done>\\d+) / (?<total>\\d+)'}
    - {in: stdout, match: '^step (?<done>\\d+)', of: steps}
    - {in: stdout, match: '^(?<percent>[\\d.]+)% (?<message>.*)'}
    - {in: stdout, match: 'still running'}
  success: {in: stdout, match: '^all done$'}
  error: {in: stderr, match: '^Error: (.*)', cause: input}
  warning: {in: stderr, match: '^Warning'}`)

function watched(
  stream: string,
  chunks: readonly (string | Uint8Array)[],
  values?: Values,
  of: Application = application,
): WatchEvent[] {
  const watcher = new StreamWatcher(of, stream, values)
  return [
    ...chunks.flatMap(chunk => watcher.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)),
    ...watcher.end(),
  ]
}

describe('StreamWatcher', () => {
  it('tells progress', () => {
    expect(watched('stderr', ['\u001b[1A-------- File e0.fits:\n\u001b[1M> Co-adding line:     36 / 144 \r'])).toEqual([
      { verb: 'progress', message: 'e0.fits' },
      { verb: 'progress', percent: 25 },
    ])
    expect(watched('stdout', ['step 50\nstep 900\n12.5% half way\nstill running\n'], { steps: 200n })).toEqual([
      { verb: 'progress', percent: 25 },
      { verb: 'progress', percent: 100 },
      { verb: 'progress', percent: 12.5, message: 'half way' },
      { verb: 'progress', message: 'still running' },
    ])
    expect(watched('stdout', ['step 50\n'])).toEqual([])
  })

  it('tells success, one error, and at most a hundred warnings', () => {
    expect(watched('stdout', ['all done\nall done'])).toEqual([{ verb: 'success', index: 5 }])
    expect(watched('stderr', ['Error: no such file\nError: another\n'])).toEqual([
      { verb: 'error', message: 'no such file', cause: 'input' },
    ])
    expect(watched('stderr', ['Warning one\r\n'.repeat(500)])).toHaveLength(100)
    expect(watched('log', ['Error: x\n'])).toEqual([])
  })

  it('reads what a terminal would have shown', () => {
    const lines = (...chunks: Uint8Array[]): string[] => {
      const found: string[] = []
      const reader = new StreamLines()
      for (const chunk of chunks) reader.feed(chunk, line => found.push(line))
      reader.end(line => found.push(line))
      return found
    }
    expect(lines(Buffer.from('a\rb\r\nc\n\nd'))).toEqual(['a', 'b', 'c', '', 'd'])
    expect(
      lines(Buffer.from('\u001b[31;1mred\u001b[0m \u001b]0;title\u0007x\u001b]8;;u\u001b\\y\u001b(B\u001b7z')),
    ).toEqual(['red xyz'])
    expect(lines(Buffer.from('\u001b]never closed\nnext'))).toEqual(['', 'next'])
    expect(lines(Buffer.from([0x61, 0xff, 0x62, 0xc3]), Buffer.from([0xa9, 0x0a]))).toEqual(['a\ufffdbé'])
    expect(lines(Buffer.from(`${'x'.repeat(100_000)}\ny`)).map(line => line.length)).toEqual([8192, 1])
  })

  it('tells the same whatever the chunks', () => {
    const pieces = fc.constantFrom(
      'step 50',
      'all done',
      'Error: é ',
      'Warning',
      '\r',
      '\n',
      '\r\n',
      '\u001b[1M',
      '\u001b]0;',
      '\u0007',
      '\u001b',
      '%',
      ' line: 3 / 9',
      'é',
      '\0',
      '7% x',
    )
    const bytes = fc.oneof(
      fc.array(pieces, { maxLength: 30 }).map(list => Buffer.from(list.join(''))),
      fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)),
    )
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.nat(40), { maxLength: 20 }),
        fc.constantFrom('stdout', 'stderr'),
        (whole, cuts, stream) => {
          const chunks: Uint8Array[] = []
          let at = 0
          for (const cut of cuts) {
            chunks.push(whole.subarray(at, at + cut))
            at += cut
          }
          chunks.push(whole.subarray(at))
          expect(watched(stream, chunks, { steps: 100n })).toEqual(watched(stream, [whole], { steps: 100n }))
        },
      ),
      { numRuns: fuzzCases },
    )
  }, 120_000)
})
