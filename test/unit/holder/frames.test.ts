import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FrameReader } from '../../../src/holder/frames.ts'

test('messages and bytes come out as they went in, however they are cut', () => {
  const message = fc.record({ code: fc.string(), size: fc.nat(300) })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (messages, step) => {
      const whole = Buffer.concat(messages.flatMap(one => [encodeFrame(one), Buffer.alloc(one.size, one.size)]))
      const reader = new FrameReader()
      const found: unknown[] = []
      let waiting: { size: number } | undefined
      for (let at = 0; at < whole.length; at += step) {
        reader.push(whole.subarray(at, at + step))
        for (;;) {
          waiting ??= reader.message() as typeof waiting
          const bytes = waiting === undefined ? undefined : reader.bytes(waiting.size)
          if (waiting === undefined || bytes === undefined) break
          expect(bytes.every(byte => byte === (waiting?.size ?? 0) % 256)).toBe(true)
          found.push(waiting)
          waiting = undefined
        }
      }
      expect(found).toEqual(messages)
    }),
  )
})

test('a message that announces more than is taken is refused before it comes', () => {
  const reader = new FrameReader()
  reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  expect(() => reader.message()).toThrow(/announced/)
})
