import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { pythonSession } from '../../support/python-session.ts'
import { TestSite } from '../../support/site.ts'

interface Evaluation {
  readonly ok: boolean
  readonly output: string
  readonly error?: string
  readonly messages?: string
}

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy

beforeAll(async () => {
  site = await TestSite.start({
    descriptions: { python: pythonSession('python'), nap: pythonSession('nap', '  idle: 1s') },
  })
  connection = site.connect()
  service = await site.service('python', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const open = async (inputs: object = {}, from = service): Promise<string> =>
  (await from.call<{ job: JobRef }>('submit', { ...inputs })).job.handle

const evaluate = async (handle: string, code: string, more: object = {}): Promise<Evaluation> =>
  (await service.call<{ evaluation: Evaluation }>('evaluate', { code, ...more }, handle)).evaluation

const call = async (handle: string, operation: string, parameters: object): Promise<Record<string, unknown>> =>
  (await service.call<{ results: Record<string, unknown> }>(operation, { ...parameters }, handle)).results

const status = async (handle: string): Promise<JobStatus> =>
  (await service.call<{ status: JobStatus }>('getStatus', {}, handle)).status

describe('a session', () => {
  test('keeps what a call has defined for the next', async () => {
    const handle = await open()
    expect(await evaluate(handle, 'x = 20')).toMatchObject({ ok: true, output: '' })
    expect(await evaluate(handle, 'x += 1\nprint(x * 2)')).toMatchObject({ ok: true, output: '42\n' })
    const page = await connection.sendForText('GET', handle, { Accept: 'text/html' })
    expect(page.text).toContain(`gridwrap evaluate ${handle}`)
    expect(page.text).toContain('<code>add</code>')
    await service.call('destroy', {}, handle)
  })

  test('answers an error of the code, and goes on', async () => {
    const handle = await open()
    expect(await evaluate(handle, '1/0')).toMatchObject({ ok: false, error: 'ZeroDivisionError: division by zero' })
    expect(await evaluate(handle, 'print("here", end="")')).toMatchObject({ ok: true, output: 'here' })
    await service.call('destroy', {}, handle)
  })

  test('has typed calls, whose values are never code', async () => {
    const handle = await open()
    expect(await call(handle, 'add', { numbers: [1, 2.5] })).toEqual({ total: 3.5, said: 'none' })
    const note = '"); import os; os._exit(3) #'
    expect(await call(handle, 'add', { numbers: [1], note })).toEqual({ total: 4.5, said: note })
    expect(await call(handle, 'upper', { words: { text: 'abc' } })).toMatchObject({
      upper: { name: 'upper.txt', size: 3n, content: new Uint8Array(Buffer.from('ABC')) },
    })
    await expect(call(handle, 'add', {})).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(call(handle, 'add', { numbers: [Number.NaN] })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(call(handle, 'upper', { words: { upload: true } })).rejects.toMatchObject({ code: 'invalid-input' })
    await service.call('destroy', {}, handle)
  })

  test('is interrupted when its time is over, or when somebody says so', async () => {
    const handle = await open()
    await evaluate(handle, 'x = 5')
    const late = await evaluate(handle, 'while True: pass', { timeoutSeconds: 1 })
    expect(late).toMatchObject({ ok: false, error: expect.stringContaining('interrupted after') as string })
    const going = evaluate(handle, 'print("begun", flush=True)\nwhile True: pass')
    for (;;) {
      const { output } = await service.call<{ output: { content: Uint8Array } }>(
        'getOutput',
        { output: 'stdout' },
        handle,
      )
      if (Buffer.from(output.content).toString().endsWith('begun\n')) break
    }
    await service.call('interrupt', {}, handle)
    expect(await going).toMatchObject({ ok: false, error: 'interrupted', output: 'begun\n' })
    expect(await evaluate(handle, 'print(x)')).toMatchObject({ output: '5\n' })
    await service.call('destroy', {}, handle)
  })

  test('ends when its interpreter does, and says so', async () => {
    const handle = await open()
    await expect(evaluate(handle, 'print("last words")\nraise SystemExit')).rejects.toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('The interpreter ended while it was called') as string,
      detail: { stderrTail: 'last words\n' },
    })
    await service.call('waitFor', { seconds: 20 }, handle)
    expect(await status(handle)).toMatchObject({ state: 'Done', exitCode: 0 })
    await expect(evaluate(handle, '1')).rejects.toMatchObject({ code: 'not-ready' })
    // The code by which a holder says that it sleeps means nothing from others.
    const pretender = await open()
    await expect(evaluate(pretender, 'import os; os._exit(75)')).rejects.toMatchObject({ code: 'job-failed' })
    await service.call('waitFor', { seconds: 20 }, pretender)
    expect(await status(pretender)).toMatchObject({ state: 'Failed', exitCode: 1 })
    const other = await open()
    await expect(evaluate(other, 'import os; os.abort()')).rejects.toMatchObject({ code: 'job-failed' })
    await service.call('waitFor', { seconds: 20 }, other)
    expect(await status(other)).toMatchObject({ state: 'Failed', signal: 'SIGABRT' })
  })

  test('answers one call after the other', async () => {
    const handle = await open()
    await evaluate(handle, 'seen = []')
    const codes = Array.from({ length: 10 }, (_, n) => `seen.append(${n})`)
    await Promise.all(codes.map(code => evaluate(handle, code)))
    expect((await evaluate(handle, 'print(len(seen))')).output).toBe('10\n')
    await service.call('destroy', {}, handle)
  })

  test('outlives its container', async () => {
    const handle = await open()
    await evaluate(handle, 'x = 11')
    await site.kill()
    await site.startContainer()
    expect(await evaluate(handle, 'print(x)')).toMatchObject({ output: '11\n' })
    await service.call('cancel', {}, handle)
    expect((await service.call<{ status: JobStatus }>('waitFor', { seconds: 20 }, handle)).status.state).toBe(
      'Canceled',
    )
  })

  test('is saved, and begun again in another', async () => {
    const handle = await open()
    await evaluate(handle, 'x = 13')
    const { checkpoint } = await service.call<{ checkpoint: { url: string[] } }>('checkpoint', {}, handle)
    await service.call('destroy', {}, handle)
    await expect(connection.sendForText('GET', checkpoint.url[0] ?? '')).resolves.toMatchObject({ status: 404 })
    const again = await open()
    await evaluate(again, 'x = 14')
    const saved = await service.call<{ checkpoint: { url: string[] } }>('checkpoint', {}, again)
    const { body } = await connection.send('GET', saved.checkpoint.url[0] ?? '')
    const content = await buffer(body)
    const third = await open({ checkpoint: { content } })
    expect(await evaluate(third, 'print(x)')).toMatchObject({ output: '14\n' })
    for (const one of [again, third]) await service.call('destroy', {}, one)
  })
})

test('a session that nobody calls sleeps, and the next call wakes it, whatever happened meanwhile', async () => {
  const nap = await site.service('nap', connection)
  const handle = await open({}, nap)
  await evaluate(handle, 'x = 17')
  const asleep = async (): Promise<void> => {
    while ((await status(handle)).state !== 'Suspended') await service.call('waitFor', { seconds: 1 }, handle)
  }
  await asleep()
  expect(await evaluate(handle, 'print(x)')).toMatchObject({ output: '17\n' })
  expect(await status(handle)).toMatchObject({ attempt: 2 })
  await asleep()
  await site.kill()
  await site.startContainer()
  expect(await evaluate(handle, 'print(x + 1)')).toMatchObject({ output: '18\n' })
  await asleep()
  await service.call('cancel', {}, handle)
  expect((await status(handle)).state).toBe('Canceled')
})

test('a session that cannot be saved does not sleep', async () => {
  const nap = await site.service('nap', connection)
  const handle = await open({}, nap)
  await evaluate(handle, 'x = 19\nimport os\nos.chdir("/proc")')
  // It is tried after a second, and told on standard error.
  for (;;) {
    const { text } = await connection.sendForText('GET', `${handle}/files/stderr`)
    if (text.includes('the session could not be saved, and goes on')) break
    await service.call('waitFor', { seconds: 1 }, handle)
  }
  expect(await evaluate(handle, 'print(x)')).toMatchObject({ output: '19\n' })
  await expect(service.call('checkpoint', {}, handle)).rejects.toMatchObject({
    code: 'not-ready',
    message: expect.stringContaining('could not be saved') as string,
  })
  await service.call('destroy', {}, handle)
})

test('a session that sleeps is suspended when its owner says so, and no call wakes it until it is resumed', async () => {
  const nap = await site.service('nap', connection)
  const handle = await open({}, nap)
  await evaluate(handle, 'x = 23')
  while ((await status(handle)).state !== 'Suspended') await service.call('waitFor', { seconds: 1 }, handle)
  await service.call('suspend', {}, handle)
  await expect(evaluate(handle, 'print(x)')).rejects.toMatchObject({ code: 'not-ready' })
  await service.call('resume', {}, handle)
  expect(await evaluate(handle, 'print(x)')).toMatchObject({ output: '23\n' })
  await service.call('destroy', {}, handle)
})
