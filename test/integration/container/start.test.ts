import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobStatus } from '../../../src/factory/job-status.ts'
import { createService } from '../../support/create-service.ts'
import { TestSite } from '../../support/site.ts'

const join = `
gridwrap: 1
name: join
title: Joins two files
command: sh join.sh {first} {second} {times}
files:
  - join.sh: cat "$1" "$2"
inputs:
  first: {type: file}
  second: {type: file}
  times: {type: integer, range: 1..5, default: 1}
outputs:
  both: stdout
`

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy

beforeAll(async () => {
  const configuration = { quota: '{queued: 3}', run: '{at-once: 8, grace: 2s}' }
  site = await TestSite.start({ descriptions: { join }, configuration })
  connection = site.connect()
  service = await site.service('join', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

/** An instance that waits for its start, made with these inputs of run. */
const create = (inputs: string): Promise<string> => createService(connection, service.url, 'join', inputs)

const start = async (handle: string, inputs: object = {}): Promise<JobStatus> =>
  (await service.call<{ status: JobStatus }>('start', { ...inputs }, handle)).status
const text = (content: string): object => ({ content: Buffer.from(content) })

async function joined(handle: string): Promise<string> {
  await service.call('waitFor', { seconds: 30 }, handle)
  const { results } = await service.call<{ results: { both: { content: Uint8Array } } }>('getResults', {}, handle)
  return Buffer.from(results.both.content).toString()
}

describe('an instance that createService made', () => {
  test('takes what it was not given when it is started', async () => {
    const handle = await create('<t:first><j:text>one </j:text></t:first>')
    expect(await start(handle, { second: text('two') })).toMatchObject({ application: 'join' })
    expect(await joined(handle)).toBe('one two')
  })

  test('is not started as long as something is missing, and loses nothing by the refusal', async () => {
    const handle = await create('<t:second><j:text>two</j:text></t:second>')
    const missing = { detail: { problem: [expect.objectContaining({ input: 'first', rule: 'is missing' })] } }
    await expect(start(handle)).rejects.toMatchObject({ code: 'invalid-input', ...missing })
    await expect(start(handle, { first: text('one '), times: 9n })).rejects.toMatchObject({ code: 'invalid-input' })
    await start(handle, { first: text('one ') })
    expect(await joined(handle)).toBe('one two')
  })

  test('keeps the inputs that it has', async () => {
    const handle = await create('<t:first><j:text>one </j:text></t:first>')
    const again = { detail: { problem: [expect.objectContaining({ input: 'first' })] } }
    await expect(start(handle, { first: text('x'), second: text('y') })).rejects.toMatchObject(again)
    await start(handle, { second: text('two') })
    expect(await joined(handle)).toBe('one two')
  })

  test('is refused inputs that are wrong by themselves', async () => {
    await expect(create('<t:times>9</t:times>')).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(create('<t:frist/>')).rejects.toMatchObject({ code: 'invalid-input' })
  })

  test('waits for files that were promised before and with the start', async () => {
    const handle = await create('<t:first><j:upload>true</j:upload></t:first>')
    const put = (name: string, content: string) =>
      connection.sendForText('PUT', `${handle}/files/${name}`, { 'Content-Length': String(content.length) }, content)
    expect((await put('second', 'x')).status).toBe(404)
    expect((await put('first', 'one ')).status).toBe(201)
    const { state, job } = await start(handle, { second: { upload: true } })
    expect([state, job.upload?.map(({ input }) => input)]).toEqual(['StageIn', ['second']])
    expect((await put('second', 'two')).status).toBe(201)
    expect(await joined(handle)).toBe('one two')
  })

  test('started twice at once runs once, with the inputs of one of the two', async () => {
    const handle = await create('<t:first><j:text>one </j:text></t:first>')
    const tries = await Promise.allSettled(['a', 'b', 'c', 'd'].map(name => start(handle, { second: text(name) })))
    expect(tries.filter(one => one.status === 'fulfilled')).toHaveLength(1)
    const winner = ['a', 'b', 'c', 'd'][tries.findIndex(one => one.status === 'fulfilled')]
    expect(await joined(handle)).toBe(`one ${winner}`)
  })

  test('may be told to start again, with nothing; it runs once', async () => {
    const handle = await create('<t:first><j:text>a</j:text></t:first><t:second><j:upload>true</j:upload></t:second>')
    expect((await start(handle)).state).toBe('StageIn')
    expect((await start(handle)).state).toBe('StageIn')
    await expect(start(handle, { times: 2n })).rejects.toMatchObject({ code: 'not-ready' })
  })

  test('counts against the queue of its owner when it is started', async () => {
    const waiting = '<t:first><j:upload>true</j:upload></t:first><t:second><j:text>b</j:text></t:second>'
    const handles = await Promise.all(Array.from({ length: 5 }, () => create(waiting)))
    const tries = await Promise.allSettled(handles.map(handle => start(handle)))
    // One of the test before waits already.
    expect(tries.filter(one => one.status === 'fulfilled')).toHaveLength(2)
    for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'busy' })
  })
})
