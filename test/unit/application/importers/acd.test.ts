import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import { constantOf, parseAcdExpression } from '../../../../src/application/importers/acd/acd-expression.ts'
import { readAcd } from '../../../../src/application/importers/acd/acd-reader.ts'
import { importAcd } from '../../../../src/application/importers/acd/import-acd.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { ImportError } from '../../../../src/application/importers/import-error.ts'
import { checkInputs } from '../../../../src/application/input-check.ts'
import type { Application } from '../../../../src/application/model.ts'
import { planRun } from '../../../../src/application/run-plan.ts'
import { missing } from '../../../support/peer.ts'

const acdRoot = '/usr/share/EMBOSS/acd'

/** A program with these parameters, as a description that was written and read. */
function imported(parameters: string, databases: readonly string[] = []): Application {
  const draft = importAcd(
    `application: prog [ documentation: "Does it" groups: "A:B, C" ]\n${parameters}`,
    'prog.acd',
    { databases },
  )
  return readDescription(writeDraft(draft, 'prog.acd'), 'application.yaml')
}
const input = (application: Application, name: string): object | undefined =>
  application.inputs.find(one => one.name === name)
const file = (name: string) => ({ file: { kind: 'text' as const, text: '>a\nACGT' }, name })
const argv = (application: Application, given: Readonly<Record<string, unknown>>): readonly string[] => {
  const { values, problems } = checkInputs(application, given)
  expect(problems).toEqual([])
  return planRun(application, values).argv
}

describe('an ACD file', () => {
  it('is read as it is written: comments, lines, either quote, shortened words', () => {
    const text = `# a comment: [ "
appl: prog [ doc: 'It
   does it' GROUPS: "x" ]
section: input [ info: "Input" ]
  int: a [ def: 5 max: "9" ]  # behind
  variable: b "@($(a) == 5)"
endsection: input
outfile: o`
    const [application, section, a, b, o] = readAcd(text, 'x.acd')
    expect(application).toMatchObject({ type: 'application', name: 'prog', line: 2 })
    expect(application?.attributes.get('documentation')).toBe('It does it')
    expect(section).toMatchObject({ type: 'section', name: 'input' })
    expect([...(a?.attributes ?? [])]).toEqual([
      ['default', '5'],
      ['maximum', '9'],
    ])
    expect(a?.sections).toEqual(['input'])
    expect(b).toMatchObject({ type: 'variable', text: '@($(a) == 5)' })
    expect(o).toMatchObject({ type: 'outfile', name: 'o', sections: [] })
  })

  it.each([
    ['sequence: a [ ]', 'x.acd:1: a definition of a program begins with application:'],
    ['application: a [ x: "b ]', 'x.acd:1: the text that begins here with " has no end'],
    ['application: a [ ]\napplication: b [ ]', 'a second application'],
    ['application: a [ ]\nint: b [ ]\nint: B [ ]', 'b is defined twice'],
    ['application: a [ ]\nsection: s [ ]', 'the section s has no end'],
    ['application: a [ ]\nendsection: s', 'endsection: s ends nothing'],
    ['application: a [ x "b" ]', 'behind x a colon is missing'],
    ['application: a [ x: ]', 'the value of x of a is missing'],
    ['application: a [ x: y', 'an attribute of a, or ] is wanted, and it ends there'],
    ['', 'it defines nothing'],
    [`application: a [ ]\n${'int: b [ ]\n'.repeat(2)}`, 'x.acd:3: b is defined twice'],
  ])('is refused with the line: %j', (text, message) => {
    expect(() => readAcd(text, 'x.acd')).toThrow(ImportError)
    expect(() => readAcd(text, 'x.acd')).toThrow(message)
  })
})

test.each([
  ['10.0', '10.0'],
  ['@($(acdprotein)? 10.0 : 10.0 )', '10.0'],
  ['@($(acdprotein)? 10.0 : 5.0 )', undefined],
  ['@($(a)?@($(b)?1:1):1)', '1'],
  ['$(a)', undefined],
  ['@(((', undefined],
  [`${'@('.repeat(1000)}1${')'.repeat(1000)}`, undefined],
])('the constant in %j', (text, constant) => {
  expect(constantOf(parseAcdExpression(text))).toBe(constant)
})

describe('a parameter', () => {
  it('that is a number has its bounds and its default, where they are the same for everybody', () => {
    const application = imported(`float: a [ minimum: "1.0" maximum: "100.0" default: "@($(acdprotein)? 10.0 : 10.0 )" ]
      integer: b [ minimum: "@($(a) + 1)" default: "@($(a) * 2)" ] integer: c [ minimum: "3" ]`)
    expect(input(application, 'a')).toMatchObject({ type: 'number', range: { min: 1, max: 100 }, default: 10 })
    expect(input(application, 'b')).toMatchObject({ type: 'integer', range: undefined, optional: true })
    expect(input(application, 'c')).toMatchObject({ range: { min: 3n }, default: undefined, optional: true })
    expect(argv(application, { a: 5, c: 4n })).toEqual(['prog', '-auto', '-a=5', '-c=4'])
  })

  it('that is a list takes its codes, and its default is found by its label', () => {
    const application = imported(`list: a [ values: "0:Standard;11:Bacterial" default: "Bact" ]
      list: b [ values: "x,y,z" delimiter: "," minimum: "1" maximum: "2" default: "x,y" ]
      selection: c [ values: "In;Out" default: "Out" ]`)
    expect(input(application, 'a')).toMatchObject({ default: '11', help: '0: Standard; 11: Bacterial' })
    expect(input(application, 'b')).toMatchObject({ default: ['x', 'y'], many: { min: 1, max: 3 } })
    expect(argv(application, { b: ['z', 'x'] })).toEqual(['prog', '-auto', '-a=11', '-b=z,x', '-c=Out'])
  })

  it('that depends on another one is taken only then, through variables', () => {
    const application = imported(`toggle: plot [ default: "N" ]
      list: mode [ values: "f:fast;s:slow" default: "f" ]
      variable: slow "@($(mode) == s)"
      integer: a [ additional: "$(plot)" ] integer: b [ standard: "@(!$(plot))" ] integer: c [ additional: "$(slow)" ]
      integer: d [ additional: "@($(acdprotein) & $(slow))" ] integer: e [ additional: "@($(acdprotein) | $(slow))" ]`)
    const when = (name: string): unknown => application.inputs.find(one => one.name === name)?.when
    expect(when('a')).toEqual({ input: 'plot', negated: false, equals: undefined })
    expect(when('b')).toEqual({ input: 'plot', negated: true, equals: undefined })
    expect(when('c')).toEqual({ input: 'mode', negated: false, equals: 's' })
    expect(when('d')).toEqual({ input: 'mode', negated: false, equals: 's' })
    expect(when('e')).toBeUndefined()
  })

  it('that is a sequence has its format said, and is a file, an entry, some entries of a file, or several of them', () => {
    const application = imported('seqall: s [ parameter: "Y" ]', ['tsw', 'tembl'])
    expect(argv(application, { s: file('a.fa') })).toEqual(['prog', '-auto', '-s=s.fa', '-sformat_s=fasta'])
    expect(argv(application, { s: file('a.fa'), s_only: 'x*', s_format: 'embl' })).toEqual([
      'prog',
      '-auto',
      '-s=s.fa:x*',
      '-sformat_s=embl',
    ])
    expect(argv(application, { s_entry: 'tsw:hba_human', s_sbegin: -5n })).toEqual([
      'prog',
      '-auto',
      '-s=tsw:hba_human',
      '-sbegin_s=-5',
    ])
    const { values } = checkInputs(application, { s_files: [file('a.fa'), file('b.embl')] })
    const plan = planRun(application, values)
    expect(plan.argv).toEqual(['prog', '-auto', '-s=@s_files.list'])
    expect(plan.writtenFiles[0]?.content).toBe('fasta::s_files-0001.fa\nfasta::s_files-0002.embl\n')
    expect(checkInputs(application, {}).problems).toMatchObject([{ rule: expect.stringContaining('one of') }])
  })

  it.each([
    ...[
      'asis::ACGT',
      'list:x',
      '@x',
      'tsw:a|',
      'sh -c x |',
      '/etc/passwd',
      'other:a',
      'tsw::x',
      'tsw:../x',
      'tsw-{a | b',
      '',
    ],
    'tsw:a\nlist:b',
  ])('is no way to anything but the databases: %j', entry => {
    const application = imported('seqall: s [ parameter: "Y" ]', ['tsw'])
    expect(checkInputs(application, { s_entry: entry }).problems).not.toEqual([])
    expect(checkInputs(application, { s_entries: ['tsw:a', entry] }).problems).not.toEqual([])
  })

  it.each(['list', 'lis', 'li', 'l', 'List', 'LIST'])(
    'whose format is %s would be read as addresses of anything, and is refused',
    format => {
      const application = imported('seqall: s [ parameter: "Y" ] features: f [ ] obo: o [ ]')
      for (const name of ['s', 'f', 'o'])
        expect(checkInputs(application, { s: file('a'), [`${name}_format`]: format }).problems).toMatchObject([
          { input: `${name}_format` },
        ])
      expect(checkInputs(application, { s: file('a'), s_format: 'fasta' }).problems).toEqual([])
    },
  )

  it('that is an entry of any database is no list, and no program', () => {
    const application = imported('url: u [ parameter: "Y" ] seqall: s [ ]')
    for (const entry of ['list:a', 'List:a', 'LIS:a', 'x:a|'])
      expect(checkInputs(application, { u_entry: entry }).problems).toMatchObject([{ input: 'u_entry' }])
    expect(
      checkInputs(application, { u_entry: 'pseudocap:PA3363', s: file('a'), s_only: 'x|' }).problems,
    ).toMatchObject([{ input: 's_only' }])
  })

  it('that is a result is a file, whose own condition says whether it is written', () => {
    const application = imported(`toggle: plot [ default: "N" ] outfile: o [ parameter: "Y" extension: "tab" ]
      report: r [ nullok: "Y" nulldefault: "$(plot)" ] outfile: n [ nullok: "Y" nulldefault: "Y" ] outfile: m [ nullok: "Y" ]
      xygraph: g [ standard: "$(plot)" ] outdir: d [ ]`)
    expect(argv(application, {})).toEqual([
      'prog',
      '-auto',
      '-plot=false',
      '-o=o.tab',
      '-r=r.txt',
      '-m=m.txt',
      '-g=png',
      '-goutfile_g=g_image-',
      '-d=d',
    ])
    const given = { plot: true, n_wanted: true, m_wanted: false, r_format: 'gff' }
    expect(argv(application, given)).toEqual([
      ...['prog', '-auto', '-plot=true', '-o=o.tab', '-rformat_r=gff', '-n=n.txt', '-nom'],
      ...['-g=png', '-goutfile_g=g_image-', '-d=d'],
    ])
    expect(application.outputs.map(({ name, optional }) => [name, optional])).toEqual([
      ...[
        ['o', false],
        ['r', true],
        ['n', true],
        ['m', true],
        ['g_image', true],
        ['d', true],
        ['printed', true],
      ],
    ])
  })

  it('whose name nobody can write gets another one, and that is told', () => {
    const text = 'application: prog [ ]\nstring: in [ ] integer: status [ ] integer: match [ ]'
    const { notes, inputs } = importAcd(text, 'prog.acd')
    expect(Object.keys(inputs)).toEqual(['in_', 'status_', 'match_'])
    expect(notes).toEqual(['in', 'status', 'match'].map(name => expect.stringContaining(`${name} is called ${name}_`)))
  })

  it('of a type that is not known is left out, and that is told', () => {
    expect(importAcd('application: prog [ ]\nwotsit: a [ ]', 'prog.acd').notes).toEqual([
      'a: its type wotsit is not known here; it is left out.',
    ])
  })
})

const hasEmboss = existsSync(acdRoot) || missing('EMBOSS is not installed, and a test needs it; see CONTRIBUTING.md.')

test.skipIf(!hasEmboss)('every program of EMBOSS becomes a description that can be read', () => {
  const files = readdirSync(acdRoot).filter(name => name.endsWith('.acd'))
  expect(files.length).toBeGreaterThan(250)
  for (const name of files) {
    const draft = importAcd(readFileSync(join(acdRoot, name), 'latin1'), name, { databases: ['tsw'] })
    const application = readDescription(writeDraft(draft, name), name)
    expect(application.inputs.map(one => one.name)).toEqual(Object.keys(draft.inputs))
    expect(draft.notes.filter(note => note.includes('left out'))).toEqual([])
  }
})

test('text cut and spliced anywhere is read or refused with ImportError, and what is read can be written', () => {
  const whole = `application: prog [ documentation: "Does it" ]
section: input [ information: "x" type: "page" ]
  seqall: s [ parameter: "Y" type: "@($(acdprotein) ? stopprotein : nucleotide)" ]
  list: a [ additional: "@(!$(b))" values: "x:one;y:two" default: "x" delimiter: ";" codedelimiter: ":" ]
  toggle: b [ default: "N" ] integer: c [ minimum: "1" maximum: "@($(d) + 1)" ] float: d [ standard: "$(v)" ]
  variable: v "@($(a) == x)"
endsection: input
report: outfile [ nullok: "@($(b))" nulldefault: "$(b)" rformat: "table" ]`
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(whole.length),
          fc.nat(40),
          fc.constantFrom('', '"', '[', ']', ':', '@(', '$(', ')', '\0', 'é', '\n'),
        ),
        {
          maxLength: 6,
        },
      ),
      cuts => {
        const text = cuts.reduce((left, [at, length, put]) => left.slice(0, at) + put + left.slice(at + length), whole)
        try {
          expect(writeDraft(importAcd(text, 'x.acd'), 'x.acd')).toContain('gridwrap: 1')
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError)
        }
      },
    ),
    { numRuns: 500 },
  )
})
