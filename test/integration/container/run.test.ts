import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'

const greet = `
gridwrap: 1
name: greet
title: Says hello
command: sh greet.sh {who} {times} [{note}]
inputs:
  who: {type: string, help: Whom to greet}
  times: {type: integer, range: 1..5, default: 1}
  pause: {type: number, range: 0..60, default: 0}
  note: {type: file, optional: true}
files:
  - greet.sh: |
      sleep {pause}
      i=0; while [ $i -lt $2 ]; do echo "hello $1"; i=$((i+1)); done
outputs:
  said: stdout
  first: {type: string, from: said, match: '^hello (.*)$'}
`

/** Its program is known only where its set-up has been. */
const prepared = `
gridwrap: 1
name: prepared
title: Says what it was given
setup: |
  printf '#!/bin/sh\\nprintf "%%s\\\\n" "$GREETING" "$@"\\n' > tool; chmod +x tool
  PATH=$PWD:$PATH; GREETING='it is set'; export GREETING
command: tool {word} end
version-command: sh --nothing
inputs: {word: string}
outputs: {said: stdout}
`

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet, prepared } })
  connection = site.connect()
  service = await site.service('greet', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

interface Results {
  readonly said: { readonly content: Uint8Array; readonly size: bigint; readonly url: readonly string[] }
  readonly first: string
  readonly status: JobStatus
}

describe('run', () => {
  test('waits for the program and answers with its typed results', async () => {
    const { results } = await service.call<{ results: Results }>('run', { who: 'Ada Lovelace', times: 2n })
    expect(Buffer.from(results.said.content).toString()).toBe('hello Ada Lovelace\nhello Ada Lovelace\n')
    expect(results.first).toBe('Ada Lovelace')
    expect(results.status).toMatchObject({ state: 'Done', exitCode: 0, application: 'greet' })
  })

  test('says what the program used, and how that is known', async () => {
    const { results } = await service.call<{ results: Results }>('run', { who: 'Ada', pause: 0.3 })
    const { usage } = results.status
    expect(usage).toMatchObject({ attempts: 1 })
    expect(usage?.measured).toBe('processor counted, memory sampled, files counted')
    expect(usage?.processorSeconds).toBeLessThan(5)
    expect(Number(usage?.peakMemoryBytes)).toBeGreaterThan(100_000)
    expect(Number(usage?.readBytes)).toBeGreaterThan(100)
    const page = await connection.sendForText('GET', results.status.job.page, { Accept: 'text/html' })
    expect(page.text).toMatch(/<th>Used<\/th><td>\d.* s of processor time, at most \d.*B of memory/)
  })

  test('a set-up makes the program known, and reads nothing of a caller', async () => {
    const own = await site.service('prepared', connection)
    const word = '$(touch owned); `id` "$GREETING"'
    const { results } = await own.call<{ results: Results & { ran: { command: string } } }>('run', { word })
    expect(Buffer.from(results.said.content).toString()).toBe(`it is set\n${word}\nend\n`)
    expect(results.ran.command).toMatch(/^tool .* end$/)
    // Nor does what it writes stay where the container was started, when the version was asked.
    expect(existsSync('tool')).toBe(false)
  })

  test('passes what looks like options, shell and newlines as data, or refuses it', async () => {
    const who = '$(touch /tmp/owned); `id` | cat > x && "quoted" \'single\''
    const { results } = await service.call<{ results: Results }>('run', { who })
    expect(Buffer.from(results.said.content).toString()).toBe(`hello ${who}\n`)
    await expect(service.call('run', { who: '-rf' })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(service.call('run', { who: 'two\nlines' })).rejects.toMatchObject({ code: 'invalid-input' })
  })

  test('tells all problems with the inputs at once, with what is accepted', async () => {
    const failing = service.call('run', { who: 'x', times: 9n, pause: 99 })
    await expect(failing).rejects.toMatchObject({
      code: 'invalid-input',
      detail: { problem: [expect.objectContaining({ input: 'times' }), expect.objectContaining({ input: 'pause' })] },
    })
  })

  test('answers StillRunning with the handle when the time is over, and the job goes on', async () => {
    const error = await service.call('run', { who: 'late', pause: 2, options: { waitSeconds: 0 } }).then(
      () => undefined,
      (thrown: { code: string; detail: { status: JobStatus } }) => thrown,
    )
    expect(error?.code).toBe('still-running')
    const handle = error?.detail.status.job.handle ?? ''
    const { status } = await service.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, handle)
    expect(status.state).toBe('Done')
  })
})

describe('requestId', () => {
  test('gives the same job to the same request, and refuses another one', async () => {
    const options = { requestId: 'once' }
    const first = await service.call<{ job: JobRef }>('submit', { who: 'a', options })
    const second = await service.call<{ job: JobRef }>('submit', { who: 'a', options })
    expect(second.job.id).toBe(first.job.id)
    await expect(service.call('submit', { who: 'b', options })).rejects.toMatchObject({ code: 'invalid-input' })
  })

  test('of a job that is over says so, and runs nothing again', async () => {
    const request = { who: 'a', options: { requestId: 'over' } }
    const { job } = await service.call<{ job: JobRef }>('submit', request)
    await service.call('destroy', {}, job.handle)
    await expect(service.call('submit', request)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(job.id),
      detail: { why: 'ended' },
    })
  })
})

describe('the life of an instance', () => {
  test('suspend, resume and cancel a running program', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'x', pause: 30 })
    await until(job.handle, 'Active')
    await service.call('suspend', {}, job.handle)
    await until(job.handle, 'Suspended')
    await service.call('resume', {}, job.handle)
    await until(job.handle, 'Active')
    await service.call('cancel', {}, job.handle)
    const { status } = await service.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, job.handle)
    expect(status).toMatchObject({ state: 'Canceled' })
  })

  test('a destroyed instance has ended, also for its owner', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'x' })
    await service.call('waitFor', { seconds: 30 }, job.handle)
    await service.call('destroy', {}, job.handle)
    await expect(service.call('getStatus', {}, job.handle)).rejects.toMatchObject({
      code: 'not-found',
      detail: { why: 'ended' },
    })
  })

  test('a promised file starts the program when it comes', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'x', note: { upload: true } })
    const [place] = job.upload ?? []
    expect((await service.call<{ status: JobStatus }>('getStatus', {}, job.handle)).status.state).toBe('StageIn')
    const put = await connection.sendForText('PUT', place?.url ?? '', { 'Content-Length': '5' }, 'note\n')
    expect(put.status).toBe(201)
    const { status } = await service.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, job.handle)
    expect(status.state).toBe('Done')
  })
})

describe('a promised file', () => {
  const put = (handle: string, content: string) =>
    connection.sendForText('PUT', `${handle}/files/note`, { 'Content-Length': String(content.length) }, content)

  test('that comes too late changes nothing', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'x', note: { upload: true } })
    const url = new URL(job.upload?.[0]?.url ?? '')
    const slow = request(url, { ...site.alice.proxy.toTls(), ca: await readFile(site.caFile), method: 'PUT' })
    const late = new Promise<number>((resolve, reject) => {
      slow.on('response', answer => resolve(answer.resume().statusCode ?? 0)).on('error', reject)
    })
    await new Promise<void>(resolve => slow.write('late', () => resolve()))
    expect((await put(job.handle, 'in time')).status).toBe(201)
    await service.call('waitFor', { seconds: 30 }, job.handle)
    slow.end('r')
    expect(await late).toBe(409)
    const { text } = await connection.sendForText('GET', `${job.handle}/files/note`)
    expect(text).toBe('in time')
  })

  test('that nobody asked for is not invited, and one that was is', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'x', note: { upload: true } })
    const ask = (name: string): Promise<{ invited: boolean; status: number }> =>
      new Promise((resolve, reject) => {
        let invited = false
        const options = {
          ...site.alice.proxy.toTls(),
          method: 'PUT',
          headers: { Expect: '100-continue', 'Content-Length': '4' },
        }
        const sending = request(new URL(`${job.handle}/files/${name}`), { ...options, ca: readFileSync(site.caFile) })
        sending.on('continue', () => {
          invited = true
          sending.end('note')
        })
        sending.on('response', answer => {
          resolve({ invited, status: answer.resume().statusCode ?? 0 })
          sending.destroy()
        })
        sending.on('error', reject)
        sending.flushHeaders()
      })
    expect(await ask('nothing')).toEqual({ invited: false, status: 404 })
    expect(await ask('note')).toEqual({ invited: true, status: 201 })
  })

  test('may be sent again before the start; the last one counts', async () => {
    const uploads = { who: 'x', note: { upload: true } }
    const { job } = await service.call<{ job: JobRef }>('submit', uploads)
    expect((await put(job.handle, 'only')).status).toBe(201)
    expect((await put(job.handle, 'again')).status).toBe(409)
  })

  test('is limited to what its owner may store', async () => {
    await using small = await TestSite.start({ descriptions: { greet }, configuration: { quota: '{stored: 1KB}' } })
    using theirs = small.connect()
    const greeting = await small.service('greet', theirs)
    const { job } = await greeting.call<{ job: JobRef }>('submit', { who: 'x', note: { upload: true } })
    const send = (content: string) =>
      theirs.sendForText('PUT', job.upload?.[0]?.url ?? '', { 'Content-Length': String(content.length) }, content)
    const refused = await send('x'.repeat(2000))
    expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('as much as this container stores') })
    expect((await send('x'.repeat(500))).status).toBe(201)
  })
})

describe('other people', () => {
  test('do not see an instance: it does not exist for them', async () => {
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'secret' })
    const bob = await site.user('Bob')
    using other = site.connect(bob)
    const theirs = await site.service('greet', other)
    for (const operation of ['getStatus', 'getResults', 'cancel', 'destroy']) {
      await expect(theirs.call(operation, {}, job.handle)).rejects.toMatchObject({
        code: 'not-found',
        detail: { why: 'never' },
      })
    }
    const file = await other.sendForText('GET', `${job.handle}/files/stdout`)
    expect(file.status).toBe(404)
    expect((await theirs.call<{ list: { job?: unknown } }>('listInstances', {})).list.job).toBeUndefined()
  })

  test('who is not in the grid-mapfile is refused before the body is read', async () => {
    const eve = await site.user('Eve', { listed: false })
    using stranger = site.connect(eve)
    const theirs = await site.service('greet', stranger)
    await expect(theirs.call('run', { who: 'x' })).rejects.toMatchObject({ code: 'denied' })
  })

  test('nobody without a certificate gets more than contracts and health', async () => {
    using nobody = site.connect(null)
    expect((await nobody.sendForText('GET', `${site.url}/services/greet?wsdl`)).status).toBe(200)
    expect((await nobody.sendForText('GET', `${site.url}/health`)).status).toBe(200)
    for (const path of ['/', '/services/greet', '/instances/aaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      expect((await nobody.sendForText('GET', `${site.url}${path}`)).status).toBe(401)
    }
    const theirs = await site.service('greet', nobody)
    await expect(theirs.call('run', { who: 'x' })).rejects.toMatchObject({ code: 'credential-problem' })
  })
})

async function until(handle: string, state: JobStatus['state']): Promise<void> {
  await expect
    .poll(async () => (await service.call<{ status: JobStatus }>('getStatus', {}, handle)).status.state, {
      timeout: 20_000,
      interval: 50,
    })
    .toBe(state)
}
