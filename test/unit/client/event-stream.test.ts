import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStreamParser, type StreamedEvent } from '../../../src/client/event-stream.ts'

const parse = (pieces: readonly string[]): readonly StreamedEvent[] => {
  const parser = new EventStreamParser()
  return pieces.flatMap(piece => parser.push(piece))
}

test('events are told apart, with their names, numbers and several lines; comments say nothing', () => {
  const text = ': hello\n\nid: 1\nevent: state\ndata: {"a":\ndata: 1}\n\ndata:x\r\n\r\nevent: empty\n\nid\ndata\n\n'
  expect(parse([text])).toEqual([
    { id: '1', event: 'state', data: '{"a":\n1}' },
    { id: '1', event: 'message', data: 'x' },
    { id: '', event: 'message', data: '' },
  ])
})

test('wherever it is cut, the same comes out', () => {
  const text = fc.array(
    fc.constantFrom('id: 7\n', 'event: a\n', 'data: b\n', 'data: c\r\n', '\n', '\r\n', ':\n', 'x: y\n'),
  )
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (lines, cuts) => {
      const whole = `${lines.join('')}\n\n`
      const places = [...new Set(cuts.map(cut => cut % whole.length))].toSorted((a, b) => a - b)
      const pieces = [0, ...places].map((from, index, all) => whole.slice(from, all[index + 1] ?? whole.length))
      expect(parse(pieces)).toEqual(parse([whole]))
    }),
  )
})

test('a line that does not end is refused', () => {
  const parser = new EventStreamParser()
  const piece = 'x'.repeat(300_000)
  expect(() => {
    for (let n = 0; n < 10; n++) parser.push(piece)
  }).toThrow('does not end')
})
