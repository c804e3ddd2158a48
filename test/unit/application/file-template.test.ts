import { describe, expect, it } from 'vitest'
import { checkInputs } from '../../../src/application/input-check.ts'
import { planRun } from '../../../src/application/run-plan.ts'
import { applicationOf, described, problemsOf } from './sample-description.ts'

const inputs = `inputs:
  x: {type: number, default: 1.5}
  n: {type: integer, default: 7}
  s: {type: string, default: abc}
  flag: {type: boolean, default: false}
  none: {type: number, optional: true}
  items: {type: number, many: 1..9, optional: true}
  names: {type: string, many: 1..9, join: ', ', optional: true}
  text: {type: text, optional: true}
  line: {type: text, pattern: '[^x]+', optional: true}
  f: {type: file, optional: true}
outputs: {result: out.txt}`.replace("join: ', '", "join: ','")

const body = (template: string, quote = 'none'): string =>
  `command: prog [{x} {n} {s} {flag} {none} {items} {names} {text} {line} {f}]\nfiles: [{conf: {template: ${JSON.stringify(template)}, quote: ${quote}}}]\n${inputs}`

function written(template: string, raw: Record<string, unknown> = {}, quote = 'none'): string | string[] {
  const application = applicationOf(body(template, quote))
  const { values, problems } = checkInputs(application, raw)
  if (problems.length > 0) return problems.map(problem => `${problem.input}: ${problem.rule}`)
  return planRun(application, values).writtenFiles[0]?.content ?? ''
}

const refusals = (template: string, quote = 'none'): string[] =>
  problemsOf(described(body(template, quote))).map(p => `${p.message}${p.hint === undefined ? '' : ` (${p.hint})`}`)

describe('lines', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['A {x}\nB {n}', {}, 'A 1.5\nB 7\n'],
    ['A {none}\nB', {}, 'B\n'],
    ['[section]\nA={x}', {}, '[section]\nA=1.5\n'],
    ['[none? N {none}]\n[!none? free]', {}, 'free\n'],
    ['[none? N {none}]\n[!none? free]', { none: 2 }, 'N 2\n'],
    ['[n=7? seven]', {}, 'seven\n'],
    ['  [flag? in]', { flag: true }, '  in\n'],
    ['V {items} end', { items: [1, 2.5] }, 'V 1 end\nV 2.5 end\n'],
    ['V {items} end', {}, ''],
    ['N {names}', { names: ['a', 'b'] }, 'N a,b\n'],
    ['{"a": {x}}', {}, '{"a": 1.5}\n'],
    ['{{x}} and {x}', {}, '{x} and 1.5\n'],
    ['IN {f} OUT {result}', { f: { file: { kind: 'text', text: '' } } }, 'IN f OUT out.txt\n'],
    ['head\n{text}\ntail', { text: 'a\n  b $(rm)\n' }, 'head\na\n  b $(rm)\ntail\n'],
    ['a\n\nb\n', {}, 'a\n\nb\n'],
  ])('%s', (template, raw, expected) => {
    expect(written(template, raw)).toBe(expected)
  })
})

describe('columns', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['{x:10.4f}|', {}, '    1.5000|\n'],
    ['{x:12.3e}|', { x: -6.02e23 }, '  -6.020e+23|\n'],
    ['{x:10.2e}|', {}, '  1.50e+00|\n'],
    ['{n:5d}{n:05d}|', { n: -42n }, '  -42-0042|\n'],
    ['{s:<8s}|{s:>8s}|', {}, 'abc     |     abc|\n'],
    ['{items:6.2f}|', { items: [1, -2] }, '  1.00|\n -2.00|\n'],
    ['{f:<12s}|', { f: { file: { kind: 'text', text: '' }, name: 'a.dat' } }, 'f.dat       |\n'],
  ])('%s', (template, raw, expected) => {
    expect(written(template, raw)).toBe(expected)
  })

  it('refuses a value that is too wide, and a number that would become zero', () => {
    expect(written('{x:6.2f}|', { x: 123456 })).toEqual(['x: is written as 123456.00, 9 characters; its column has 6'])
    expect(written('{x:6.2f}|', { x: 1e22 })).toEqual([expect.stringContaining('its column has 6')])
    expect(written('{x:6.2f}|', { x: 0.001 })).toEqual([
      'x: would be written as 0.00; its column keeps only 2 decimals',
    ])
    expect(written('{s:<2s}|', {})).toEqual(['s: is written as abc, 3 characters; its column has 2'])
  })

  it.each([
    ['{x:5d}', '":5d" cannot set x, which is a number (it takes integer)'],
    ['{x:f}', '":f" is no column format'],
    ['{s:5s}', '":5s" is no column format'],
    ['{x:300.2f}', 'is no column format'],
    ['{flag:<5s}', 'cannot set flag, which is a boolean'],
  ])('%s', (template, expected) => {
    expect(refusals(template).join()).toContain(expected)
  })
})

describe('a text that enters a file cannot leave its place', () => {
  const title = 'it\'s "<&> {x} $'
  it('is plain without quotes', () => {
    expect(written('T {s}', { s: 'A b-1.5_+,:/@=' })).toBe('T A b-1.5_+,:/@=\n')
    for (const s of ["it's", 'a;b', 'a"b', 'a#b', 'a{b', 'é', 'a\\b', 'a$b', 'a`b', 'a\tb'])
      expect(written('T {s}', { s })).toEqual([
        expect.stringMatching(/^s: (may hold only letters|must not hold control)/),
      ])
  })
  it('shares its line only with a pattern, and is held to what a string may hold then', () => {
    const long = 'ACGT'.repeat(2000)
    expect(written('T={line};', { line: long })).toBe(`T=${long};\n`)
    for (const line of ['a\nb', 'a\rb', "it's", 'a;b'])
      expect(written('T={line};', { line })).toEqual([expect.stringContaining('line: may hold only letters')])
    expect(written('{line}', { line: 'a\nb;' })).toBe('a\nb;\n')
  })
  it('is quoted as the language of the file wants it', () => {
    expect(written('t = {s}', { s: title }, 'fortran')).toBe("t = 'it''s \"<&> {x} $'\n")
    expect(written('{"t": {s}, "f": {flag}, "l": [{names}]}', { s: title, names: ['a', '"'] }, 'json')).toBe(
      '{"t": "it\'s \\"<&> {x} $", "f": false, "l": ["a","\\""]}\n',
    )
    expect(written('<t a="{s}">{s}</t>', { s: title }, 'xml')).toBe(
      '<t a="it&#39;s &#34;&#60;&#38;&#62; {x} $">it&#39;s &#34;&#60;&#38;&#62; {x} $</t>\n',
    )
    expect(written('l = {flag}, n = {n}', { flag: true }, 'fortran')).toBe('l = .true., n = 7\n')
    expect(written('{"t": {text}}', { text: 'a\nb' }, 'json')).toBe('{"t": "a\\nb"}\n')
  })
  it.each([
    [
      "t = '{s}'",
      'fortran',
      '{s} stands in quotes (quote: fortran writes the quotes of a value itself; leave them out)',
    ],
    ['"dir/{result}"', 'json', '{result} stands in quotes'],
    ['T {text}', 'none', 'text is a text of many lines and shares its line'],
    ['{text}', 'fortran', 'text is a text of many lines, which no Fortran string holds'],
    ['A [flag? x] B', 'none', '"[flag?" stands inside a line (in a file a condition takes the whole line: [x? text])'],
    ['[flg? x]', 'none', 'no input is called "flg" (did you mean flag?)'],
    ['A {xx}', 'none', '{xx} names no input and no output'],
    ['{s:<9s}', 'json', 'do not go together'],
  ])('%s in %s', (template, quote, expected) => {
    expect(refusals(template, quote).join()).toContain(expected)
  })
})
