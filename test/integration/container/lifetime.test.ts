import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { soap11 } from '../../../src/soap/namespaces.ts'
import { OGSI } from '../../../src/wsdl/names.ts'
import { createService } from '../../support/create-service.ts'
import { TestSite } from '../../support/site.ts'

const echo = `
gridwrap: 1
name: echo
title: Says it again
command: echo {word}
inputs:
  word: {type: string}
outputs:
  said: stdout
`
const day = 86_400_000

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { echo }, configuration: { quota: '{keep: 1d, keep-at-most: 10d}' } })
  connection = site.connect()
  service = await site.service('echo', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const made = async (): Promise<string> => {
  const { job } = await service.call<{ job: JobRef }>('submit', { word: 'x' })
  await service.call('waitFor', { seconds: 30 }, job.handle)
  return job.handle
}

async function ogsi(handle: string, body: string): Promise<string> {
  const text = `<s:Envelope xmlns:s="${soap11}" xmlns:o="${OGSI}"><s:Body>${body}</s:Body></s:Envelope>`
  const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(text)) }
  return (await connection.sendForText('POST', handle, headers, text)).text
}
const request = (which: 'After' | 'Before', time: Date | 'infinity'): string =>
  `<o:requestTermination${which}><o:terminationTime>${time === 'infinity' ? time : time.toISOString()}</o:terminationTime></o:requestTermination${which}>`
const window = (answer: string): { after: number; before: number } => {
  const read = (name: string): number => Date.parse(new RegExp(`[:\\s]${name}="([^"]+)"`).exec(answer)?.[1] ?? answer)
  return { after: read('after'), before: read('before') }
}

describe('the termination time of an instance (OGSI 1.0 section 7.6)', () => {
  test('in the past means now: it has ended when that is answered', async () => {
    const handle = await made()
    expect(window(await ogsi(handle, request('Before', new Date(0)))).before).toBeLessThanOrEqual(Date.now())
    await expect(service.call('getStatus', {}, handle)).rejects.toMatchObject({
      code: 'not-found',
      detail: { why: 'ended' },
    })
    await expect(service.call('extend', { keepSeconds: 100 }, handle)).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each(['infinity', new Date(Date.now() + 1000 * day)] as const)(
    'is bounded by what the site keeps at most (%s)',
    async time => {
      const handle = await made()
      for (const which of ['After', 'Before'] as const) {
        const { before } = window(await ogsi(handle, request(which, time)))
        expect(Math.abs(before - Date.now() - 10 * day)).toBeLessThan(60_000)
      }
    },
  )

  test('asked not to come before a moment, moves behind it', async () => {
    const handle = await made()
    const wanted = Date.now() + 5 * day
    const { after, before } = window(await ogsi(handle, request('After', new Date(wanted))))
    expect(after).toBe(wanted)
    expect(before).toBeGreaterThanOrEqual(wanted)
  })

  test('that createService asks for is bounded, too', async () => {
    const handle = await createService(connection, service.url, 'echo', '')
    const answer = await ogsi(
      service.url,
      '<o:createService><o:terminationTime before="infinity" after="9000-01-01T00:00:00Z"/></o:createService>',
    )
    for (const one of [window(answer).before, window(await ogsi(handle, request('Before', 'infinity'))).before])
      expect(Math.abs(one - Date.now() - 10 * day)).toBeLessThan(60_000)
    const past = '<o:createService><o:terminationTime before="2001-01-01T00:00:00Z"/></o:createService>'
    expect(await ogsi(service.url, past)).toContain('locator')
  })

  test('of a service is not for callers to set', async () => {
    for (const body of [request('After', 'infinity'), request('Before', new Date(0)), '<o:destroy/>'])
      expect(await ogsi(service.url, body)).toContain('Fault>')
    expect(await made()).toContain('/instances/')
  })
})

describe('findServiceData', () => {
  const ask = (handle: string, names: string): Promise<string> =>
    ogsi(
      handle,
      `<o:findServiceData><o:queryExpression><o:queryByServiceDataNames>${names}</o:queryByServiceDataNames></o:queryExpression></o:findServiceData>`,
    )

  test('answers each name once, however often it is asked for', async () => {
    const one = await ask(service.url, '<o:name>o:gridServiceReference</o:name>')
    const many = await ask(service.url, '<o:name>o:gridServiceReference</o:name>'.repeat(20_000))
    expect(one).toContain('WSDLReferenceType')
    expect(many.length).toBe(one.length)
  })

  test('originates faults at the service that was asked', async () => {
    expect(await ask(service.url, '<o:name>o:nothing</o:name>')).toContain(`handle>${service.url}<`)
  })
})
