import { expect, test } from 'vitest'
import type { Usage } from '../../../src/adapters/adapter.ts'
import { exitOf } from '../../../src/adapters/executable/executable-adapter.ts'
import { checkLimits, fileSizeBlocks } from '../../../src/adapters/executable/limits.ts'
import { unlimited } from './attempt-ground.ts'

const usage: Usage = {
  cpuSeconds: 9,
  memoryBytes: 2000,
  peakMemoryBytes: 2500,
  diskBytes: 3000,
  outputBytes: 4000,
  processes: 5,
  memoryBounded: false,
  measured: 'sampled',
}

test('a limit is passed when more is used, and not when it is reached', () => {
  expect(checkLimits(unlimited, usage, 0, 1e12)).toBeUndefined()
  for (const [limit, at] of [
    ['memory', 2000],
    ['disk', 3000],
    ['output', 4000],
    ['processes', 5],
  ] as const) {
    expect(checkLimits({ ...unlimited, [limit]: at }, usage, 0, 0)).toBeUndefined()
    expect(checkLimits({ ...unlimited, [limit]: at - 1 }, usage, 0, 0)).toMatchObject({ limit })
    expect(checkLimits({ ...unlimited, [limit]: at - 1 }, undefined, 0, 0)).toBeUndefined()
  }
  expect(checkLimits({ ...unlimited, memory: 1 }, { ...usage, memoryBounded: true }, 0, 0)).toBeUndefined()
  expect(checkLimits({ ...unlimited, time: 10 }, undefined, 1000, 11_000)).toBeUndefined()
  expect(checkLimits({ ...unlimited, time: 10 }, undefined, 1000, 11_001)).toEqual({
    limit: 'time',
    sentence: 'The program ran longer than 10 s, so it was ended (limit: time).',
  })
})

test('a program may write files as large as its disk or its output, whichever is more', () => {
  expect(fileSizeBlocks(unlimited)).toBe('unlimited')
  expect(fileSizeBlocks({ ...unlimited, output: 10 })).toBe('unlimited')
  expect(fileSizeBlocks({ ...unlimited, disk: 513, output: 10 })).toBe('2')
  expect(fileSizeBlocks({ ...unlimited, disk: 10, output: 5120 })).toBe('10')
})

test('a code above 128 is a signal, where there is such a signal', () => {
  expect([0, 128, 137, 143, 255].map(exitOf)).toEqual([
    { exitCode: 0 },
    { exitCode: 128 },
    { signal: 'SIGKILL' },
    { signal: 'SIGTERM' },
    { exitCode: 255 },
  ])
})
