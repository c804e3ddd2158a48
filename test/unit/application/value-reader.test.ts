import { describe, expect, it } from 'vitest'
import type { Output } from '../../../src/application/model.ts'
import { readValue, ValueReader } from '../../../src/application/value-reader.ts'
import { applicationOf } from './sample-description.ts'

const output = (rest: string): Output => {
  const found = applicationOf(`command: prog\noutputs: {log: stdout, v: {from: log, ${rest}}}`).outputs[1]
  if (found === undefined) throw new Error('no output')
  return found
}

describe('readValue', () => {
  it.each([
    ["type: number, match: 'E = (\\S+)'", 'E = -1.5\nE = 2\n', -1.5],
    ["type: number, which: last, match: 'E = (\\S+)'", 'E = -1.5\r\nE = 2', 2],
    ["type: number, match: 'E = (\\S+)'", 'E = 1.5D+03', 1500],
    ["type: number, match: 'E = (\\S+)'", 'E = 1.5-103', 1.5e-103],
    ["type: number, match: 'E = (\\S+)'", 'E = .5', 0.5],
    ["type: number, match: 'E = (\\S+)'", 'E = 5.', 5],
    ["type: integer, match: 'N (\\S+)'", 'N 9223372036854775807', 9223372036854775807n],
    ["type: string, match: 'N (.*)'", 'N  a b  ', 'a b'],
    ["match: 'N (.*)'", 'N x', 'x'],
    ["type: number, many: true, match: '^(\\S+)$'", '1\n2 3\n4.5\n', [1, 4.5]],
    ["type: number, match: 'E = (\\S+)'", 'nothing', undefined],
    ["type: number, many: true, match: 'E = (\\S+)'", 'nothing', undefined],
    ["type: integer, match: 'N (\\S+)'", 'N 9223372036854775808', undefined],
    ["type: integer, match: 'N (\\S+)'", 'N 1.5', undefined],
  ])('%s in %j', (rest, text, expected) => {
    expect(readValue(output(rest), text)).toEqual(expected)
  })

  it('never takes an earlier number for a result that came out as none', () => {
    const last = output("type: number, which: last, match: 'E = (\\S+)'")
    expect(readValue(last, 'E = 1\nE = NaN\n')).toBeUndefined()
    expect(readValue(last, 'E = 1\nE = *****\n')).toBeUndefined()
    const list = output("type: number, many: true, match: 'E = (\\S+)'")
    expect(readValue(list, 'E = 1\nE = Inf\nE = 3\n')).toBeUndefined()
    const reader = new ValueReader(last)
    reader.feed(Buffer.from('E = ****\n'))
    reader.end()
    expect(reader.problem).toBe('"****" is not a number')
  })

  it('reads bytes as they come, in bounded memory', () => {
    const reader = new ValueReader(output("type: integer, which: last, match: '^n (\\d+)$'"))
    for (let i = 0; i < 20_000; i++) reader.feed(Buffer.from(`n ${i}\n`))
    expect(reader.end()).toBe(19_999n)
  })
})
