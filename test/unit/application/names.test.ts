import { describe, expect, it } from 'vitest'
import { isSafeFileName, isSafePath, isSafePattern } from '../../../src/application/file-names.ts'
import { nameProblem, operationNameProblem } from '../../../src/application/names.ts'

describe('names', () => {
  it.each(['a', 'gapOpen', 'x_1', 'A', 'from_', 'value', 'data', 'x'.repeat(40)])('%s is good', name => {
    expect(nameProblem(name)).toBeUndefined()
  })
  it.each([
    '',
    '1a',
    '_a',
    'a-b',
    'a b',
    'ä',
    'x'.repeat(41),
    'lambda',
    'from',
    'in',
    'None',
    'class',
    'list',
    'register',
    'out',
    'final',
    'options',
    'status',
    'ran',
    'warning',
    'constructor',
    'toString',
    '__proto__',
  ])('%j is refused with another name to take', name => {
    expect(nameProblem(name)).toMatch(/write|at most 40/)
  })
  it('keeps operations from the methods of every object', () => {
    for (const name of [
      'wait',
      'notify',
      'notifyAll',
      'getClass',
      'clone',
      'finalize',
      'toString',
      'hashCode',
      'equals',
    ])
      expect(operationNameProblem(name)).toContain('do_')
    expect(operationNameProblem('solve')).toBeUndefined()
    expect(nameProblem('wait')).toBeUndefined()
  })
})

describe('file names', () => {
  it('cannot be options, lists, queries or climb', () => {
    for (const name of ['a', 'e0.fits', 'A_b+c-1.x', '_x', '0']) expect(isSafeFileName(name)).toBe(true)
    for (const name of [
      '',
      '.',
      '..',
      '.x',
      '-rf',
      '@list',
      'asis::x',
      'a b',
      'a/b',
      'a\\b',
      'a\nb',
      'é',
      '~',
      'a'.repeat(101),
    ])
      expect(isSafeFileName(name)).toBe(false)
    expect(isSafePath('a/b/c.txt')).toBe(true)
    for (const path of ['/a', 'a/', 'a//b', '../a', 'a/../b', 'a/b/c/d/e']) expect(isSafePath(path)).toBe(false)
    expect(isSafePattern('frames/*.png')).toBe(true)
    for (const pattern of ['a', '../*', '/*', 'a[1]*', '.*']) expect(isSafePattern(pattern)).toBe(false)
  })
})
