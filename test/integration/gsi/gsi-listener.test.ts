import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { parseCertificate } from '../../../src/gsi/certificate.ts'
import type { Credential } from '../../../src/gsi/credential.ts'
import { type Entry, GsiListener, type GsiListenerOptions } from '../../../src/gsi/gsi-listener.ts'
import { takePeerChain } from '../../../src/gsi/peer-chain.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'

const ca = await createAuthority({ dn: '/O=Test/CN=CA' })
const host = await ca.issueHost({ names: ['localhost', '127.0.0.1'] })
const alice = await ca.issueUser({ dn: '/O=Test/CN=Alice' })
const proxy = await createProxy(await createProxy(alice))

interface Seen {
  readonly entry: Entry
  readonly protocol: string | null
  readonly subjects: readonly string[]
  readonly reused: boolean
  readonly first: string
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(listeners.splice(0).map(listener => listener.close()))
})
const listeners: GsiListener[] = []
const sockets: Socket[] = []

/** A listener that tells every connection what it saw of it. */
async function listen(
  options: Partial<GsiListenerOptions> = {},
): Promise<{ port: number; listener: GsiListener; errors: string[] }> {
  const errors: string[] = []
  const listener = new GsiListener({
    credential: host,
    onHandshakeError: error => errors.push(error.message),
    onConnection: (socket, chain, entry) => {
      socket.once('data', (data: Buffer) => {
        const seen: Seen = {
          entry,
          protocol: socket.getProtocol(),
          subjects: chain.map(der => parseCertificate(der).subject.slash.replace(/\/CN=\d{5,}/g, '/CN=n')),
          reused: socket.isSessionReused(),
          first: data.toString('latin1'),
        }
        expect(takePeerChain(socket)).toBe(chain)
        socket.end(JSON.stringify(seen))
      })
    },
    ...options,
  })
  listeners.push(listener)
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  return { port, listener, errors }
}

const client = (port: number, credential: Credential | undefined, options: ConnectionOptions = {}): TLSSocket => {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
    ...credential?.toTls(),
    ...options,
  })
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

const closed = (socket: Socket): Promise<void> => new Promise(resolve => socket.resume().once('close', () => resolve()))

async function seenBy(socket: TLSSocket, ...records: readonly string[]): Promise<Seen> {
  await once(socket, 'secureConnect')
  for (const record of records) await new Promise<void>(resolve => socket.write(record, () => resolve()))
  return JSON.parse(await text(socket)) as Seen
}

const whole = ['/O=Test/CN=Alice/CN=n/CN=n', '/O=Test/CN=Alice/CN=n', '/O=Test/CN=Alice']

describe('the one port', () => {
  test('a client with ALPN gets TLS 1.3, and its whole chain is seen', async () => {
    const { port } = await listen()
    const seen = await seenBy(client(port, proxy, { ALPNProtocols: ['h2', 'http/1.1'] }), 'GET')
    expect(seen).toEqual({ entry: 'https', protocol: 'TLSv1.3', subjects: whole, reused: false, first: 'GET' })
  })

  test('a client without ALPN gets TLS 1.2, and its whole chain is seen', async () => {
    const { port } = await listen()
    const seen = await seenBy(client(port, proxy), 'DELETE /x')
    expect(seen).toEqual({
      entry: 'https-no-alpn',
      protocol: 'TLSv1.2',
      subjects: whole,
      reused: false,
      first: 'DELETE /x',
    })
  })

  test('the flag of a Globus client that does not delegate is swallowed', async () => {
    const { port } = await listen()
    expect(await seenBy(client(port, proxy), '0', 'POST /')).toMatchObject({ entry: 'httpg', first: 'POST /' })
    expect(await seenBy(client(port, proxy), '0POST /')).toMatchObject({ entry: 'https-no-alpn', first: '0POST /' })
    expect(await seenBy(client(port, proxy, { ALPNProtocols: ['http/1.1'] }), '0')).toMatchObject({
      entry: 'https',
      first: '0',
    })
  })

  test('delegation is taken by the hook, or refused with a line in the log', async () => {
    const refusing = await listen()
    const refused = client(refusing.port, proxy)
    refused.once('secureConnect', () => refused.write('D'))
    await closed(refused)
    expect(refusing.errors).toEqual(['The peer wants to delegate its credential, which is not taken here.'])

    const { port } = await listen({
      onDelegation: async socket => {
        socket.write('request')
        socket.resume()
        const [answer] = (await once(socket, 'data')) as [Buffer]
        socket.pause()
        expect(answer.toString()).toBe('certificate')
      },
    })
    const delegating = client(port, proxy)
    await once(delegating, 'secureConnect')
    delegating.write('D')
    expect(String(await once(delegating, 'data'))).toBe('request')
    delegating.write('certificate')
    await new Promise(resolve => setImmediate(resolve))
    delegating.write('POST /')
    expect(JSON.parse(await text(delegating))).toMatchObject({ entry: 'httpg' })
  })

  test('nobody in particular is let through, without a chain', async () => {
    const { port } = await listen()
    expect(await seenBy(client(port, undefined), 'x')).toMatchObject({ subjects: [] })
  })

  test('no session is resumed: it would have lost the chain', async () => {
    const { port } = await listen()
    for (const options of [{ ALPNProtocols: ['http/1.1'] }, {}]) {
      const first = client(port, proxy, options)
      let session: Buffer | undefined
      first.on('session', given => {
        session = given
      })
      await seenBy(first, 'x')
      const again = client(port, proxy, { ...options, ...(session === undefined ? {} : { session }) })
      expect(await seenBy(again, 'x')).toMatchObject({ reused: false, subjects: whole })
    }
  })

  test('HTTP goes through behind all three entries', async () => {
    const http = createHttpServer((req, res) => {
      text(req).then(
        received => res.end(`${req.method} ${received.length}`),
        () => res.destroy(),
      )
    })
    const { port } = await listen({ onConnection: socket => http.emit('connection', socket) })
    const body = 'x'.repeat(300_000)
    for (const { options, flag } of [
      { options: { ALPNProtocols: ['http/1.1'] }, flag: '' },
      { options: {}, flag: '' },
      { options: {}, flag: '0' },
    ]) {
      const socket = client(port, proxy, options)
      await once(socket, 'secureConnect')
      if (flag !== '') socket.write(flag)
      const call = request({ createConnection: () => socket, method: 'POST', host: 'localhost' })
      call.end(body)
      const [answer] = await once(call, 'response')
      expect(await text(answer)).toBe('POST 300000')
    }
    http.close()
  })

  test('the host certificate is changed without a restart', async () => {
    const { port, listener } = await listen()
    const next = await ca.issueHost({ names: ['next.example'], key: 'ec' })
    listener.setCredential(next)
    for (const options of [{ ALPNProtocols: ['http/1.1'] }, {}]) {
      const socket = client(port, proxy, options)
      await once(socket, 'secureConnect')
      expect(socket.getPeerX509Certificate()?.subject).toContain('CN=next.example')
    }
  })
})

describe('the one port among enemies', () => {
  const raw = (port: number): Socket => {
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    return socket
  }

  test('HTTP without TLS is told so', async () => {
    const { port, errors } = await listen()
    const socket = raw(port)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await text(socket)).toContain('This port speaks TLS: use https://')
    expect(errors).toEqual(['This is no TLS connection: it is HTTP without TLS.'])
  })

  test('a ClientHello octet by octet is waited for, until the deadline', async () => {
    const { port, errors } = await listen({ handshakeTimeoutMs: 100 })
    const socket = raw(port)
    socket.write(Buffer.from('160301', 'hex'))
    await closed(socket)
    expect(errors).toEqual(['The connection was not set up within 100 ms.'])
    const silent = client(port, proxy)
    await closed(silent)
    expect(errors).toHaveLength(2)
  })

  test('a handshake that fails is told of once', async () => {
    const { port, errors } = await listen()
    const socket = client(port, proxy, { ALPNProtocols: ['h2'] })
    await closed(socket)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/no.application.protocol/i)
  })

  test('a thousand enemies do not fill the log, and the next friend is served', async () => {
    const { port, errors, listener } = await listen()
    for (let round = 0; round < 10; round++) {
      const crowd = Array.from({ length: 20 }, () => raw(port))
      for (const socket of crowd) socket.write('garbage')
      await Promise.all(crowd.map(closed))
    }
    expect(errors.length).toBeLessThan(100)
    expect(await seenBy(client(port, proxy), 'x')).toMatchObject({ subjects: whole })
    expect(listener.connections).toBeLessThanOrEqual(1)
  })

  test('beyond the limit the newest connection is closed', async () => {
    const { port, errors } = await listen({ maximumConnections: 2 })
    const first = client(port, proxy, { ALPNProtocols: ['http/1.1'] })
    const second = client(port, proxy, { ALPNProtocols: ['http/1.1'] })
    await Promise.all([once(first, 'secureConnect'), once(second, 'secureConnect')])
    await closed(raw(port))
    expect(errors).toEqual(['There are too many connections; the newest is closed.'])
    first.write('x')
    expect(JSON.parse(await text(first))).toMatchObject({ subjects: whole })
  })

  test('of handshakes beyond the limit the oldest is closed, so that who says nothing keeps nobody out', async () => {
    const { port, errors } = await listen({ maximumHandshakes: 4 })
    const silent: Socket[] = []
    const gone: Promise<unknown>[] = []
    for (let n = 0; n < 12; n++) {
      const one = raw(port)
      gone.push(closed(one))
      silent.push(one)
      await once(one, 'connect')
    }
    await Promise.race(gone)
    expect(await seenBy(client(port, proxy), '0', 'POST /')).toMatchObject({ entry: 'httpg' })
    expect(new Set(errors)).toEqual(
      new Set(['There are too many connections that are not set up; the oldest is closed.']),
    )
    for (const one of silent) one.destroy()
  })

  test('a chain of a thousand certificates', async () => {
    const { port, errors } = await listen()
    const credential = proxy.toTls()
    const socket = client(port, undefined, { ...credential, cert: [credential.cert, ...crowd()].join('') })
    await closed(socket)
    expect(errors).toHaveLength(1)
    function crowd(): string[] {
      return Array.from({ length: 1000 }, () => String(ca.credential.toTls().cert))
    }
  })

  test('closing ends everything', async () => {
    const { port, listener } = await listen()
    const live = client(port, proxy, { ALPNProtocols: ['http/1.1'] })
    const silent = raw(port)
    await Promise.all([once(live, 'secureConnect'), once(silent, 'connect')])
    await Promise.all([closed(live), closed(silent), listener[Symbol.asyncDispose]()])
    expect(listener.connections).toBe(0)
    const late = connectTcp(port, '127.0.0.1')
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
