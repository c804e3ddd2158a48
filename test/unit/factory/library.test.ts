import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateSize, parseSize } from '../../../src/application/library/size-expression.ts'
import { fromBytes, reordered, toBytes } from '../../../src/factory/library/array-bytes.ts'

describe('sizes', () => {
  const numbers = { n: 3, m: 4 }
  const come = (text: string): number | undefined => {
    const parsed = parseSize(text)
    return parsed === undefined
      ? undefined
      : evaluateSize(
          parsed,
          name => numbers[name as 'n'],
          name => (name === 'x' ? 12 : undefined),
        )
  }

  test.each([
    ['5', 5],
    ['n', 3],
    ['size(x)', 12],
    ['2*n + 1', 7],
    ['n - m * 2', -5],
    ['(n + 1) * (m - 2)', 8],
    ['size(x) - n - m', 5],
  ])('%s is %i', (text, value) => expect(come(text)).toBe(value))

  test.each(['', '+', 'n +', 'size(', 'size()', 'n m', '1.5', 'sizeof(x)', 'n/2', '(n', 'a;b', '9'.repeat(13)])(
    '%j is none',
    text => expect(parseSize(text)).toBeUndefined(),
  )

  test('of any text are read, or not, and never throw', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), text => void parseSize(text)))
    fc.assert(
      fc.property(fc.nat(3000), depth => void parseSize(`${'('.repeat(depth)}n${')'.repeat(depth)}`)),
      { numRuns: 20 },
    )
  })
})

describe('arrays', () => {
  test('of every type come back as they went', () => {
    expect(fromBytes(toBytes([1, -0.5, Number.MAX_VALUE], 'double'), 'double')).toEqual([1, -0.5, Number.MAX_VALUE])
    expect(fromBytes(toBytes([-1n, 2n ** 62n], 'int64'), 'int64')).toEqual([-1n, 2n ** 62n])
    expect(fromBytes(toBytes([255n, 0n], 'uint8'), 'uint8')).toEqual([255n, 0n])
    expect(fromBytes(toBytes([-32768n], 'int16'), 'int16')).toEqual([-32768n])
  })

  test('have the first index fastest where the library wants that, and come back', () => {
    const rows = toBytes([1n, 2n, 3n, 4n, 5n, 6n], 'int32')
    expect(fromBytes(reordered(rows, 4, [2, 3]), 'int32')).toEqual([1n, 4n, 2n, 5n, 3n, 6n])
    const extents = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(extents, shape => {
        const total = shape.reduce((product, one) => product * one, 1)
        const bytes = toBytes(
          Array.from({ length: total }, (_, i) => BigInt(i)),
          'int32',
        )
        expect(reordered(reordered(bytes, 4, shape), 4, shape.toReversed())).toEqual(bytes)
      }),
    )
  })
})
