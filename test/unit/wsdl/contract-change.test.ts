import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readDescription } from '../../../src/application/description.ts'
import type { Application } from '../../../src/application/model.ts'
import { qname } from '../../../src/core/qname.ts'
import { baseContract } from '../../../src/wsdl/base-contract.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { breakingChanges } from '../../../src/wsdl/contract-change.ts'
import type { Contract } from '../../../src/wsdl/contract-model.ts'
import { JOB } from '../../../src/wsdl/names.ts'
import { readWsdl } from '../../../src/wsdl/wsdl-reader.ts'
import { writeWsdl } from '../../../src/wsdl/wsdl-writer.ts'
import { application, input, sample } from './sample-application.ts'

const described = (inputs: string, outputs = '{log: stdout}'): Contract => {
  const words = Object.keys(parse(inputs) as object).map(name => `[{${name}}]`)
  const text = `gridwrap: 1\nname: tool\ntitle: A tool\ncommand: tool ${words.join(' ')}\ninputs: ${inputs}\noutputs: ${outputs}\n`
  return applicationContract(readDescription(text, 'application.yaml'))
}

/** The changes when the inputs, or the outputs, go from one to the other. */
const inputs = (before: string, after: string): string[] => breakingChanges(described(before), described(after))
const outputs = (before: string, after: string): string[] =>
  breakingChanges(described('{}', before), described('{}', after))

describe('what breaks callers', () => {
  test.each([
    ['{n: integer, m: integer}', '{m: integer}', 'the input n is gone (run, submit, start)'],
    [
      '{n: integer, f: file}',
      '{count: integer, f: file}',
      'the input n is gone; is it count now? (run, submit, start)',
    ],
    ['{n: integer}', '{n: number}', 'the input n is a number now, and was an integer (run, submit, start)'],
    ['{n: file}', '{n: string}', 'the input n is a text now, and was a file (run, submit, start)'],
    [
      '{n: {type: integer, range: 1..9}}',
      '{n: {type: integer, range: 2..9}}',
      'the input n no longer takes less than 2',
    ],
    [
      '{n: {type: number, range: 0.5..}}',
      '{n: {type: number, range: 0.5..7}}',
      'the input n no longer takes more than 7',
    ],
    ['{n: integer}', '{n: {type: integer, range: 1..}}', 'the input n no longer takes less than 1'],
    [
      '{n: {type: integer, range: ..9007199254740993}}',
      '{n: {type: integer, range: ..9007199254740992}}',
      'the input n no longer takes more than 9007199254740992',
    ],
    ['{n: string}', '{n: {type: string, length: ..9}}', 'the input n no longer takes more than 9 characters'],
    ['{n: string}', '{n: {type: string, length: 2..}}', 'the input n no longer takes less than 2 characters'],
    [
      '{n: {type: choice, values: [a, b, c]}}',
      '{n: {type: choice, values: [c, d]}}',
      'the input n no longer takes a, b (run, submit, start)',
    ],
    ['{n: string}', '{n: {type: choice, values: [a, b]}}', 'the input n no longer takes anything but a, b'],
    ['{n: {type: integer, optional: true}}', '{n: integer}', 'the input n is required now (run, submit)'],
    ['{n: {type: integer, default: 1}}', '{n: integer}', 'the input n is required now (run, submit)'],
    [
      '{n: {type: file, many: 1..9}}',
      '{n: file}',
      'the input n takes one value now, and took a list (run, submit, start)',
    ],
    ['{}', '{n: integer}', 'the input n is new and required (run, submit)'],
  ])('inputs %s to %s', (before, after, change) => {
    const [found, ...others] = inputs(before, after).filter(line => !line.includes('count is new'))
    expect(found?.startsWith(change)).toBe(true)
    expect(others).toEqual([])
  })

  test.each([
    ['{a: a.txt, b: b.txt}', '{b: b.txt}', 'the output a is gone (run, getResults)'],
    ['{a: a.txt, b: stdout}', '{c: a.txt, b: stdout}', 'the output a is gone; is it c now? (run, getResults)'],
    [
      `{o: stdout, a: {type: number, from: o, match: '(.)'}}`,
      `{o: stdout, a: {type: string, from: o, match: '(.)'}}`,
      'the output a is a text now, and was a number (run, getResults)',
    ],
    ['{a: a.txt}', `{a: {files: 'a*.txt'}}`, 'the output a may be a list now, and was one value (run, getResults)'],
    ['{a: a.txt, b: b.txt}', '{b: b.txt, a: a.txt}', 'the answer has its members in another order (run, getResults)'],
  ])('outputs %s to %s', (before, after, change) => {
    expect(outputs(before, after)).toEqual([change])
  })

  test('all changes come at once', () => {
    expect(inputs('{a: file, b: integer, c: {type: integer, default: 1}}', '{b: string, c: integer}')).toHaveLength(3)
  })
})

describe('what breaks nobody', () => {
  test.each([
    ['{n: integer}', '{n: integer, m: {type: integer, optional: true}}'],
    ['{n: integer}', '{m: {type: integer, default: 3}, n: integer}'],
    ['{n: integer, m: file}', '{m: file, n: integer}'],
    ['{n: integer}', '{n: {type: integer, default: 3}}'],
    ['{n: {type: integer, range: 1..9}}', '{n: {type: integer, range: 0..10}}'],
    ['{n: {type: integer, range: 1..9}}', '{n: integer}'],
    ['{n: {type: choice, values: [a, b]}}', '{n: {type: choice, values: [c, b, a]}}'],
    ['{n: {type: choice, values: [a, b]}}', '{n: string}'],
    ['{n: {type: integer, default: 1}}', '{n: {type: integer, default: 2, help: Other words}}'],
    ['{n: file}', '{n: {type: file, many: 1..9}}'],
  ])('inputs %s to %s', (before, after) => {
    expect(inputs(before, after)).toEqual([])
  })

  test.each([
    ['{a: a.txt}', '{b: stdout, a: a.txt, c: c.txt}'],
    ['{a: a.txt}', '{a: stdout}'],
    [`{a: {files: 'a*'}}`, '{a: a.txt}'],
  ])('outputs %s to %s', (before, after) => {
    expect(outputs(before, after)).toEqual([])
  })
})

describe('contracts as a whole', () => {
  const contract = applicationContract(sample)

  test('none differs from itself, nor from itself read again from its WSDL', () => {
    expect(breakingChanges(contract, contract)).toEqual([])
    expect(breakingChanges(contract, applicationContract(sample))).toEqual([])
    const addresses = { address: 'https://a.example/s', instanceAddress: 'https://a.example/i' }
    const typed = readWsdl(writeWsdl(contract, { ...addresses, soap: '1.1' })).contract
    expect(breakingChanges(typed, readWsdl(writeWsdl(contract, { ...addresses, soap: '1.2' })).contract)).toEqual([])
  })

  test('every shipped service agrees with itself', () => {
    for (const name of ['needle', 'water', 'swarp', 'newstar', 'source-extractor']) {
      const file = join(import.meta.dirname, '../../../services', name, 'application.yaml')
      const one = applicationContract(readDescription(readFileSync(file, 'utf8'), file))
      expect(breakingChanges(one, one)).toEqual([])
    }
  })

  test('an operation that is gone is told once for each portType that had it', () => {
    const less = baseContract.portTypes.map(portType => ({
      ...portType,
      operations: portType.operations.filter(one => one.name !== 'suspend'),
    }))
    expect(breakingChanges(baseContract, { ...baseContract, portTypes: less })).toEqual([
      'the operation suspend is gone from Job',
    ])
  })

  test('an answer that becomes another message breaks', () => {
    const other = baseContract.portTypes.map(portType => ({
      ...portType,
      operations: portType.operations.map(one =>
        one.name === 'cancel' ? { ...one, output: qname(JOB, 'suspendResponse') } : one,
      ),
    }))
    expect(breakingChanges(baseContract, { ...baseContract, portTypes: other })).toEqual([
      'the answer is another message (cancel)',
    ])
  })

  test('another application has none of the operations', () => {
    const other = applicationContract(application('other', [input('a', 'file')], []))
    expect(breakingChanges(contract, other)).toEqual(
      expect.arrayContaining([expect.stringContaining('the operation run is gone from GapFillPortType')]),
    )
  })
})

const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }

describe('properties', () => {
  const bound = fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined })
  const range = fc.tuple(bound, bound).map(([a, b]) => ({
    min: a === undefined || b === undefined ? a : Math.min(a, b),
    max: a === undefined || b === undefined ? b : Math.max(a, b),
  }))
  const one = (more: Partial<Application['inputs'][number]>): Contract =>
    applicationContract(application('tool', [input('n', 'number', more)], []))

  test('a range that takes every value the old one took is no change, and only that', () => {
    const values = Array.from({ length: 41 }, (_, index) => index / 2 - 10)
    const takes = ({ min, max }: { min?: number | undefined; max?: number | undefined }, value: number): boolean =>
      (min === undefined || value >= min) && (max === undefined || value <= max)
    fc.assert(
      fc.property(range, range, (before, after) => {
        const shutOut = values.some(value => takes(before, value) && !takes(after, value))
        expect(breakingChanges(one({ range: before }), one({ range: after })).length > 0).toBe(shutOut)
      }),
      runs,
    )
  })

  test('enumerations: some old word is gone, or nothing is told', () => {
    const words = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })
    const choice = (list: readonly string[]): Contract =>
      applicationContract(
        application('tool', [input('n', 'choice', { values: list.map(say => ({ say, word: say })) })], []),
      )
    fc.assert(
      fc.property(words, words, (before, after) => {
        const found = breakingChanges(choice(before), choice(after))
        expect(found.length > 0).toBe(before.some(word => !after.includes(word)))
      }),
      runs,
    )
  })
})
