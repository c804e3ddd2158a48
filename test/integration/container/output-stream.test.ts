import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EventStreamParser, type StreamedEvent } from '../../../src/client/event-stream.ts'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { textOrBytes, wholeCharacters } from '../../../src/container/output-stream.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'
import { run } from '../cli/command.ts'

/** Prints a line for each file that appears beside it, `stop` being the last. */
const told = `
gridwrap: 1
name: told
title: Prints what it is told
command: sh told.sh {folder}
inputs: {folder: {type: string, pattern: '/.*'}}
files:
  - told.sh: |
      n=1
      printf 'ready ä'; printf '\\303'
      while [ ! -e "$1/stop" ]; do
        if [ -e "$1/$n" ]; then printf '\\244\\n'; cat "$1/$n"; n=$((n+1)); fi
        sleep 0.05
      done
      printf '\\377\\376'
      echo kept >kept.txt
outputs: {said: stdout, kept: kept.txt}
`

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy
beforeAll(async () => {
  site = await TestSite.start({ descriptions: { told } })
  connection = site.connect()
  service = await site.service('told', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const tell = (name: string, text = ''): void => writeFileSync(join(site.folder, name), text)
const submit = async (): Promise<string> =>
  (await service.call<{ job: JobRef }>('submit', { folder: site.folder })).job.handle

/** The events of an output; `each` is done after each. */
async function follow(
  address: string,
  each: (event: StreamedEvent) => void,
  headers: Record<string, string> = {},
): Promise<readonly StreamedEvent[]> {
  const { status, body } = await connection.send('GET', address, { Accept: 'text/event-stream', ...headers })
  expect(status).toBe(200)
  body.setEncoding('utf8')
  const parser = new EventStreamParser()
  const events: StreamedEvent[] = []
  for await (const piece of body)
    for (const event of parser.push(String(piece))) {
      events.push(event)
      each(event)
    }
  return events
}

describe('an output that is followed', () => {
  test('comes as it is written, character by character, to its end, and can be gone on with', async () => {
    const handle = await submit()
    let text = ''
    const events = await follow(`${handle}/output/stdout`, ({ event, data }) => {
      if (event !== 'output') return
      text += (JSON.parse(data) as { text?: string }).text ?? ''
      if (text === 'ready ä') tell('1', 'first\n')
      if (text.endsWith('first\n')) tell('stop')
    })
    expect(text).toBe('ready ää\nfirst\n')
    expect(events.at(-2)).toMatchObject({ event: 'output', data: JSON.stringify({ content: '//4=' }) })
    expect(events.at(-1)).toMatchObject({ event: 'end', id: '19', data: JSON.stringify({ state: 'Done' }) })
    const rest = await follow(`${handle}/output/said`, () => undefined, { 'Last-Event-ID': '11' })
    expect(rest.map(({ event, data }) => [event, data])).toEqual([
      ['output', JSON.stringify({ content: Buffer.from('first\n\xff\xfe', 'latin1').toString('base64') })],
      ['end', JSON.stringify({ state: 'Done' })],
    ])
    const kept = await follow(`${handle}/output/kept`, () => undefined)
    expect(kept.map(({ data }) => data)).toEqual([
      JSON.stringify({ text: 'kept\n' }),
      JSON.stringify({ state: 'Done' }),
    ])
  })

  test('of no output of that name is refused, with those that there are', async () => {
    const handle = await submit()
    const { status, text } = await connection.sendForText('GET', `${handle}/output/nothing`)
    expect(status).toBe(400)
    expect(text).toContain('There are: stdout, stderr, said, kept')
    const unknown = handle.replace(/.$/, 'q')
    expect((await connection.sendForText('GET', `${unknown}/output/stdout`)).status).toBe(404)
  })

  test('is there for SOAP clients that wait, and on the command line', async () => {
    const handle = await submit()
    const output = { output: 'stdout' }
    type Part = { output: { content: Uint8Array; next: bigint; end: boolean } }
    const first = await service.call<Part>('getOutput', { ...output, waitSeconds: 60 }, handle)
    expect(first.output.next).toBeGreaterThan(0n)
    const { stdout } = await run(['output', handle, '--follow'], { env: site.environmentFor(), cwd: site.folder })
    expect(stdout).toContain('ready ä')
    const last = await service.call<Part>('getOutput', { ...output, offset: 11n, waitSeconds: 60 }, handle)
    expect(last.output).toMatchObject({ next: 11n, end: true })
  })
})

test('characters are not cut, and what is no text is bytes', () => {
  const bytes = Buffer.from('aä€😀')
  for (let cut = 0; cut <= bytes.length; cut++) {
    const whole = wholeCharacters(bytes.subarray(0, cut), false)
    expect('text' in textOrBytes(whole)).toBe(true)
    expect(cut - whole.length).toBeLessThan(4)
  }
  expect(wholeCharacters(bytes.subarray(0, 2), true)).toHaveLength(2)
  expect(textOrBytes(Buffer.from([0xff]))).toEqual({ content: '/w==' })
  expect(wholeCharacters(Buffer.from([0x80, 0x80, 0x80, 0x80]), false)).toHaveLength(4)
})
