import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCredential } from '../../../src/gsi/credential.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { ownProxyKind } from '../../../src/gsi/proxy-generation.ts'
import { proxyInfo } from '../../../src/gsi/proxy-info.ts'
import { soap11 } from '../../../src/soap/namespaces.ts'
import { applicationNamespace } from '../../../src/wsdl/names.ts'
import { callOver, connectHttpg, delegate } from '../../support/httpg-client.ts'
import { TestSite, type TestUser } from '../../support/site.ts'

const needy = (name: string, kind: string): string => `
gridwrap: 1
name: ${name}
title: Shows the credential that it got, which no real program should
command: sh show.sh
files:
  - show.sh: |
      stat -c 'mode %a' "$X509_USER_PROXY"
      cat "$X509_USER_PROXY" >shown.pem
outputs:
  mode: {type: integer, from: said, match: 'mode (\\d+)'}
  said: stdout
  shown: shown.pem
credential: ${kind}
`

let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({
    descriptions: { limitedly: needy('limitedly', 'limited'), fully: needy('fully', 'full') },
  })
})
afterAll(() => site[Symbol.asyncDispose]())

const run = (service: string): string =>
  `<s:Envelope xmlns:s="${soap11}"><s:Body><run xmlns="${applicationNamespace(service)}"/></s:Body></s:Envelope>`

/** Connects, delegates as told, and runs a service. */
async function ask(service: string, user: TestUser, kind: 'full' | 'limited' | 'nothing'): Promise<string> {
  const socket = await connectHttpg(site, user.proxy, kind === 'nothing' ? '0' : 'D')
  if (kind !== 'nothing') await delegate(socket, user.proxy, kind)
  return callOver(socket, `/services/${service}`, run(service))
}

const shownBy = (answer: string): string => {
  const content = /shown>.*?content>([^<]+)</s.exec(answer)?.[1] ?? ''
  return Buffer.from(content, 'base64').toString()
}

const kept = (): readonly string[] => readdirSync(join(site.data, 'credentials'))

describe('a program that needs a credential', () => {
  test('gets a proxy of its own, derived from what was delegated over httpg', async () => {
    const answer = await ask('limitedly', site.alice, 'full')
    const program = readCredential({ pem: shownBy(answer) })
    expect(answer).toMatch(/mode>600</)
    expect(ownProxyKind(program.certificate)).toBe('limited')
    expect(proxyInfo(program).identity).toBe(site.alice.dn)
    // Its own, the delegated one, that of the connection, the end entity: each with a key of its own.
    expect(program.certificates).toHaveLength(4)
    const [file] = kept()
    const delegated = readCredential({ file: join(site.data, 'credentials', file ?? '') })
    expect(program.key.equals(delegated.key)).toBe(false)
    expect(program.certificates[1]?.fingerprint).toBe(delegated.certificate.fingerprint)
  })

  test('has it no longer when it has ended; what was delegated is kept for its owner alone', async () => {
    const answer = await ask('limitedly', site.alice, 'full')
    const id = /instances\/([a-z2-7]{26})/.exec(answer)?.[1] ?? ''
    expect(readdirSync(join(site.data, 'instances', id.slice(0, 2), id, 'control/1'))).not.toContain('proxy.pem')
    // The newer took the place of the older.
    expect(kept()).toHaveLength(1)
    expect(statSync(join(site.data, 'credentials', kept()[0] ?? '')).mode & 0o777).toBe(0o600)
    expect(statSync(join(site.data, 'credentials')).mode & 0o777).toBe(0o700)
    expect(site.log).not.toContain('PRIVATE KEY')
  })

  test('may use what was delegated before, on another connection', async () => {
    expect(shownBy(await ask('fully', site.alice, 'nothing'))).toContain('BEGIN CERTIFICATE')
  })

  test('is not started when nothing was delegated, or too little, and the fault says which', async () => {
    const bob = await site.user('Bob')
    const nothing = await ask('fully', bob, 'nothing')
    expect(nothing).toMatch(/CredentialProblem/)
    expect(nothing).toMatch(/none was delegated/)
    expect(await ask('fully', bob, 'limited')).toMatch(/needs a full credential, and .*Bob.* is limited/)
    expect(shownBy(await ask('limitedly', bob, 'limited'))).toContain('BEGIN CERTIFICATE')
  })
})

describe('a delegation that is abused', () => {
  const closed = async (sends: Buffer | undefined): Promise<void> => {
    const socket = await connectHttpg(site, site.alice.proxy, 'D')
    socket.on('error', () => undefined)
    await once(socket, 'data')
    const over = once(socket, 'close')
    if (sends === undefined) socket.end()
    else socket.write(sends)
    await over
  }

  test.each<[string, () => Promise<Buffer | undefined>]>([
    ['no certificate', async () => Buffer.from('POST / HTTP/1.1\r\n\r\n')],
    [
      'a certificate without end',
      async () => Buffer.concat([Buffer.from([0x30, 0x83, 0xff, 0xff, 0xff]), Buffer.alloc(100)]),
    ],
    ['one that is longer than any', async () => Buffer.from([0x30, 0x82, 0xff, 0xff, 0x30])],
    ['a proxy for another key', async () => (await createProxy(site.alice.proxy)).certificate.der],
    ['its own end entity', async () => site.alice.credential.certificate.der],
    ['an authority', async () => site.authority.certificate.der],
    ['nothing', async () => undefined],
  ])('with %s is refused, and nothing is kept of it', async (_what, make) => {
    const before = kept()
    await closed(await make())
    expect(kept()).toEqual(before)
  })

  test('by the hundred, with silence after the flag, keeps nobody else waiting', async () => {
    const enemies = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = await connectHttpg(site, site.alice.proxy, 'D')
        return socket.on('error', () => undefined)
      }),
    )
    const halfway = Array.from({ length: 200 }, () => {
      const socket = connect(site.port, '127.0.0.1', () => socket.write(Buffer.from([22, 3, 1, 2, 0, 1])))
      return socket.on('error', () => undefined)
    })
    const bob = await site.user('Bob')
    // Somebody else delegates, and is served, while all of them stand there.
    expect(shownBy(await ask('limitedly', bob, 'limited'))).toContain('BEGIN CERTIFICATE')
    await Promise.all(enemies.filter(socket => !socket.closed).map(socket => once(socket.resume(), 'close')))
    for (const socket of halfway) socket.destroy()
    expect(shownBy(await ask('limitedly', site.alice, 'limited'))).toContain('BEGIN CERTIFICATE')
  })

  test('does not end the port for others', async () => {
    expect(shownBy(await ask('limitedly', site.alice, 'nothing'))).toContain('BEGIN CERTIFICATE')
  })
})
