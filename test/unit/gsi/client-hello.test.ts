import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { readClientHello } from '../../../src/gsi/client-hello.ts'

const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }
vi.setConfig({ testTimeout: 20_000 + runs.numRuns * 20 })

/** What Node's own OpenSSL sends first. */
async function realHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options })
  client.on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

const hello = await realHello({ ALPNProtocols: ['http/1.1', 'h2'], servername: 'grid.example' })

/** The same handshake message in records of at most so many octets. */
function split(bytes: Buffer, size: number): Buffer {
  const body = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

describe('the first bytes of a connection', () => {
  test('a real ClientHello', async () => {
    const expected = { kind: 'client-hello', alpn: ['http/1.1', 'h2'], serverName: 'grid.example' }
    expect(readClientHello(hello)).toMatchObject(expected)
    expect(readClientHello(Buffer.concat([hello, Buffer.from('more')]))).toMatchObject(expected)
    const old = readClientHello(await realHello({ maxVersion: 'TLSv1.2' }))
    expect(old).toMatchObject({ kind: 'client-hello', alpn: [], serverName: undefined, supportedVersions: [0x303] })
  })

  test('a server name with blanks does not matter', () => {
    const bytes = Buffer.from(hello)
    bytes.write('Alice Tester', bytes.indexOf('grid.example'))
    expect(readClientHello(bytes)).toMatchObject({ kind: 'client-hello', serverName: 'Alice Tester' })
  })

  test('split over records, and cut off anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 600 }), fc.nat(), (size, cut) => {
        const bytes = split(hello, size)
        expect(readClientHello(bytes)).toEqual(readClientHello(hello))
        expect(readClientHello(bytes.subarray(0, cut % bytes.length)).kind).toBe('incomplete')
      }),
      runs,
    )
  })

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), true],
    ['SSH', Buffer.from('SSH-2.0-x\r\n'), false],
    ['SSL 2', Buffer.from('802e0100', 'hex'), false],
    ['an alert', Buffer.from('15030100020100', 'hex'), false],
    ['a ServerHello', Buffer.from('160301000402000000', 'hex'), false],
    ['an empty record', Buffer.from('1603010000', 'hex'), false],
    ['a record that is too long', Buffer.from('1603014001', 'hex'), false],
    ['a ClientHello that is too long', Buffer.from('160301400001ffffff', 'hex'), false],
    ['TLS 4', Buffer.from('160401', 'hex'), false],
    [
      'records without end',
      Buffer.concat(Array.from({ length: 3000 }, () => Buffer.from('160301000101', 'hex'))),
      false,
    ],
  ])('%s is no TLS that is taken', (_what, bytes, isHttp) => {
    expect(readClientHello(bytes)).toMatchObject({ kind: 'not-tls', isHttp })
  })

  test('mutated and random bytes never crash it, and it never waits for more than 16 KiB', () => {
    const edits = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 5 })
    const mutated = edits.map(list => {
      const bytes = Buffer.from(hello)
      for (const [at, value] of list) bytes[at % bytes.length] = value
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), mutated), bytes => {
        const long = Buffer.concat([bytes, Buffer.alloc(16_384)])
        expect(['incomplete', 'not-tls', 'client-hello']).toContain(readClientHello(bytes).kind)
        expect(readClientHello(long).kind).not.toBe('incomplete')
      }),
      runs,
    )
  })
})
