import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StreamedEvent } from '../../../src/client/event-stream.ts'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { watchJob } from '../../../src/client/watch-job.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'
import { run } from '../cli/command.ts'

const steps = `
gridwrap: 1
name: steps
title: Tells how far it is
command: sh -c "sleep $0" {seconds}
inputs:
  seconds: {type: integer, default: 0}
outputs:
  said: stdout
`

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy
beforeAll(async () => {
  site = await TestSite.start({ descriptions: { steps } })
  connection = site.connect()
  service = await site.service('steps', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const submit = async (seconds: number): Promise<string> =>
  (await service.call<{ job: JobRef }>('submit', { seconds: BigInt(seconds) })).job.handle
const stateOf = ({ data }: StreamedEvent): unknown => (JSON.parse(data) as { state?: unknown }).state
/** The events of a job until one fits. */
async function until(
  stream: AsyncIterable<StreamedEvent>,
  isLast: (event: StreamedEvent) => boolean,
): Promise<readonly StreamedEvent[]> {
  const events: StreamedEvent[] = []
  for await (const event of stream) {
    // What tells that the past is told is no event of the job.
    if (event.event !== 'current') events.push(event)
    if (isLast(event)) break
  }
  return events
}

describe('the events of an instance', () => {
  test('come from its beginning to its end, and can be gone on with', async () => {
    const handle = await submit(0)
    const events = await until(watchJob(handle, connection), event => stateOf(event) === 'Done')
    const states = events.filter(({ event }) => event === 'state').map(stateOf)
    expect(states[0]).toBe('Pending')
    expect(states.at(-1)).toBe('Done')
    const ids = events.map(({ id }) => Number(id))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    const middle = events[1]?.id ?? ''
    const rest = await until(watchJob(handle, connection, { after: middle }), event => stateOf(event) === 'Done')
    expect(rest).toEqual(events.slice(2))
  })

  test('end when it is destroyed', async () => {
    const handle = await submit(600)
    const watched = until(watchJob(handle, connection), () => false)
    await service.call('destroy', {}, handle)
    expect((await watched).at(-1)?.event).toBe('destroyed')
  })

  test('go on when the container was killed, and miss nothing', async () => {
    const handle = await submit(600)
    const begun = Promise.withResolvers<void>()
    const watched = until(watchJob(handle, connection), event => {
      begun.resolve()
      return stateOf(event) === 'Canceled'
    })
    await begun.promise
    await site.kill()
    await site.startContainer()
    using again = site.connect()
    await (await site.service('steps', again)).call('cancel', {}, handle)
    const events = await watched
    const states = events.filter(({ event }) => event === 'state').map(stateOf)
    expect(states.at(0)).toBe('Pending')
    expect(states.at(-1)).toBe('Canceled')
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  })

  test('are for those who may see it, and as long as they may', async () => {
    const handle = await submit(600)
    const bob = await site.user('Bob')
    using other = site.connect(bob)
    await expect(watchJob(handle, other).next()).rejects.toMatchObject({ code: 'not-found' })
    await service.call('share', { with: bob.dn, right: 'read' }, handle)
    const seen: StreamedEvent[] = []
    const watching = (async () => {
      for await (const event of watchJob(handle, other)) seen.push(event)
    })()
    await expect.poll(() => seen.length).toBeGreaterThan(0)
    await service.call('unshare', { with: bob.dn }, handle)
    await expect(watching).rejects.toMatchObject({ code: 'not-found' })
    // With whom it is shared is for the owner to know.
    expect(seen.map(({ event }) => event)).not.toContain('shared')
    await service.call('cancel', {}, handle)
  })

  test('are not sent for HEAD, after which the connection can be used', async () => {
    const handle = await submit(600)
    for (let n = 0; n < 3; n++) {
      const { status, headers } = await connection.send('HEAD', `${handle}/events`)
      expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    }
    await service.call('cancel', {}, handle)
  })

  test('cannot be had without end by one caller', async () => {
    const handle = await submit(600)
    const stop = new AbortController()
    const streams = Array.from({ length: 64 }, () => site.connect())
    const opened = await Promise.all(
      streams.map(one => one.send('GET', `${handle}/events`, {}, undefined, stop.signal)),
    )
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]))
    const refused = await connection.sendForText('GET', `${handle}/events`)
    expect(refused.status).toBe(503)
    stop.abort()
    for (const { body } of opened) body.on('error', () => undefined)
    for (const one of streams) one[Symbol.dispose]()
    await service.call('cancel', {}, handle)
  })
})

test('gridwrap watch shows them, until the job is over', async () => {
  const handle = await submit(0)
  const terms = { env: site.environmentFor(), cwd: site.folder }
  const { code, stdout } = await run(['watch', handle], terms)
  expect(code).toBe(0)
  expect(stdout).toMatch(/Pending\n/)
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}Done$/)
  const json = await run(['watch', handle, '--json'], terms)
  expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({ kind: 'state', state: 'Pending' })
  const last = json.stdout.trim().split('\n').at(-1) ?? ''
  const after = await run(
    ['watch', handle, '--after', String((JSON.parse(last) as { sequence: number }).sequence)],
    terms,
  )
  expect(after).toMatchObject({ code: 0, stdout: '' })
  const nobody = await run(['watch', handle.replace(/.{4}$/, 'aaaa')], terms)
  expect(nobody.code).toBe(4)
})
