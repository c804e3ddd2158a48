import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { soap11 } from '../../../src/soap/namespaces.ts'
import { applicationNamespace } from '../../../src/wsdl/names.ts'
import { TestSite, type TestUser } from '../../support/site.ts'

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

let site: TestSite
let bob: TestUser
let alice: HttpsConnection

beforeAll(async () => {
  site = await TestSite.start({
    descriptions: { echo },
    configuration: { administrators: "['/O=Test Grid/CN=Root']" },
  })
  bob = await site.user('Bob')
  alice = site.connect()
})
afterAll(async () => {
  alice[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
})

const submitted = async (): Promise<JobRef> =>
  (await (await site.service('echo', alice)).call<{ job: JobRef }>('submit', { word: 'secret' })).job

describe('who may what', () => {
  test('an administrator sees and ends what others made, without a line in the grid-mapfile', async () => {
    const job = await submitted()
    using connection = site.connect(await site.user('Root', { listed: false }))
    const theirs = await site.service('echo', connection)
    const { list } = await theirs.call<{ list: { job?: readonly { job: JobRef }[] } }>('listInstances', {})
    expect(list.job?.map(one => one.job.id)).toContain(job.id)
    await theirs.call('destroy', {}, job.handle)
  })

  test('the rule of a denial is in the log, and not in the answer', async () => {
    const job = await submitted()
    using connection = site.connect(bob)
    const { text } = await connection.sendForText('GET', job.handle)
    expect(text).not.toMatch(/rule|owner|gridmap/i)
    using stranger = site.connect(await site.user('Eve', { listed: false }))
    const refused = await stranger.sendForText('GET', `${site.url}/services/echo`)
    expect(refused.status).toBe(403)
    await expect.poll(() => site.log, { timeout: 20_000 }).toMatch(/\/O=Test Grid\/CN=Eve/)
  })

  test('a name that is not ASCII is listed as the fault says it, in UTF-8, or as the command writes it', async () => {
    for (const [name, line] of [
      ['André', '"/O=Test Grid/CN=Andr\\xC3\\xA9" andre'],
      ['Zoë', '"/O=Test Grid/CN=Zoë" zoe'],
      ['Jörg', `${quoteName('/O=Test Grid/CN=J\\xC3\\xB6rg')} joerg`],
    ] as const) {
      const user = await site.user(name, { listed: false })
      using connection = site.connect(user)
      expect((await connection.sendForText('GET', `${site.url}/services/echo`)).status).toBe(403)
      await site.list(line)
      expect((await connection.sendForText('GET', `${site.url}/services/echo`)).status, line).toBe(200)
    }
  })
})

describe('an action that is not the Body’s', () => {
  const NS = applicationNamespace('echo')
  const body = (header: string): string =>
    `<s:Envelope xmlns:s="${soap11}">${header}<s:Body><listInstances xmlns="${NS}"/></s:Body></s:Envelope>`
  const ask = async (header: string, headers: Readonly<Record<string, string | string[]>> = {}): Promise<string> => {
    const text = body(header)
    const all = { 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(text)), ...headers }
    return (await alice.sendForText('POST', `${site.url}/services/echo`, all as Record<string, string>, text)).text
  }

  test.each(['http://www.w3.org/2005/08/addressing', 'http://schemas.xmlsoap.org/ws/2004/08/addressing'])(
    'is refused in wsa:Action (%s)',
    async wsa => {
      const action = (name: string): string =>
        `<s:Header><a:Action xmlns:a="${wsa}" s:mustUnderstand="1">${NS}/${name}</a:Action></s:Header>`
      expect(await ask(action('listInstances'))).not.toContain('Fault>')
      expect(await ask(action('run'))).toContain('unknown-operation')
    },
  )

  test('is refused in a second SOAPAction', async () => {
    expect(await ask('', { SOAPAction: [`"${NS}/listInstances"`, `"${NS}/run"`] })).toContain('unknown-operation')
    expect(await ask('', { SOAPAction: `"${NS}/listInstances"` })).not.toContain('Fault>')
  })
})
