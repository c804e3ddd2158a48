import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { isInstalled, needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'

/** Of each interpreter: how a variable is set, and shown, and what an endless loop and an error are. */
const interpreters = [
  { service: 'python', program: 'python3', set: 'x = 5', show: 'print(x + 1)', loop: 'while True: pass', bad: '1/0' },
  { service: 'octave', program: 'octave-cli', set: 'x = 5;', show: 'disp(x + 1)', loop: 'while true, end', bad: 'y' },
  { service: 'r', program: 'R', set: 'x <- 5', show: 'cat(x + 1, "\\n")', loop: 'while (TRUE) {}', bad: 'stop("y")' },
] as const

let site: TestSite
let connection: HttpsConnection
beforeAll(async () => {
  const services = interpreters.map(({ service }) => `services/${service}`)
  site = await TestSite.start({ services })
  connection = site.connect()
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

interface Evaluation {
  readonly ok: boolean
  readonly output: string
  readonly error?: string
}

const evaluate = async (service: ServiceProxy, handle: string, code: string, more: object = {}): Promise<Evaluation> =>
  (await service.call<{ evaluation: Evaluation }>('evaluate', { code, ...more }, handle)).evaluation

// Octave and R are large: `npm run check:services` and this are for machines that have them anyway.
test.for(interpreters.filter(({ program }) => (program === 'python3' ? needs(program) : isInstalled(program))))(
  '$service keeps its state: after an error, an interrupt, a restart of the container, and a suspension',
  { timeout: 120_000 },
  async ({ service: name, set, show, loop, bad }) => {
    const service = await site.service(name, connection)
    const { job } = await service.call<{ job: JobRef }>('submit', {})
    const say = (code: string, more: object = {}): Promise<Evaluation> => evaluate(service, job.handle, code, more)
    expect(await say(set)).toMatchObject({ ok: true })
    expect(await say(bad)).toMatchObject({ ok: false, error: expect.any(String) as string })
    expect(await say(loop, { timeoutSeconds: 1 })).toMatchObject({ ok: false })
    expect((await say(show)).output.trim()).toBe('6')
    await site.kill()
    await site.startContainer()
    expect((await say(show)).output.trim()).toBe('6')
    await service.call('suspend', {}, job.handle)
    for (let state = ''; state !== 'Suspended'; )
      state = (await service.call<{ status: JobStatus }>('waitFor', { seconds: 1 }, job.handle)).status.state
    await expect(say(show)).rejects.toMatchObject({ code: 'not-ready' })
    await service.call('resume', {}, job.handle)
    for (let state = ''; state !== 'Active'; )
      state = (await service.call<{ status: JobStatus }>('waitFor', { seconds: 1 }, job.handle)).status.state
    expect((await say(show)).output.trim()).toBe('6')
    const { checkpoint } = await service.call<{ checkpoint: { url: string[] } }>('checkpoint', {}, job.handle)
    const content = await buffer((await connection.send('GET', checkpoint.url[0] ?? '')).body)
    const restored = await service.call<{ job: JobRef }>('submit', { checkpoint: { content } })
    expect((await evaluate(service, restored.job.handle, show)).output.trim()).toBe('6')
    await service.call('destroy', {}, restored.job.handle)
    await service.call('destroy', {}, job.handle)
  },
)
