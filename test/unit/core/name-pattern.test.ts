import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesPath, mayHoldMatches } from '../../../src/core/name-pattern.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)

describe('a pattern', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/', '.'), maxLength: 12 })
  test('matches as the regular expression of it does', () => {
    fc.assert(
      fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 }), (pattern, path) => {
        const source = pattern
          .split('/')
          .map(
            part =>
              `${part.startsWith('.') ? '' : '(?!\\.)'}${part.replaceAll('.', '\\.').replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}`,
          )
        expect(matchesPath(pattern, path)).toBe(new RegExp(`^${source.join('/')}$`).test(path))
      }),
      { numRuns },
    )
  })

  test('looks into every directory that may hold a match', () => {
    fc.assert(
      fc.property(word, word, (pattern, path) => {
        fc.pre(path.includes('/') && matchesPath(pattern, path))
        expect(mayHoldMatches(pattern, path.slice(0, path.lastIndexOf('/')))).toBe(true)
      }),
      { numRuns: Math.min(numRuns, 200), maxSkipsPerRun: 10_000 },
    )
  })

  test('takes its time in proportion', () => {
    expect(matchesPath(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false)
    expect(matchesPath('d?mp.*', 'dump.001')).toBe(true)
    expect(matchesPath('*', 'a/b')).toBe(false)
  })
})
