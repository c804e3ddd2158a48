import { expect, test } from 'vitest'
import type { ResourceUse } from '../../../src/core/resource-use.ts'
import { StoreGround } from './store-ground.ts'

const seen = (cpuSeconds: number, peakMemoryBytes: number): ResourceUse => ({
  cpuSeconds,
  peakMemoryBytes,
  measured: { cpu: 'sampled', memory: 'sampled' },
})

test('what runs have used is kept of each and of all, a peak that was seen is not forgotten, and no event is made of it', async () => {
  await using ground = await StoreGround.make()
  const id = await ground.create()
  const usedOf = (): unknown => JSON.parse(ground.row(id).used ?? 'null')
  const begin = async (number: number): Promise<void> => {
    const { version } = ground.row(id)
    const terms = { adapter: 'executable', host: 'h', bootId: 'b', spec: '{}', now: number }
    expect(await ground.write('beginAttempt', { id, version, ...terms })).toEqual({ number })
  }
  const end = (number: number, used: ResourceUse, again?: 'launch'): Promise<unknown> =>
    ground.write('endAttempt', {
      ...{ id, number, started: 1, ended: 2, exitCode: 0, signal: null, reason: null, used, again, now: 3 },
    })
  expect(usedOf()).toBeNull()
  await begin(1)
  const events = ground.events(id)
  await ground.write('recordUse', { id, number: 1, used: seen(1, 500) })
  expect(usedOf()).toEqual(seen(1, 500))
  expect(ground.events(id)).toEqual(events)
  await end(
    1,
    { cpuSeconds: 2, readBytes: 7, writtenBytes: 8, measured: { cpu: 'counted', files: 'counted' } },
    'launch',
  )
  expect(usedOf()).toMatchObject({
    cpuSeconds: 2,
    peakMemoryBytes: 500,
    measured: { cpu: 'counted', memory: 'sampled' },
  })
  await begin(2)
  await end(2, seen(3, 100))
  expect(usedOf()).toMatchObject({ cpuSeconds: 5, peakMemoryBytes: 500, readBytes: 7 })
  // A second end changes nothing.
  await end(2, seen(100, 100_000))
  expect(usedOf()).toMatchObject({ cpuSeconds: 5, peakMemoryBytes: 500 })
})
