import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseByteRange } from '../../../src/files/byte-range.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)

describe('a byte range', () => {
  test.for([
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=0-', 10, { start: 0, end: 9 }],
    ['bytes=3-5', 10, { start: 3, end: 5 }],
    ['Bytes=3-500', 10, { start: 3, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-30', 10, { start: 0, end: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'whole'],
    ['bytes=99999999999999999999999-', 10, 'unsatisfiable'],
    ['bytes=0-99999999999999999999999', 10, { start: 0, end: 9 }],
    ['bytes=5-3', 10, 'whole'],
    ['bytes=99999999999999999999999-99999999999999999999998', 10, 'whole'],
    ['bytes=-', 10, 'whole'],
    ['bytes=', 10, 'whole'],
    ['bytes=0-1,3-4', 10, 'whole'],
    ['bytes=a-b', 10, 'whole'],
    ['bytes=-1-2', 10, 'whole'],
    ['items=0-1', 10, 'whole'],
    ['bytes 0-1', 10, 'whole'],
    [`bytes=0-${'1'.repeat(1000)}`, 10, 'whole'],
    [undefined, 10, 'whole'],
  ] as const)('%j of %i bytes', ([header, size, range]) => {
    expect(parseByteRange(header, size)).toEqual(range)
  })

  test('always lies inside the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.option(fc.bigInt({ min: 0n, max: 1n << 70n })), fc.option(fc.bigInt({ min: 0n, max: 1n << 70n })))
        .map(([a, b]) => `bytes=${a ?? ''}-${b ?? ''}`),
      fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => `bytes=${a}-${b}`),
    )
    fc.assert(
      fc.property(header, fc.nat(1000), (text, size) => {
        const range = parseByteRange(text, size)
        if (typeof range === 'string') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.start).toBeLessThanOrEqual(range.end)
        expect(range.end).toBeLessThan(size)
      }),
      { numRuns },
    )
  })
})
