import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTarget } from '../../../src/container/exchange.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 2000)

test('a request target is taken apart, or is none; nothing else becomes of it', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    '%2e',
    '%2F',
    '%00',
    '%',
    '%e9',
    '%c3%a9',
    '?',
    '#',
    'a',
    'services',
    '\\',
    ' ',
  )
  const target = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(piece, { maxLength: 30 }).map(all => all.join('')),
  )
  fc.assert(
    fc.property(target, text => {
      const parsed = parseTarget(text)
      if (parsed === undefined) return
      expect(text.startsWith('/')).toBe(true)
      // What is put together again from the segments is the path that came.
      const [path = ''] = text.split('?', 1)
      const again = parsed.segments.map(encodeURIComponent).join('/')
      const given = path
        .slice(1)
        .replace(/\/$/, '')
        .split('/')
        .map(decodeURIComponent)
        .map(encodeURIComponent)
        .join('/')
      expect(again).toBe(given)
    }),
    { numRuns },
  )
})

test('a target that is too long is none', () => {
  expect(parseTarget(`/${'a'.repeat(9000)}`)).toBeUndefined()
})
