import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCountedUse } from '../../../src/adapters/executable/counted-use.ts'

const io = 'rchar: 4012\nwchar: 88\nsyscr: 7\nsyscw: 2\nread_bytes: 0\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n'

test('reads what dash, busybox and bash print, with their blanks behind it', () => {
  for (const times of ['0m0.000000s 0m0.001000s\n1m2.340000s 0m0.160000s\n', '0m0,00s 0m0,00s\n1m2,34s 0m0,16s\n'])
    expect(parseCountedUse(`${times}${io}${' '.repeat(200)}\n`)).toEqual({
      cpuSeconds: 62.5,
      readBytes: 4012,
      writtenBytes: 88,
      measured: { cpu: 'counted', files: 'counted' },
    })
})

test('what is not there is not known', () => {
  expect(parseCountedUse(' '.repeat(511))).toBeUndefined()
  expect(parseCountedUse('0m0.00s 0m0.00s\n0m1.00s 0m0.50s\n')).toEqual({
    cpuSeconds: 1.5,
    measured: { cpu: 'counted' },
  })
  expect(parseCountedUse(`\n\n${io}`)).toEqual({ readBytes: 4012, writtenBytes: 88, measured: { files: 'counted' } })
})

test('takes any text', () => {
  fc.assert(fc.property(fc.string({ maxLength: 300 }), text => void parseCountedUse(text)))
})
