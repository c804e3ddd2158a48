import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { type CrashPoint, crashPoints } from '../../src/core/crash-point.ts'
import { expectInvariants } from './invariants.ts'
import { lives } from './lives.ts'
import { waitFor } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

// Two sites at a time: each has several processes, and the smallest machine that runs this has two processors.
vi.setConfig({ maxConcurrency: 2, testTimeout: 240_000 })

/** Which pass of a point kills: the first, and of the commits, of which there are many, some others. */
const cases = (Object.keys(crashPoints) as CrashPoint[])
  // Those of commands, of staging, of notification and of checkpoints have tests beside those of what they do.
  .filter(point => !['command', 'stager', 'notifier', 'checkpoints'].includes(crashPoints[point]))
  .flatMap(point => (point.startsWith('store.commit') ? [1, 3, 8] : [1]).map(pass => ({ point, pass })))

describe.concurrent('killed once at', () => {
  test.for(cases)('$point, pass $pass: nothing is lost, nothing runs twice', async ({ point, pass }) => {
    const crash = (folder: string): Record<string, string> => ({
      GRIDWRAP_CRASH_AT: point,
      GRIDWRAP_CRASH_AFTER: String(pass),
      GRIDWRAP_CRASH_ONCE: join(folder, 'killed'),
    })
    await using witness = await WitnessSite.start({}, crash)
    await Promise.all(lives.map((live, index) => live(witness, `life-${index}`)))
    await waitFor(`a pass of ${point}`, () => existsSync(join(witness.site.folder, 'killed')))
    await expectInvariants(witness)
  })
})
