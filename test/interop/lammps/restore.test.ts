import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { run } from '../../integration/cli/command.ts'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'

/** Lines of LAMMPS's thermodynamic output: the step and the rest. */
const thermoOf = (text: string): Map<number, string> =>
  new Map(
    text
      .split('\n')
      .filter(line => /^ +\d+( +-?[\d.e+]+){5} *$/.test(line))
      .map(line => [Number.parseInt(line, 10), line.trim().replace(/ +/g, ' ')]),
  )

const totalEnergy = (line = ''): number => Number(line.split(' ')[4])

const steps = 6000

async function thermo(
  service: ServiceProxy,
  connection: HttpsConnection,
  { handle }: JobRef,
): Promise<Map<number, string>> {
  const { status } = await service.call<{ status: JobStatus }>('waitFor', { seconds: 120 }, handle)
  expect(status).toMatchObject({ state: 'Done' })
  return thermoOf((await connection.sendForText('GET', `${handle}/files/stdout`)).text)
}

test.runIf(needs('lmp'))(
  'a melt that is saved while it runs goes on in another container as if nothing had happened',
  async () => {
    await using here = await TestSite.start({ services: ['services/melt'] })
    await using there = await TestSite.start({ services: ['services/melt'] })
    using connection = here.connect()
    const service = await here.service('melt', connection)
    const { job } = await service.call<{ job: JobRef }>('submit', { steps: BigInt(steps) })
    await expect
      .poll(async () => (await connection.sendForText('GET', `${job.handle}/files/stdout`)).text, {
        timeout: 60_000,
        interval: 50,
      })
      .toMatch(/^ +1000 /m)
    const archive = join(here.folder, 'melt.tar')
    const saved = await run(['checkpoint', job.handle, '--out', archive], { env: here.environmentFor() })
    expect(saved).toMatchObject({ code: 0 })
    const elsewise = await run(['restore', 'newstar', archive], { env: here.environmentFor() })
    expect(elsewise).toMatchObject({ code: 2, stderr: expect.stringContaining('is a checkpoint of melt') as string })
    // The first container dies; its program, which nobody asked to end, is the straight run to compare with.
    await here.kill()
    using elsewhere = there.connect()
    const restored = await run(['restore', 'melt', archive, '--json'], { env: there.environmentFor() })
    expect(restored).toMatchObject({ code: 0 })
    const resumed = await thermo(
      await there.service('melt', elsewhere),
      elsewhere,
      JSON.parse(restored.stdout) as JobRef,
    )
    await here.startContainer()
    const straight = await thermo(service, connection, job)

    const from = Math.min(...resumed.keys())
    expect(from).toBeGreaterThanOrEqual(500)
    expect([...resumed.keys()].at(-1)).toBe(steps)
    // Restarts drift in the last digits: equal for 500 steps, the energy for as long as one likes (docs/wrapping).
    for (const [step, line] of resumed)
      if (step <= from + 500) expect(line).toBe(straight.get(step))
      else expect(Math.abs(totalEnergy(line) - totalEnergy(straight.get(step)))).toBeLessThan(3e-3)
  },
  240_000,
)
