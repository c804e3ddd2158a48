import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { checkInputs } from '../../../src/application/input-check.ts'
import type { Application } from '../../../src/application/model.ts'
import { planRun } from '../../../src/application/run-plan.ts'
import { applicationOf, described, fuzzCases, problemsOf } from './sample-description.ts'

const services = join(import.meta.dirname, '..', '..', '..', 'services')
const seeds = ['newstar', 'needle', 'swarp', 'source-extractor'].map(name =>
  readFileSync(join(services, name, 'application.yaml'), 'utf8'),
)
/** Milliseconds for all cases of one property, on a machine that is busy with other things. */
const campaign = 30_000 + 240 * fuzzCases
const fragments = [
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '\n',
  ' ',
  '"',
  "'",
  '|',
  '&a',
  '*a',
  '!x',
  '#',
  ',',
  '..',
  '{x}',
  '?',
  '\t',
  '\0',
  'é',
  '\ud800',
  'inputs',
  'type: file',
  '1e999',
  '<<',
  '__proto__',
]

/** Whatever the text: problems or an application, and in a number of steps that the text's size bounds. */
const survives = (text: string): void => {
  const problems = problemsOf(text)
  expect(problems.length).toBeLessThanOrEqual(50)
  for (const { line, column, message } of problems) {
    expect(line).toBeGreaterThan(0)
    expect(column).toBeGreaterThan(0)
    expect(message.length).toBeLessThan(2000)
  }
}

describe('readDescription throws nothing but DescriptionError', () => {
  it(
    'on shipped descriptions with something cut, put in or doubled',
    () => {
      const mutation = fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        drop: fc.nat(12),
        put: fc.constantFrom('', ...fragments),
      })
      fc.assert(
        fc.property(
          fc.constantFrom(...seeds),
          fc.array(mutation, { minLength: 1, maxLength: 5 }),
          (seed, mutations) => {
            let text = seed
            for (const { at, drop, put } of mutations) {
              const index = Math.floor(at * text.length)
              text = text.slice(0, index) + put + text.slice(index + drop)
            }
            survives(text)
          },
        ),
        { numRuns: fuzzCases },
      )
    },
    campaign,
  )

  it(
    'on text of any kind',
    () => {
      const soup = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 8 })), {
        maxLength: 60,
      })
      fc.assert(
        fc.property(soup, parts => survives(parts.join(''))),
        { numRuns: fuzzCases },
      )
    },
    campaign,
  )

  it(
    'on YAML of the right keys and any values',
    () => {
      const key = fc.constantFrom(
        'command',
        'inputs',
        'outputs',
        'files',
        'rules',
        'exit',
        'watch',
        'limits',
        'tests',
        'stdin',
        'keep',
        'type',
        'many',
        'range',
        'values',
        'default',
        'run',
        'expect',
        'match',
        'in',
        'one of',
        'x',
        'a',
      )
      const leaf = fc.oneof(
        fc.constantFrom(
          'file',
          'number',
          'choice',
          '1..5',
          '{x}',
          '[x? {a}]',
          '(.)',
          'stdout',
          '{x:5d}',
          true,
          3,
          null,
        ),
        fc.string({ maxLength: 10 }),
        fc.double(),
      )
      const tree = fc.letrec(tie => ({
        node: fc.oneof(
          { maxDepth: 5 },
          leaf,
          fc.array(tie('node'), { maxLength: 4 }),
          fc.dictionary(key, tie('node'), { maxKeys: 5 }),
        ),
      })).node
      fc.assert(
        fc.property(fc.dictionary(key, tree, { maxKeys: 8 }), body => {
          survives(described(stringify(body)))
        }),
        { numRuns: fuzzCases },
      )
    },
    campaign,
  )

  it('on what makes parsers slow', () => {
    const heavy = [
      '{a,',
      '[',
      '- ',
      '? ',
      '&a ',
      '"a" ',
      '\n',
      '#\n',
      'a: ',
      '---\n',
      '}',
      "'",
      '{x}',
      ' ',
      '\t',
      ': ',
      'a:\n',
      '|\n ',
      '!',
      '*a ',
    ]
    for (const piece of heavy) {
      survives(piece.repeat(Math.floor(250_000 / piece.length)))
      survives(described(`command: ${piece.repeat(2000)}`))
      survives(described(`files:\n  - a: |\n      ${piece.repeat(2000)}`))
    }
  }, 60_000)
})

describe('a value never makes or ends a word', () => {
  const application: Application =
    applicationOf(`command: prog {s} x={s}y "q {s}" [-t {t}] [-l {l}]... [-j {j}] {n} {f} [flag? -v]
inputs:
  s: {type: string, pattern: '(?s).*'}
  t: {type: text, optional: true}
  l: {type: string, many: 1..5, optional: true, pattern: '(?s).*'}
  j: {type: string, many: 1..5, join: ',', optional: true, pattern: '(?s).*'}
  n: {type: number}
  f: {type: file}
  flag: {type: boolean, default: false}`)

  it(
    'whatever it holds',
    () => {
      const nasty = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.constantFrom(
          '',
          ' ',
          "'",
          '"',
          '{s}',
          '[x? -v]',
          '-rf',
          '../..',
          ';',
          '$(id)',
          '`',
          '*',
          'a b',
          '%s',
          '\\',
          '-',
          '--',
          '=',
          '{{s}}',
          ']...',
        ),
      )
      const raw = fc.record(
        {
          s: nasty,
          t: nasty,
          l: fc.array(nasty, { minLength: 1, maxLength: 5 }),
          j: fc.array(nasty, { minLength: 1, maxLength: 5 }),
          n: fc.double(),
          f: fc.record({ file: fc.constant({ kind: 'text', text: '' }), name: fc.option(nasty, { nil: undefined }) }),
          flag: fc.boolean(),
        },
        { requiredKeys: ['s', 'n', 'f'] },
      )
      fc.assert(
        fc.property(raw, given => {
          const { values, problems } = checkInputs(application, given)
          if (problems.length > 0) return
          const { argv, inputFiles } = planRun(application, values)
          const list = given.l ?? []
          const expected = ['prog', given.s, `x=${given.s}y`, `q ${given.s}`]
          if (given.t !== undefined) expected.push('-t', given.t)
          expected.push(...list.flatMap(value => ['-l', value]))
          if (given.j !== undefined) expected.push('-j', given.j.join(','))
          expected.push(String(Object.is(given.n, -0) ? 0 : given.n))
          expect(argv.slice(0, expected.length)).toEqual(expected)
          expect(argv.length).toBe(expected.length + 1 + (given.flag === true ? 1 : 0))
          expect(inputFiles[0]?.name).toMatch(/^f(\.[A-Za-z0-9]{1,10})?$/)
          for (const word of argv) expect(word).not.toContain('\0')
        }),
        { numRuns: fuzzCases },
      )
    },
    campaign,
  )
})
