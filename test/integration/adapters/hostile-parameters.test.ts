import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDescription } from '../../../src/application/description.ts'
import { checkInputs } from '../../../src/application/input-check.ts'
import type { FileValue, Values } from '../../../src/application/model.ts'
import { type RunPlan, renderRun } from '../../../src/application/run-plan.ts'
import { attemptHere } from '../../../src/cli/local-attempt.ts'

/** Writes down what it was given: its words, and every file below its directory with its content. */
const dump = `const fs = require('fs'), path = require('path')
const files = {}
const walk = at => fs.readdirSync(at, { withFileTypes: true }).forEach(one => {
  const name = path.join(at, one.name)
  if (one.isDirectory()) walk(name)
  else files[name] = one.isFile() ? fs.readFileSync(name, 'base64') : 'no plain file'
})
walk('.')
fs.writeFileSync('seen.json', JSON.stringify({ words: process.argv.slice(2), files, input: fs.readFileSync(0, 'utf8') }))`

const description = `gridwrap: 1
name: dump
title: Writes down what it was given
command: ${process.execPath} dump.cjs -- {s} --p={p} [-t {t}] [-i {i}] [-n{n}] {c} [b? -b] [{l}] [-e {e}]... [-j {j}] [{f}] [-k {k}] [-m {m}] [-d {d}]
stdin: |
  {s}
  [b? on]
inputs:
  s: {type: string}
  p: {type: string, pattern: '.*', length: 0..1000}
  t: {type: text, optional: true}
  i: {type: integer, optional: true}
  n: {type: number, optional: true}
  c: {type: choice, values: {one: --one, two: "a b"}, default: one}
  b: {type: boolean, default: false}
  l: {type: string, many: 0..5}
  e: {type: string, many: 0..5}
  j: {type: string, many: 0..5, join: ','}
  f: {type: file, optional: true}
  k: {type: file, name: '*.dat', optional: true}
  m: {type: file, many: 0..3}
  d: {type: directory, many: 0..3}
files: [{dump.cjs: ${JSON.stringify(dump).replaceAll('{', '{').replaceAll('}', '}')}}]
outputs: {seen: seen.json}
`

const odd = fc.oneof(
  fc.constantFrom(
    ...[
      '-rf',
      '--',
      '-',
      '../../etc/passwd',
      '/dev/zero',
      '$(id)',
      '`id`',
      ';id',
      '|id',
      '>x',
      '*',
      '?',
      '~',
      '\\',
      '"',
      "'",
      '',
      ' ',
    ],
    ...[
      'a\nb',
      'a\rb',
      'a\0b',
      '\u202egnp.exe',
      '\ud800',
      'é',
      '\u{1f600}',
      '{s}',
      '{{s}}',
      '[b? x]',
      '%s',
      '\t',
      '@list',
      'asis::A',
      '=',
      ',',
    ],
  ),
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc.constant('x'.repeat(100_000)),
)
const name = fc.oneof(
  odd,
  fc.constantFrom('a.dat', '-a.dat', '.a.dat', 'dump.cjs', 'seen.json', 'b.dat', 'CON', 'a/b.dat', 'f'),
)
const file = fc
  .record({ name: fc.option(name, { nil: undefined }), text: fc.string({ maxLength: 50 }) })
  .map((one): FileValue => ({ file: { kind: 'text', text: one.text }, name: one.name }))
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const given = fc.record({
  ...{ s: odd, p: odd, t: maybe(odd), c: maybe(fc.oneof(fc.constantFrom('one', 'two'), odd)), b: maybe(fc.boolean()) },
  i: maybe(fc.oneof(fc.bigInt(), odd)),
  n: maybe(fc.oneof(fc.double(), odd)),
  ...{
    l: maybe(fc.array(odd, { maxLength: 3 })),
    e: maybe(fc.array(odd, { maxLength: 3 })),
    j: maybe(fc.array(odd, { maxLength: 3 })),
  },
  ...{
    f: maybe(file),
    k: maybe(file),
    m: maybe(fc.array(file, { maxLength: 2 })),
    d: maybe(fc.array(file, { maxLength: 2 })),
  },
})

test('whatever callers give, the program sees just that, each value in its word and each file whole, or it is refused', async () => {
  const application = readDescription(description, 'application.yaml')
  let [ran, refused] = [0, 0]
  await fc.assert(
    fc.asyncProperty(given, async raw => {
      const inputs: Record<string, unknown> = Object.fromEntries(
        Object.entries(raw).filter(([, value]) => value !== undefined),
      )
      // What is refused is told by name, and left out then; the rest runs.
      const checked = (): { readonly values: Values; readonly plan: RunPlan } => {
        for (;;) {
          const { values, problems } = checkInputs(application, inputs)
          const found = problems.length > 0 ? { plan: undefined, problems } : renderRun(application, values)
          if (found.plan !== undefined && found.problems.length === 0) return { values, plan: found.plan }
          refused += found.problems.length
          for (const { input, rule } of found.problems) {
            expect(rule).not.toBe('')
            const of = input.replace(/\[\d+\]$/, '')
            if (of === 's' || of === 'p') inputs[of] = 'plain'
            else delete inputs[of]
          }
        }
      }
      const { values, plan } = checked()
      ran++
      const outcome = await attemptHere(
        { application, source: description, file: 'application.yaml', directory: '/nonexistent', digest: '' },
        values,
        { onProgress: () => undefined, stop: new AbortController().signal },
      )
      try {
        expect(outcome.verdict).toMatchObject({ outcome: 'done' })
        const seen = JSON.parse(await readFile(join(outcome.places.work, 'seen.json'), 'utf8')) as {
          words: string[]
          files: Record<string, string>
          input: string
        }
        expect(seen.words).toEqual(plan.argv.slice(2))
        const v = values as { s: string; p: string; l?: string[]; e?: string[]; j?: string[]; t?: string; b?: boolean }
        // Each value is a word, or the part of one that the command says, as it was given.
        expect(seen.words.slice(0, 3)).toEqual(['--', v.s, `--p=${v.p}`])
        if (v.t !== undefined) expect(seen.words).toContain(v.t)
        for (const one of [...(v.l ?? []), ...(v.e ?? [])]) expect(seen.words).toContain(one)
        if ((v.j ?? []).length > 0) expect(seen.words).toContain((v.j ?? []).join(','))
        expect(seen.input).toBe(`${v.s}\n${v.b === true ? 'on\n' : ''}`)
        // Its directory holds what was given and what was shipped, and nothing else.
        const expected = plan.inputFiles.map(({ name: at, source }) => [
          at,
          source.kind === 'text' ? Buffer.from(source.text).toString('base64') : '',
        ])
        const { 'dump.cjs': own, ...rest } = seen.files
        expect(own).toBe(Buffer.from(`${dump}\n`).toString('base64'))
        expect(rest).toEqual(Object.fromEntries(expected))
        for (const at of Object.keys(rest)) expect(at).toMatch(/^(?:d(?:-in\d+)?\/)?[A-Za-z0-9_][A-Za-z0-9._+-]*$/)
      } finally {
        await rm(dirname(outcome.places.work), { recursive: true, force: true })
      }
    }),
    {
      numRuns: Number(process.env['FUZZ_CASES'] ?? 60),
    },
  )
  expect(ran).toBeGreaterThan(30)
  expect(refused).toBeGreaterThan(30)
})
