import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { delay } from '../../src/core/deadline.ts'
import { expectInvariants } from './invariants.ts'
import { lives } from './lives.ts'
import { WitnessSite } from './witness-site.ts'

const kills = Number(process.env['KILLS'] ?? 12)
const owners = 50
const victims = ['keeper', 'front-end', 'front-end', 'supervisor', 'everybody'] as const
type Victim = (typeof victims)[number]

test(`${kills} random kills under ${owners} jobs at once lose nothing and run nothing twice`, {
  // On a busy machine a container takes its time to start.
  timeout: 600_000 + kills * 100_000,
}, async () => {
  // All of them may run at once.
  const configuration = { run: '{at-once: 50, grace: 2s}', quota: '{running: 50, queued: 200, instances: 100000}' }
  await using witness = await WitnessSite.start({ workers: 2, configuration })
  const over = new AbortController()
  const jobs = Promise.all(Array.from({ length: owners }, (_, owner) => jobAfterJob(witness, owner, over.signal)))
  // What fails before the end is told at once, not after all kills.
  await Promise.race([killAndKill(witness), jobs])
  over.abort()
  await jobs
  await expectInvariants(witness)
  expect(witness.acknowledged.size).toBeGreaterThanOrEqual(owners)

  // What was being received when its front end was killed is gone after the next start.
  await witness.site.stop()
  await witness.site.startContainer()
  expect(readdirSync(join(witness.site.data, 'instances/.incoming'))).toEqual([])
})

async function jobAfterJob(witness: WitnessSite, owner: number, signal: AbortSignal): Promise<void> {
  for (let n = owner; ; n++) {
    await lives[n % lives.length]?.(witness, `owner-${owner}-${n}`)
    if (signal.aborted) return
  }
}

async function killAndKill(witness: WitnessSite): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    await delay(Math.random() * 1500)
    await killOne(witness, victims[Math.floor(Math.random() * victims.length)] ?? 'keeper')
  }
}

async function killOne({ site }: WitnessSite, victim: Victim): Promise<void> {
  if (victim === 'everybody' || victim === 'supervisor') {
    if (victim === 'everybody') await site.kill()
    else process.kill(site.pid, 'SIGKILL')
    await site.startContainer()
    return
  }
  const candidates = (await site.processes()).filter(one => one.role === victim)
  const one = candidates[Math.floor(Math.random() * candidates.length)]
  // None is there when the one before has not been started again yet.
  if (one !== undefined) process.kill(one.pid, 'SIGKILL')
}
