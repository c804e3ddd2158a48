import { describe, expect, it } from 'vitest'
import { checkInputs } from '../../../src/application/input-check.ts'
import { applicationOf } from './sample-description.ts'

const application = applicationOf(`command: prog [{n} {x} {s} {t} {b} {c} {l} {p} {q} {r} {custom} {f} {fs}]
inputs:
  n: {type: integer, range: 1..100, optional: true}
  x: {type: number, range: 0..1, unit: rad, default: 0.5}
  s: {type: string, optional: true}
  t: {type: text, optional: true, length: ..10}
  b: {type: boolean, default: false}
  c: {type: choice, values: {three_d: 3d, flat: 2d}, default: flat}
  l: {type: number, many: 2..3, optional: true}
  p: {type: string, pattern: '-?[a-z]+', optional: true, length: 2..4}
  q: {type: integer, optional: true}
  r: {type: integer, optional: true}
  custom: {type: integer, when: c=three_d}
  f: {type: file, optional: true, size: ..1KB}
  fs: {type: file, many: 1..3, name: '*.fits', optional: true}
rules: [at most one of: [q, r]]
outputs: {made: made.fits, log: stdout}`)

const file = (text: string, name?: string) => ({ file: { kind: 'text', text }, name })
const problems = (raw: Record<string, unknown>): string[] =>
  checkInputs(application, raw).problems.map(p => `${p.input}${p.value === undefined ? '' : `=${p.value}`} ${p.rule}`)

describe('good values', () => {
  it('get their defaults', () => {
    expect(checkInputs(application, {})).toEqual({ values: { x: 0.5, b: false, c: 'flat' }, problems: [] })
  })
  it('are taken as they are, a number for an integer and a single value for a list included', () => {
    const raw = {
      n: 7,
      x: 1n,
      s: 'é',
      t: 'a\nb',
      c: 'three_d',
      custom: 9007199254740993n,
      l: [1, 2],
      p: '-ab',
      f: file('x', 'a.txt'),
    }
    const { values, problems: wrong } = checkInputs(application, raw)
    expect(wrong).toEqual([])
    expect(values).toMatchObject({ n: 7n, x: 1, custom: 9007199254740993n, l: [1, 2], c: 'three_d' })
    expect(checkInputs(application, { fs: file('x', 'a.fits') }).values['fs']).toEqual([file('x', 'a.fits')])
  })
})

describe('problems', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ treshold: 1 }, 'treshold sample has no input of this name'],
    [{ custm: 1 }, 'custm sample has no input of this name; did you mean custom?'],
    [{ n: 0 }, 'n=0 must be 1 to 100'],
    [{ n: 1.5 }, 'n=1.5 must be an integer'],
    [{ n: '7' }, 'n=7 must be an integer'],
    [{ q: 2n ** 63n }, 'q=9223372036854775808 must be an integer of at most 64 bits'],
    [{ x: 2 }, 'x=2 must be 0 to 1 rad'],
    [{ x: Number.NaN }, 'x=NaN must be a finite number'],
    [{ x: Number.POSITIVE_INFINITY }, 'x=Infinity must be a finite number'],
    [{ x: 9007199254740993n }, 'x=9007199254740993 must be a number'],
    [{ s: 'a\nb' }, 's=a\ufffdb must be one line'],
    [{ s: 'a\u2028b' }, 's=a\ufffdb must be one line'],
    [{ s: 'a\0b' }, 's=a\ufffdb must not hold control characters (U+0000)'],
    [{ s: 'a\u0085b' }, 's=a\ufffdb must not hold control characters (U+0085)'],
    [{ s: '\ud800' }, 's=\ufffd must be whole characters (it holds a lone surrogate)'],
    [{ s: '-rf' }, 's=-rf must not begin with - (a program would take it for an option)'],
    [{ s: 'x'.repeat(1001) }, `s=${'x'.repeat(57)}... must have at most 1000 characters, and has 1001`],
    [{ s: 3 }, 's=3 must be a text'],
    [{ t: 'x'.repeat(11) }, 't=xxxxxxxxxxx must have at most 10 characters, and has 11'],
    [{ t: 'x'.repeat(2 ** 20 + 1) }, `t=${'x'.repeat(57)}... must be at most 1.0 MB`],
    [{ t: 'a\0' }, 't=a\ufffd must not hold control characters (U+0000)'],
    [{ b: 'yes' }, 'b=yes must be true or false'],
    [{ c: '3d' }, 'c=3d must be one of the accepted values'],
    [{ c: 'flt' }, 'c=flt must be one of the accepted values; did you mean flat?'],
    [{ l: [1] }, 'l takes 2 to 3 values, and 1 were given'],
    [{ l: [1, 'x'] }, 'l=x must be a number (element 2)'],
    [{ n: [1, 2] }, 'n takes one value, and 2 were given'],
    [{ p: 'AB' }, 'p=AB must be like -?[a-z]+'],
    [{ p: 'a' }, 'p=a must have 2 to 4 characters, and has 1'],
    [{ custom: 1 }, 'custom is taken only when c=three_d'],
    [{ c: 'three_d' }, 'custom is missing, and wanted when c=three_d'],
    [{ q: 1, r: 2 }, 'q give at most one of q, r; q, r were given'],
    [{ f: 'path' }, 'f=path must be a file'],
    [{ f: { file: '/etc/passwd' } }, 'f=a file must be a file'],
    [{ f: file('x'.repeat(1001), 'a') }, 'f=a must have at most 1.0 KB, and has 1.0 KB'],
    [{ fs: [file('x', 'a.txt')] }, 'fs=a.txt must be called like *.fits (element 1)'],
    [
      { fs: [file('x', '-a.fits')] },
      'fs=-a.fits must have a name of letters, digits and . _ + - that begins with a letter, a digit or _ (at most 100) (element 1)',
    ],
    [
      { fs: [file('x', '@a.fits')] },
      'fs=@a.fits must have a name of letters, digits and . _ + - that begins with a letter, a digit or _ (at most 100) (element 1)',
    ],
    [{ fs: [file('x', '.fits')] }, 'fs=.fits must be called like *.fits (element 1)'],
    [
      { fs: [file('x', 'a.fits'), file('y', 'b/a.fits')] },
      'fs=a.fits two files of the same name were given; rename one',
    ],
    [
      { fs: [file('x', 'made.fits')] },
      'fs=made.fits the name is that of a file the program reads or writes; rename the file',
    ],
  ])('%o', (raw, expected) => {
    expect(problems(raw)).toEqual([expected])
  })

  it('come all at once, with what is accepted', () => {
    const { problems: all } = checkInputs(application, { n: 0, x: 'a', c: 'z', zz: 1, l: [] })
    expect(all.map(p => p.input).toSorted()).toEqual(['c', 'l', 'n', 'x', 'zz'])
    expect(all.find(p => p.input === 'c')?.accepted).toEqual(['three_d', 'flat'])
  })

  it('does not take what an object inherits for a value', () => {
    expect(problems(Object.create({ n: 0 }) as Record<string, unknown>)).toEqual([])
    expect(problems(JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, unknown>).length).toBe(2)
  })

  it('asks for what is missing, unless none is wanted', () => {
    const strict = applicationOf(
      'command: prog {a} [{l}]\ninputs: {a: {type: choice, values: [u, v]}, l: {type: number, many: 0..3}}',
    )
    expect(checkInputs(strict, {}).problems).toEqual([{ input: 'a', rule: 'is missing', accepted: ['u', 'v'] }])
    expect(checkInputs(strict, { a: 'u', l: [] }).problems).toEqual([])
  })

  it('knows the three rules', () => {
    const ruled = applicationOf(`command: prog [{a}] [{b}] [{d}] [{e}] [g? -g]
inputs: {a: {type: integer, optional: true}, b: {type: integer, optional: true}, d: {type: integer, optional: true}, e: {type: integer, optional: true}, g: {type: boolean, default: false}}
rules: [one of: [a, b, g], all or none of: [d, e]]`)
    const told = (raw: Record<string, unknown>) => checkInputs(ruled, raw).problems.map(p => p.rule)
    expect(told({ a: 1 })).toEqual([])
    expect(told({ g: true })).toEqual([])
    expect(told({})).toEqual(['give exactly one of a, b, g; none was given'])
    expect(told({ a: 1, b: 2 })).toEqual(['give exactly one of a, b, g; a, b were given'])
    expect(told({ a: 1, d: 2 })).toEqual(['give all of d, e, or none; d was given'])
  })
})
