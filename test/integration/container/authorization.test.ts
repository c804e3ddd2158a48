// Over 300 lines: one site with every adapter, asked by everybody who is let in, shared with, or refused.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpsConnection } from '../../../src/client/https-connection.ts'
import { resolveHandle } from '../../../src/client/resolve-handle.ts'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { extension, signCertificate } from '../../../src/gsi/certificate-builder.ts'
import { keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import { type Credential, makeCredential } from '../../../src/gsi/credential.ts'
import { appendCommonName } from '../../../src/gsi/dn.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { vomsExtension, writeAttributeCertificate } from '../../support/attribute-certificate.ts'
import { createService } from '../../support/create-service.ts'
import { connectHttpg, delegate } from '../../support/httpg-client.ts'
import { TestSite, type TestUser } from '../../support/site.ts'

const application = (name: string): string => `
gridwrap: 1
name: ${name}
title: Says a number
command: echo {n} [ {data} ]
inputs:
  n: {type: integer, default: 1}
  data: {type: file, optional: true}
outputs:
  value: {type: integer, from: said, match: '(\\d+)'}
  said: stdout
`

const lasts = `
gridwrap: 1
name: lasts
title: Runs until it is ended
command: sleep 600
outputs:
  said: stdout
`

let site: TestSite
let bob: TestUser
let carol: TestUser
let voms: Credential

beforeAll(async () => {
  site = await TestSite.make({
    descriptions: { lasts, open: application('open'), vo: application('vo'), sized: application('sized') },
    configuration: {
      trust: '{certificates: ./certificates, vomsdir: ./vomsdir}',
      authorize: `[{ban: ./ban}, {limited-proxies: [instance.destroy]}, {gridmap: ./grid-mapfile, services: [open, lasts]},
        {voms: /astro/Role=production, services: [vo]}, {policy: ./policy.cedar}, owner]`,
    },
  })
  voms = await site.authority.issueHost({ names: ['voms.example.org'], key: 'ec' })
  await mkdir(join(site.folder, 'vomsdir/astro'), { recursive: true })
  await writeFile(
    join(site.folder, 'vomsdir/astro/voms.example.org.lsc'),
    `${voms.certificate.subject.slash}\n${voms.certificate.issuer.slash}\n`,
  )
  await writeFile(join(site.folder, 'ban'), '# nobody\n')
  await writeFile(
    join(site.folder, 'policy.cedar'),
    `@id("small") permit(principal, action == Action::"service.submit", resource == Application::"sized") when { context.parameters.n < 10 };
     @id("no large files") forbid(principal, action == Action::"service.submit", resource)
       when { context has parameters && context.parameters has data && context.parameters.data.bytes > 1000 };
     @id("not now") forbid(principal, action == Action::"credential.delegate", resource) when { principal.proxy == "limited" };`,
  )
  await site.startContainer()
  bob = await site.user('Bob')
  carol = await site.user('Carol', { listed: false })
})
afterAll(() => site[Symbol.asyncDispose]())

/** A proxy with attributes of the VO astro, made as voms-proxy-init would. */
function withRole(user: TestUser, ...fqans: readonly string[]): Credential {
  const { credential } = user
  const attributes = writeAttributeCertificate({
    signer: { certificate: voms.certificate, key: voms.key },
    holder: credential.certificate,
    vo: 'astro',
    fqans,
  })
  const certificate = signCertificate(
    {
      serial: Buffer.from('4711'),
      issuer: credential.certificate.subject,
      subject: appendCommonName(credential.certificate.subject, '4711'),
      notBefore: credential.certificate.notBefore,
      notAfter: Date.now() + 3_600_000,
      publicKey: user.proxy.certificate.publicKey ?? user.proxy.key,
      extensions: [
        extension.keyUsage(keyUsageBit.digitalSignature),
        extension.proxyCertInfo(oid.proxyInheritAll),
        vomsExtension(attributes),
      ],
    },
    credential.key,
  )
  return makeCredential(user.proxy.key, [certificate, ...credential.certificates])
}

const connectWith = (credential: Credential): HttpsConnection =>
  new HttpsConnection({ credential, trustDirectory: site.trust })

async function run(connection: HttpsConnection, service: string, n = 1): Promise<bigint> {
  const proxy = await site.service(service, connection)
  return (await proxy.call<{ results: { value: bigint } }>('run', { n: BigInt(n) })).results.value
}

const audit = (): Record<string, unknown>[] =>
  readFileSync(join(site.data, 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

describe('a container that admits one role for one application', () => {
  test('runs it for that role, and nothing else', async () => {
    using connection = connectWith(withRole(carol, '/astro', '/astro/Role=production'))
    expect(await run(connection, 'vo', 5)).toBe(5n)
    await expect(run(connection, 'open')).rejects.toMatchObject({ code: 'denied' })
  })

  test('does not let in another role of the same VO, nor the same person without it', async () => {
    using member = connectWith(withRole(bob, '/astro'))
    await expect(run(member, 'vo')).rejects.toMatchObject({ code: 'denied' })
    using plain = site.connect(carol)
    await expect(run(plain, 'vo')).rejects.toMatchObject({ code: 'denied' })
  })

  test('logs attributes that it does not believe, with the reason', async () => {
    using connection = connectWith(withRole(bob, '/other'))
    await expect(run(connection, 'vo')).rejects.toMatchObject({ code: 'denied' })
    expect(site.log).toMatch(/attributes of a virtual organization are not taken/)
    expect(site.log).toMatch(/\/other is not of its VO/)
  })
})

test('the grid-mapfile is for the services that it is named for', async () => {
  using connection = site.connect(bob)
  expect(await run(connection, 'open', 3)).toBe(3n)
  await expect(run(connection, 'vo')).rejects.toMatchObject({ code: 'denied' })
  const find = (name: string): Promise<unknown> =>
    resolveHandle(`${site.url}/services/${name}`, `${site.url}/resolver`, connection)
  expect(await find('open')).toMatchObject({ handle: [`${site.url}/services/open`] })
  // What he may not read does not exist for him.
  await expect(find('vo')).rejects.toMatchObject({ code: 'no-such-service' })
})

test('a policy decides by the parameters, and the audit log says by which rule', async () => {
  using connection = site.connect(bob)
  expect(await run(connection, 'sized', 9)).toBe(9n)
  await expect(run(connection, 'sized', 10)).rejects.toMatchObject({ code: 'denied' })
  const decisions = audit().filter(line => line['service'] === 'sized' && line['operation'] === 'run')
  expect(decisions).toEqual([
    expect.objectContaining({ outcome: 'permit', identity: bob.dn, rule: 'policy: "small" permits it' }),
    expect.objectContaining({ outcome: 'deny', identity: bob.dn, rule: 'default: nothing permits it' }),
  ])
})

describe('rules on parameters hold however a job is made', () => {
  const make = (connection: HttpsConnection, inputs: string): Promise<string> =>
    createService(connection, `${site.url}/services/sized`, 'sized', inputs)

  test('with createService, for what it has', async () => {
    using connection = site.connect(bob)
    const content = Buffer.alloc(2000).toString('base64')
    await expect(make(connection, `<t:data><j:content>${content}</j:content></t:data>`)).rejects.toMatchObject({
      code: 'denied',
    })
  })

  test('with start, for all of them', async () => {
    using connection = site.connect(bob)
    const handle = await make(connection, '')
    const job = await ServiceProxy.open(handle, connection)
    await expect(job.call('start', { n: 99n }, handle)).rejects.toMatchObject({ code: 'denied' })
    const large = { content: new Uint8Array(2000) }
    await expect(job.call('start', { n: 5n, data: large }, handle)).rejects.toMatchObject({ code: 'denied' })
    expect(await job.call('start', { n: 5n }, handle)).toBeDefined()
    const early = await make(connection, '<t:n>50</t:n>')
    await expect((await ServiceProxy.open(early, connection)).call('start', {}, early)).rejects.toMatchObject({
      code: 'denied',
    })
  })

  test('a thousand elements where none belong cost nobody else anything', async () => {
    using connection = site.connect(bob)
    const many = '<a b="c"/>'.repeat(50_000)
    await expect(make(connection, many)).rejects.toMatchObject({ code: 'invalid-input' })
    expect(await run(connection, 'sized', 2)).toBe(2n)
  })
})

test('who may not delegate connects with delegation, and nothing is kept', async () => {
  const limited = await createProxy(site.alice.credential, { kind: 'limited' })
  const socket = await connectHttpg(site, limited, 'D')
  await delegate(socket, limited, 'limited')
  socket.end()
  await expect.poll(() => audit().some(line => line['operation'] === 'httpg' && line['outcome'] === 'deny')).toBe(true)
  expect(readdirSync(join(site.data, 'credentials'))).toEqual([])
})

test('who is banned is refused on the connection that is open, and let in again', async () => {
  using connection = site.connect(bob)
  expect(await run(connection, 'open')).toBeDefined()
  appendFileSync(join(site.folder, 'ban'), `"${bob.dn}"\n`)
  await expect(run(connection, 'open')).rejects.toMatchObject({ code: 'denied' })
  writeFileSync(join(site.folder, 'ban'), '')
  expect(await run(connection, 'open')).toBeDefined()
})

describe('sharing', () => {
  const statusOf = async (connection: HttpsConnection, handle: string): Promise<unknown> =>
    (await ServiceProxy.open(handle, connection)).call('getStatus', {}, handle)

  test('lets others see, then control, then nothing any more', async () => {
    using own = site.connect()
    using other = site.connect(bob)
    const handle = await createService(own, `${site.url}/services/open`, 'open', '')
    const job = await ServiceProxy.open(handle, own)
    await expect(statusOf(other, handle)).rejects.toMatchObject({ code: 'not-found' })

    const read = await job.call('share', { with: bob.dn, right: 'read' }, handle)
    expect(read).toEqual({ sharing: { share: [{ with: bob.dn, right: 'read' }] } })
    expect(await statusOf(other, handle)).toBeDefined()
    const mine = await site.service('open', other)
    const { list } = await mine.call<{ list: { job: readonly { job: { handle: string } }[] } }>('listInstances', {})
    expect(list.job.map(one => one.job.handle)).toContain(handle)
    const foreign = await ServiceProxy.open(handle, other)
    for (const [operation, parameters] of [
      ['start', {}],
      ['share', { with: '/O=Test Grid/CN=Dora', right: 'read' }],
      ['extend', { keepSeconds: 60 }],
      ['destroy', {}],
    ] as const)
      await expect(foreign.call(operation, parameters, handle)).rejects.toMatchObject({ code: 'denied' })

    await job.call('share', { with: bob.dn, right: 'control' }, handle)
    expect(await foreign.call('start', {}, handle)).toBeDefined()
    await expect(foreign.call('destroy', {}, handle)).rejects.toMatchObject({ code: 'denied' })
    await expect(foreign.call('extend', { keepSeconds: 60 }, handle)).rejects.toMatchObject({ code: 'denied' })

    await expect(job.call('unshare', { with: '/O=Test Grid/CN=Bobby' }, handle)).rejects.toThrow(/shared with .*Bob/)
    expect(await job.call('unshare', { with: bob.dn }, handle)).toEqual({ sharing: {} })
    await expect(statusOf(other, handle)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('tells who canceled a job that was not theirs, and who shared it', async () => {
    using own = site.connect()
    using other = site.connect(bob)
    const { job } = await (await site.service('lasts', own)).call<{ job: JobRef }>('submit', {})
    const mine = await ServiceProxy.open(job.handle, own)
    await mine.call('share', { with: bob.dn, right: 'control' }, job.handle)
    await (await ServiceProxy.open(job.handle, other)).call('cancel', {}, job.handle)
    const { status } = await mine.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, job.handle)
    expect(status).toMatchObject({ state: 'Canceled', reason: expect.stringMatching(/^Canceled by .*Bob\.|before/) })
    const told = (): readonly unknown[] =>
      readFileSync(join(site.data, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter(line => line.includes(job.id) && line.includes('"by"'))
        .map(line => JSON.parse(line) as unknown)
    await expect.poll(() => told().length, { timeout: 20_000 }).toBe(2)
    expect(told()).toMatchObject([
      { what: 'shared', by: site.alice.dn, with: `gsi:${bob.dn}` },
      { want: 'cancel', by: bob.dn },
    ])
  })

  test('with a role', async () => {
    using own = site.connect()
    using producer = connectWith(withRole(carol, '/astro/Role=production'))
    const handle = await createService(own, `${site.url}/services/open`, 'open', '')
    const job = await ServiceProxy.open(handle, own)
    await expect(statusOf(producer, handle)).rejects.toMatchObject({ code: 'not-found' })
    await job.call('share', { with: '/astro/Role=production/Capability=NULL', right: 'read' }, handle)
    expect(await statusOf(producer, handle)).toBeDefined()
  })

  test.each(['Bob', '/', '/vo group', '/vo/Role=a/Role=b'])(
    'refuses %s, which is neither a name nor a group',
    async text => {
      using own = site.connect()
      const handle = await createService(own, `${site.url}/services/open`, 'open', '')
      const job = await ServiceProxy.open(handle, own)
      await expect(job.call('share', { with: text, right: 'read' }, handle)).rejects.toMatchObject({
        code: expect.stringMatching(/invalid/) as string,
      })
    },
  )
})

test('a limited proxy may not do what is refused to limited proxies', async () => {
  using full = site.connect()
  const handle = await createService(full, `${site.url}/services/open`, 'open', '')
  using limited = connectWith(await createProxy(site.alice.credential, { kind: 'limited' }))
  const job = await ServiceProxy.open(handle, limited)
  expect(await job.call('getStatus', {}, handle)).toBeDefined()
  await expect(job.call('destroy', {}, handle)).rejects.toMatchObject({ code: 'denied' })
  await (await ServiceProxy.open(handle, full)).call('destroy', {}, handle)
})

test('the audit log tells changes of state across a restart, each once when nothing breaks', async () => {
  using connection = site.connect(bob)
  await run(connection, 'open', 7)
  await site.stop()
  await site.startContainer()
  using again = site.connect(bob)
  await run(again, 'open', 8)
  await expect.poll(() => audit().at(-1)?.['state'], { timeout: 20_000 }).toBe('Done')
  const events = audit()
    .map(line => line['event'])
    .filter(event => event !== undefined)
  expect(new Set(events).size).toBe(events.length)
  expect(events).toEqual(events.toSorted((a, b) => Number(a) - Number(b)))
  expect(audit().some(line => line['what'] === 'shared')).toBe(true)
})
