import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didYouMean } from '../../../src/core/did-you-mean.ts'
import { GridwrapError, toFault } from '../../../src/core/errors.ts'
import { base32, isId, newId } from '../../../src/core/ids.ts'
import { clark, fromClark } from '../../../src/core/qname.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../src/core/quantities.ts'

describe('ids', () => {
  test('are 128 bits in lower-case base32', () => {
    const ids = new Set(Array.from({ length: 1000 }, newId))
    expect(ids.size).toBe(1000)
    expect([...ids].every(isId)).toBe(true)
    expect(base32(Buffer.from('foobar'))).toBe('mzxw6ytboi')
  })

  test.each(['', 'ABC', 'a'.repeat(27), '../aaaaaaaaaaaaaaaaaaaaaaa', '10189999999999999999999999'])(
    '%j is none',
    text => expect(isId(text)).toBe(false),
  )
})

describe('quantities', () => {
  test.each([
    ['90s', 90],
    ['30m', 1800],
    ['7d', 604_800],
    ['1.5h', 5400],
    ['7 days', undefined],
    ['-1s', undefined],
    ['', undefined],
  ])('the duration %j', (text, seconds) => expect(parseDuration(text)).toBe(seconds))
  test.each([
    ['1KB', 1000],
    ['1.5MiB', 1_572_864],
    ['4GB', 4e9],
    ['4gb', undefined],
    ['lots', undefined],
  ])('the size %j', (text, bytes) => expect(parseSize(text)).toBe(bytes))
  test('are told as people read them', () => {
    expect([formatSize(999), formatSize(1500), formatSize(2.5e12)]).toEqual(['999 B', '1.5 KB', '2.5 TB'])
    expect([formatDuration(59), formatDuration(250), formatDuration(7300), formatDuration(90_000)]).toEqual([
      '59 s',
      '4 min 10 s',
      '2 h 1 min',
      '1 d 1 h',
    ])
  })
})

describe('did you mean', () => {
  test.each([
    ['gapopn', 'gapopen'],
    ['GAPOPEN', 'gapopen'],
    ['gpaopen', 'gapopen'],
    ['zzz', undefined],
    ['', undefined],
  ])('%j', (word, meant) =>
    expect(
      didYouMean(
        word,
        ['gapopen', 'gapextend', 'a'].filter(one => one.length > 1),
      ),
    ).toBe(meant),
  )
  test('never takes long, and only says what there is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), fc.array(fc.string({ maxLength: 80 })), (word, candidates) => {
        const meant = didYouMean(word, candidates)
        expect(meant === undefined || candidates.includes(meant)).toBe(true)
      }),
    )
  })
})

test('Clark names come back as they were', () => {
  fc.assert(
    fc.property(fc.webUrl(), fc.stringMatching(/^[a-z]+$/), (namespace, local) => {
      expect(fromClark(clark({ namespace, local }))).toEqual({ namespace, local })
    }),
  )
})

describe('the funnel of errors', () => {
  test('lets through what may be told', () => {
    const error = new GridwrapError('denied', 'no')
    expect(toFault(error)).toBe(error)
  })

  test.each([new Error('/secret/path'), 'text', null, undefined, { code: 'denied' }])(
    'hides %j behind an incident id',
    thrown => {
      const fault = toFault(thrown)
      expect(fault.code).toBe('internal')
      expect(fault.message).not.toContain('secret')
      expect(isId(fault.detail.incident ?? '')).toBe(true)
      expect(fault.cause).toBe(thrown)
    },
  )
})
