import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { connectGsiClear } from '../../../src/gsi/connect-clear.ts'
import { type Credential, readCredential } from '../../../src/gsi/credential.ts'
import { connectGsi } from '../../../src/gsi/gsi-connect.ts'
import { type AcceptedGsi, GsiServer, type GsiServerOptions } from '../../../src/gsi/gsi-server.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { openTrustStore, type TrustStore } from '../../../src/gsi/trust-store.ts'
import { writeCredential } from '../../../src/gsi/write-credential.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-gsi-server-'))
afterAll(() => rmSync(directory, { recursive: true }))
const name = '/DC=org/DC=gridwrap/CN=Alice Tester'
let trust: TrustStore
let proxy: Credential
let stranger: Credential
let host: Credential

beforeAll(async () => {
  const ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
  await installAuthority(join(directory, 'certificates'), ca.certificate, { crl: ca.crl() })
  trust = openTrustStore(join(directory, 'certificates'))
  proxy = await createProxy(await ca.issueUser({ dn: name }))
  host = await ca.issueHost({ names: ['localhost'] })
  const other = await createAuthority({ dn: '/O=Elsewhere/CN=CA' })
  stranger = await other.issueUser({ dn: '/O=Elsewhere/CN=Mallory' })
})

const channels = ['wrapped', 'clear'] as const
const listen = (more: Partial<GsiServerOptions> = {}): Promise<GsiServer> =>
  GsiServer.listen({ host: '127.0.0.1', credential: host, trust, ...more })

/** As the other side would, and what it said at once. */
async function call(
  channel: (typeof channels)[number],
  { port }: GsiServer,
  { credential = proxy, delegation = 'none' as 'none' | 'limited' | 'full', say = 'hello\n' } = {},
): Promise<Socket> {
  const terms = { host: 'localhost', address: '127.0.0.1', port, credential, trust, delegation }
  const { socket, peer } = await (channel === 'clear' ? connectGsiClear(terms) : connectGsi(terms))
  expect(peer.identity.subject).toBe('/DC=org/DC=gridwrap/CN=localhost')
  socket.write(say)
  return socket
}

async function line(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.endsWith('\n')) break
  }
  return text
}

describe.each(channels)('a GSI server in the channel mode %s', channel => {
  test.each(['none', 'limited', 'full'] as const)(
    'accepts, knows the peer, takes what it delegates (%s)',
    async kind => {
      await using server = await listen({ channel })
      const [accepted, socket] = await Promise.all([server.accept(), call(channel, server, { delegation: kind })])
      expect(accepted.peer.identity.subject).toBe(name)
      expect(accepted.delegated?.validated.identity.proxy).toBe(kind === 'none' ? undefined : kind)
      expect(await line(accepted.socket)).toBe('hello\n')
      accepted.socket.write('good day\n')
      expect(await line(socket)).toBe('good day\n')
      if (accepted.delegated !== undefined) {
        const file = join(directory, `${channel}-${kind}.pem`)
        await writeCredential(file, accepted.delegated.credential)
        expect(statSync(file).mode & 0o777).toBe(0o600)
        expect(readCredential({ file }).certificate.fingerprint).toBe(
          accepted.delegated.credential.certificate.fingerprint,
        )
      }
      socket.destroy()
    },
  )

  test('lets in nobody who is not wanted', async () => {
    for (const [options, credential, why] of [
      [{ expect: { mode: 'identity', subject: '/CN=Bob' } }, proxy, /and not \/CN=Bob/],
      [{ expect: { mode: 'self' } }, proxy, /and not \/DC=org\/DC=gridwrap\/CN=localhost/],
      [{ expect: { mode: 'callback', check: () => 'who is not on duty' } }, proxy, /not on duty/],
      [{}, stranger, /Elsewhere/],
    ] as const) {
      const refused = Promise.withResolvers<string>()
      const onRefused = (error: Error): void => refused.resolve(error.message)
      await using server = await listen({ channel, onRefused, ...(options as Partial<GsiServerOptions>) })
      const next = server.accept()
      next.catch(() => undefined)
      // It believes that it is in until it reads.
      const socket = await call(channel, server, { credential }).catch(() => undefined)
      expect(await refused.promise).toMatch(why)
      socket?.destroy()
    }
  })

  test('refuses a delegation that it does not want, plain TLS, and what is none', async () => {
    const refused: string[] = []
    const enough = Promise.withResolvers<void>()
    const onRefused = (error: Error): void => {
      if (refused.push(error.message) === 3) enough.resolve()
    }
    await using server = await listen({ channel, delegation: 'refuse', onRefused })
    await expect(call(channel, server, { delegation: 'full' })).rejects.toThrow()
    const plain = connectTls({ host: '127.0.0.1', port: server.port, ...proxy.toTls(), rejectUnauthorized: false })
    plain.on('error', () => undefined).on('secureConnect', () => plain.write('GET / HTTP/1.1\r\n\r\n'))
    const garbage = connect(server.port, '127.0.0.1', () => garbage.write('GET / HTTP/1.1\r\n\r\n'))
    garbage.on('error', () => undefined)
    await enough.promise
    expect(refused.join('\n')).toMatch(/delegate its credential, which is not taken/)
    // Who is let in afterwards comes out, and nobody before.
    const socket = await call(channel, server)
    expect((await server.accept()).peer.identity.subject).toBe(name)
    for (const one of [socket, plain, garbage]) one.destroy()
  })

  test('hands its connections out one after the other, and ends', async () => {
    const server = await listen({ channel })
    const sockets = await Promise.all([call(channel, server, { say: '1\n' }), call(channel, server, { say: '2\n' })])
    const seen: string[] = []
    for await (const { socket } of server) if (seen.push(await line(socket)) === 2) break
    expect(seen.toSorted()).toEqual(['1\n', '2\n'])
    await expect(server.accept(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    const waits = server.accept()
    const ended = sockets.map(socket => once(socket.on('error', () => undefined).resume(), 'close'))
    await Promise.all([server[Symbol.asyncDispose](), expect(waits).rejects.toThrow(/closed/)])
    await Promise.all(ended)
    await expect(call(channel, server)).rejects.toThrow(/ECONNREFUSED/)
  })

  test('goes on while hundreds begin and say nothing more, and some delegate', async () => {
    await using server = await listen({ channel })
    const silent = Array.from({ length: 120 }, () => connect(server.port, '127.0.0.1'))
    await Promise.all(
      silent.map(socket =>
        once(
          socket.on('error', () => undefined),
          'connect',
        ),
      ),
    )
    for (const [i, socket] of silent.entries()) if (i % 2 === 0) socket.write(Buffer.from([22, 3, 1]))
    const calls = Array.from({ length: 6 }, (_, i) =>
      call(channel, server, { delegation: i % 2 === 0 ? 'limited' : 'none' }),
    )
    const accepted: AcceptedGsi[] = []
    for await (const one of server) if (accepted.push(one) === calls.length) break
    expect(accepted.filter(one => one.delegated !== undefined)).toHaveLength(3)
    for (const socket of [...silent, ...(await Promise.all(calls))]) socket.destroy()
  })
})
