import { expect, test } from 'vitest'
import { completeUse, measuredHow, type ResourceUse, totalUse } from '../../../src/core/resource-use.ts'

const seen: ResourceUse = { cpuSeconds: 3, peakMemoryBytes: 900, measured: { cpu: 'sampled', memory: 'sampled' } }

test('what was counted at the end is better than what was seen, and a peak is the highest that anybody saw', () => {
  const counted: ResourceUse = {
    cpuSeconds: 5,
    readBytes: 7,
    writtenBytes: 8,
    measured: { cpu: 'counted', files: 'counted' },
  }
  expect(completeUse(undefined, undefined)).toBeUndefined()
  expect(completeUse(seen, undefined)).toEqual(seen)
  expect(completeUse(seen, counted)).toEqual({
    ...counted,
    peakMemoryBytes: 900,
    measured: { cpu: 'counted', memory: 'sampled', files: 'counted' },
  })
  expect(completeUse(seen, { peakMemoryBytes: 100, measured: { memory: 'sampled' } })?.peakMemoryBytes).toBe(900)
  expect(completeUse(seen, { peakMemoryBytes: 100, measured: { memory: 'cgroup' } })).toEqual(seen)
  expect(completeUse({ measured: {} }, { peakMemoryBytes: 100, measured: { memory: 'cgroup' } })?.peakMemoryBytes).toBe(
    100,
  )
})

test('runs one after the other add up, but for their peaks', () => {
  expect(totalUse([])).toBeUndefined()
  expect(
    totalUse([seen, { cpuSeconds: 2, peakMemoryBytes: 1200, readBytes: 4, measured: { cpu: 'counted' } }]),
  ).toEqual({
    cpuSeconds: 5,
    peakMemoryBytes: 1200,
    readBytes: 4,
    measured: { cpu: 'counted', memory: 'sampled' },
  })
})

test('says how it was measured', () => {
  expect(measuredHow(seen)).toBe('processor sampled, memory sampled')
  expect(measuredHow({ measured: { memory: 'cgroup', files: 'counted' } })).toBe('memory cgroup, files counted')
})
