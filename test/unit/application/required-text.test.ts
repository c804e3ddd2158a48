import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileExpression, expressionProblem } from '../../../src/application/expression.ts'
import { requiredText } from '../../../src/application/required-text.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 2000)

describe('the text that every match holds', () => {
  test.each([
    ['# Score: (\\S+)', '# Score: '],
    ['^(?:Error|Died): (.*)', ': '],
    ['^> \\*Error\\*: (.*)', '> *Error*: '],
    ['Co-adding line: +(?<done>\\d+) / (?<total>\\d+)', 'Co-adding line: '],
    ['a+b', 'ab'],
    ['xa+b', 'xa'],
    ['ab*c', 'a'],
    ['ab{2}c', 'a'],
    ['a|b', ''],
    ['(a|b)', ''],
    ['[a|b]cd', 'cd'],
    ['[]x]yz', 'yz'],
    ['[[:alpha:]]yz', 'yz'],
    ['(?i)error', ''],
    ['\\d\\.\\d', '.'],
    ['\\Qa.b\\E', ''],
  ])('of %s is %j', (source, text) => expect(requiredText(source)).toBe(text))

  test('is in whatever matches', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      ' ',
      '.',
      '\\.',
      '\\d',
      '[ab]',
      '[^a]',
      '[]a]',
      '(a|b)',
      '(ab)',
      '(?:a)',
      '^',
      '$',
    )
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '+?', '{2}', '{0,1}'))
      .map(one => one.join(''))
    const expression = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))
    const either = fc.oneof(
      expression,
      fc.tuple(expression, expression).map(two => two.join('|')),
    )
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '1', ']'), maxLength: 14 })
    fc.assert(
      fc.property(either, fc.array(line, { minLength: 20, maxLength: 20 }), (source, lines) => {
        fc.pre(expressionProblem(source) === undefined)
        const required = requiredText(source)
        for (const one of lines)
          if (compileExpression(source).matcher(one).find()) expect(one, source).toContain(required)
      }),
      { numRuns },
    )
  })
})
