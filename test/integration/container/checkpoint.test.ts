import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { counting } from '../../support/counting.ts'
import { createService } from '../../support/create-service.ts'
import { TestSite } from '../../support/site.ts'

const descriptions = {
  'by-itself': counting('by-itself', 'state: state.*\n  automatic: 1'),
  'by-signal': counting('by-signal', 'state: saved\n  how: signal USR1'),
  'by-file': counting('by-file', 'state: saved\n  how: file STOP\n  stops: true'),
}

interface Archive {
  readonly name: string
  readonly size: bigint
  readonly sha256: string
  readonly url: readonly string[]
}

let site: TestSite
let connection: HttpsConnection

beforeAll(async () => {
  site = await TestSite.start({ descriptions })
  connection = site.connect()
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

let gates = 0
const newGate = (): string => join(site.folder, `gate-${gates++}`)
const openGate = (gate: string): Promise<void> => writeFile(gate, '')

const submit = async (service: ServiceProxy, inputs: object): Promise<string> =>
  (await service.call<{ job: JobRef }>('submit', { ...inputs })).job.handle

/** Waits until the program has counted so far. */
async function counted(service: ServiceProxy, handle: string, number: number): Promise<void> {
  for (;;) {
    const { output } = await service.call<{ output: { content: Uint8Array } }>(
      'getOutput',
      { output: 'stdout' },
      handle,
    )
    if (Buffer.from(output.content).toString().includes(`number ${number}\n`)) return
    await service.call('waitFor', { seconds: 1 }, handle)
  }
}

const checkpoint = async (service: ServiceProxy, handle: string, operation = 'checkpoint'): Promise<Archive> =>
  (await service.call<{ checkpoint: Archive }>(operation, {}, handle)).checkpoint

const fetched = async ({ url }: Archive): Promise<Buffer> => {
  const { status, body } = await connection.send('GET', url[0] ?? '')
  expect(status).toBe(200)
  return buffer(body)
}

const waitFor = async (service: ServiceProxy, handle: string): Promise<JobStatus> =>
  (await service.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, handle)).status

const results = async (service: ServiceProxy, handle: string): Promise<Record<string, unknown>> => {
  expect(await waitFor(service, handle)).toMatchObject({ state: 'Done' })
  return (await service.call<{ results: Record<string, unknown> }>('getResults', {}, handle)).results
}

/** Waits until a second attempt runs. */
async function second(service: ServiceProxy, handle: string): Promise<void> {
  for (;;) {
    const { status } = await service.call<{ status: JobStatus }>('getStatus', {}, handle)
    if (status.attempt === 2 && status.state === 'Active') return
    await service.call('waitFor', { seconds: 1 }, handle)
  }
}

const programOf = async (handle: string, attempt = 1): Promise<number> => {
  const id = handle.slice(handle.lastIndexOf('/') + 1)
  const claim = await readFile(join(site.data, 'instances', id.slice(0, 2), id, `control/${attempt}/claim`), 'latin1')
  return Number(/program (\d+)/.exec(claim)?.[1])
}

describe('a program that saves its state by itself', () => {
  test('is saved, destroyed, and goes on in another job', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 20n, pause: 12n })
    await counted(service, job, 12)
    const archive = await checkpoint(service, job)
    expect(archive.name).toBe('by-itself-checkpoint-1.tar')
    const bytes = await fetched(archive)
    expect([BigInt(bytes.length), createHash('sha256').update(bytes).digest('hex')]).toEqual([
      archive.size,
      archive.sha256,
    ])
    await service.call('destroy', {}, job)
    const other = await submit(service, { to: 30n, checkpoint: { content: bytes } })
    expect(await results(service, other)).toMatchObject({ begun: 10n, ended: 30n })
  })

  test('goes on by itself as often as its description allows when it was killed, and then has failed', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 20n, pause: 13n })
    await counted(service, job, 13)
    process.kill(await programOf(job), 'SIGKILL')
    await second(service, job)
    process.kill(await programOf(job, 2), 'SIGKILL')
    expect(await waitFor(service, job)).toMatchObject({ state: 'Failed', signal: 'SIGKILL', attempt: 2 })
  })

  test('goes on to its end when it was killed', async () => {
    const service = await site.service('by-itself', connection)
    const gate = newGate()
    const job = await submit(service, { to: 20n, pause: 13n, gate })
    await counted(service, job, 13)
    process.kill(await programOf(job), 'SIGKILL')
    await second(service, job)
    await openGate(gate)
    expect(await results(service, job)).toMatchObject({ begun: 10n, ended: 20n })
  })

  test('of one that has ended the last state can be had', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 17n })
    await results(service, job)
    await expect(checkpoint(service, job, 'getState')).rejects.toMatchObject({ code: 'not-ready' })
    const archive = await checkpoint(service, job)
    expect(await checkpoint(service, job, 'getState')).toEqual(archive)
    const other = await submit(service, { to: 18n, checkpoint: { content: await fetched(archive) } })
    expect(await results(service, other)).toMatchObject({ begun: 15n, ended: 18n })
  })

  test('keeps the newest three', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 6n })
    await results(service, job)
    const made: Archive[] = []
    for (let n = 0; n < 5; n++) made.push(await checkpoint(service, job))
    const statuses = await Promise.all(
      made.map(async one => {
        const { status, body } = await connection.send('GET', one.url[0] ?? '')
        await buffer(body)
        return status
      }),
    )
    expect(statuses).toEqual([404, 404, 200, 200, 200])
  })

  test('is not saved before it has saved anything', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 3n })
    await results(service, job)
    await expect(checkpoint(service, job)).rejects.toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('has not saved anything yet') as string,
    })
  })
})

test('a program that is asked by a signal saves where it is, and runs on', async () => {
  const service = await site.service('by-signal', connection)
  const gate = newGate()
  const job = await submit(service, { to: 9n, pause: 7n, gate })
  await counted(service, job, 7)
  const archive = await checkpoint(service, job)
  await openGate(gate)
  expect(await results(service, job)).toMatchObject({ begun: 0n, ended: 9n })
  const other = await submit(service, { to: 8n, checkpoint: { content: await fetched(archive) } })
  expect(await results(service, other)).toMatchObject({ begun: 7n, ended: 8n })
})

test('a program that stops when it is asked by a file goes on in a second attempt', async () => {
  const service = await site.service('by-file', connection)
  const job = await submit(service, { to: 9n, pause: 7n })
  await counted(service, job, 7)
  await checkpoint(service, job)
  expect(await results(service, job)).toMatchObject({ begun: 7n, ended: 9n })
  expect(await waitFor(service, job)).toMatchObject({ attempt: 2 })
})

test('restore starts an instance that createService made', async () => {
  const service = await site.service('by-itself', connection)
  const job = await submit(service, { to: 5n })
  await results(service, job)
  const content = await fetched(await checkpoint(service, job))
  const handle = await createService(connection, service.url, 'by-itself', '<t:to>8</t:to>')
  await service.call('restore', { checkpoint: { content } }, handle)
  expect(await results(service, handle)).toMatchObject({ begun: 5n, ended: 8n })
})

describe('an archive that is of no use', () => {
  const failing = async (name: string, content: Uint8Array): Promise<JobStatus> => {
    const service = await site.service(name, connection)
    const status = await waitFor(service, await submit(service, { checkpoint: { content } }))
    expect(status).toMatchObject({ state: 'Failed', cause: 'input' })
    return status
  }

  test('fails its job, and says why', async () => {
    const service = await site.service('by-itself', connection)
    const job = await submit(service, { to: 5n })
    await results(service, job)
    const bytes = await fetched(await checkpoint(service, job))
    expect(await failing('by-signal', bytes)).toMatchObject({
      reason: expect.stringContaining('of by-itself') as string,
    })
    expect(await failing('by-itself', bytes.subarray(0, 1000))).toMatchObject({
      reason: expect.stringContaining('cut off') as string,
    })
    expect(await failing('by-itself', Buffer.from('no archive'))).toBeDefined()
    const damaged = Buffer.from(bytes)
    const place = damaged.lastIndexOf('5\n')
    damaged.write('9', place)
    expect(await failing('by-itself', damaged)).toMatchObject({ reason: expect.stringContaining('damaged') as string })
  })
})
