import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FtpSession } from '../../../src/gridftp/client/ftp-session.ts'
import { retrieve } from '../../../src/gridftp/client/retrieve.ts'
import { MemorySink } from '../../../src/gridftp/data/memory.ts'
import { readHostPort } from '../../../src/gridftp/protocol/host-port.ts'
import { DataSite } from '../../support/data-site.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'

describe('a hostile client', () => {
  let site: DataSite
  let port: number
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    mkdirSync(site.remote('pub'))
    writeFileSync(site.remote('secret'), 'secret')
    writeFileSync(site.remote('pub/in'), 'what everybody may read')
    symlinkSync('../secret', site.remote('pub/way-out'))
    symlinkSync('..', site.remote('pub/up'))
    port = stack.use(await site.ownServer({ root: site.remote('pub'), anonymous: true, mostConnections: 300 })).port
  })
  afterAll(() => stack.disposeAsync())

  const session = (): Promise<FtpSession> => site.session(port)

  test.each([
    ['/../secret', /There is no file/],
    ['../../../../../etc/passwd', /There is no/],
    ['/way-out', /not a regular file|no file|link/i],
    ['/up/secret', /link|no file|not a directory/i],
    ['~root/x', /There is no/],
    ['/in\u007f', /control characters/],
    [`/${'a'.repeat(300)}`, /name|long/i],
    [`/${'a/'.repeat(5000)}`, /long|deep|no file/i],
  ])('does not get out of its folder: %s', async (path, said) => {
    using client = await RawFtpClient.loggedIn(port)
    expect(await client.say('PASV')).toMatch(/^227 /)
    const reply = await client.say(`RETR ${path}`)
    expect(reply).toMatch(/^5\d\d/)
    expect(reply).toMatch(said)
    expect(reply).not.toContain(site.folder)
  })

  test('who stands between says nothing in the name of the one who logs in', async () => {
    const root = site.remote('own')
    mkdirSync(root)
    await using server = await site.ownServer({ root })
    const forged = 'USER :globus-mapping:\r\nPASS x\r\nMKD forged\r\n'
    let tokens = 0
    // With the last token of the handshake, whose number the first log-in tells, comes what the client did not say.
    const through = async (last: number): Promise<FtpSession> => {
      tokens = 0
      const relay = createServer(client => {
        const behind = connect(server.port, '127.0.0.1')
        for (const socket of [client, behind]) socket.on('error', () => undefined)
        behind.pipe(client)
        client.on('data', (chunk: Buffer) => {
          if (chunk.subarray(0, 5).toString('latin1') === 'ADAT ') tokens++
          behind.write(tokens === last ? Buffer.concat([chunk, Buffer.from(forged)]) : chunk)
          if (tokens === last) tokens++
        })
        client.on('close', () => behind.destroy())
      })
      await once(relay.listen(0, '127.0.0.1'), 'listening')
      try {
        return await site.session((relay.address() as AddressInfo).port)
      } finally {
        relay.close()
      }
    }
    {
      using _ = await through(-1)
    }
    expect(tokens).toBeGreaterThan(1)
    await expect(through(tokens)).rejects.toThrow(/must be protected/)
    // Who logs in next comes behind all that the one before said.
    using next = await site.session(server.port)
    expect(await next.ask('PWD', 'there is no answer')).toMatchObject({ code: 257 })
    expect(readdirSync(root)).toEqual([])
  })

  test('cannot make a second command of a name', async () => {
    using raw = await RawFtpClient.loggedIn(port)
    for (const line of ['MKD a\rDELE in', 'MKD a\0DELE in']) expect(await raw.say(line)).toMatch(/^50[01] /)
    expect(readdirSync(site.remote('pub')).sort()).toEqual(['in', 'up', 'way-out'])
  })

  test.each([
    ['PORT 10,0,0,1,200,10', /^504 .*127\.0\.0\.1 only/],
    ['PORT 127,0,0,1,0,25', /^504 .*1024/],
    ['PORT 127,0,0,1,999,25', /^501 /],
    ['EPRT |1|192.0.2.7|2000|', /^504 /],
    ['EPRT |2|::1|2000|', /^5(?:04|22) /],
    ['SPOR 10,0,0,1,200,10', /^504 /],
  ])('cannot make it speak to somebody else: %s', async (line, said) => {
    using client = await RawFtpClient.loggedIn(port)
    expect(await client.say(line)).toMatch(said)
  })

  test('is not taken for another one on a data connection', async () => {
    using client = await RawFtpClient.loggedIn(port)
    const { port: data } = readHostPort(/\((.*)\)/.exec(await client.say('PASV'))?.[1] ?? '')
    const thief = connect({ host: '127.0.0.1', port: data, localAddress: '127.0.0.2' })
    await once(thief, 'close')
    client.socket.write('RETR /in\r\n')
    const own = connect({ host: '127.0.0.1', port: data }).setEncoding('utf8')
    expect((await own.toArray()).join('')).toBe('what everybody may read')
  })

  test.each([
    ['REST 5-3', /^501 /],
    ['REST 0-99999999999999999999', /^501 /],
    [`REST ${Array.from({ length: 5000 }, (_, n) => `${n * 2}-${n * 2 + 1}`).join(',')}`, /^350 /],
    ['ERET P 1 x /in', /^501 /],
    ['ERET P 100 1 /in', /^554 .*23 bytes/],
    ['CKSM MD5 9999999999999999 -1 /in', /^213 d41d8cd98f00b204e9800998ecf8427e/],
    ['CKSM CRC32 0 -1 /in', /^504 .*MD5/],
    ['ALLO -5', /^501 /],
    ['OPTS RETR Parallelism=999999,1,1;', /^501 /],
    ['MODE B', /^504 /],
    ['TYPE E', /^504 /],
    ['STRU R', /^504 /],
    ['SITE EXEC ls', /^500 /],
    ['XYZZY', /^500 /],
    ['PROT P', /^503 /],
  ])('is answered: %s', async (line, said) => {
    using client = await RawFtpClient.loggedIn(port)
    await client.say('PASV')
    expect(await client.say(line)).toMatch(said)
    expect(await client.say('NOOP')).toMatch(/^200 /)
  })

  test.each(['STOR x', 'APPE in', 'DELE in', 'MKD d', 'RMD up', 'RNFR in', 'MFMT 20200101000000 in', 'ESTO A 0 in'])(
    'may not, as anybody: %s',
    async line => {
      using client = await RawFtpClient.loggedIn(port)
      await client.say('PASV')
      const reply = await client.say(line)
      if (line === 'RNFR in') expect(await client.say('RNTO out')).toMatch(/read only/)
      else expect(reply).toMatch(/read only|no directory/)
      expect(readFileSync(site.remote('pub/in'), 'utf8')).toBe('what everybody may read')
    },
  )

  test('sees nothing before it has logged in', async () => {
    using client = new RawFtpClient(port)
    await client.reply()
    for (const line of ['PASV', 'EPSV', 'PORT 127,0,0,1,200,1', 'CWD /', 'MLST /', 'SIZE /in', 'REST 5', 'PWD'])
      expect(await client.say(line)).toMatch(/^5(?:30|03) /)
    expect(await client.say('USER alice')).toMatch(/^530 /)
    expect(await client.say('PASS x')).toMatch(/^503 /)
  })

  test('hangs up on what is no FTP', async () => {
    using client = new RawFtpClient(port)
    client.socket.write(`${'x'.repeat(200_000)}`)
    await once(client.socket, 'close')
    using other = new RawFtpClient(port)
    for (let n = 0; n < 30; n++) other.socket.write('\u0016\u0003\u0001\r\n')
    await once(other.socket, 'close')
  })

  test('stays anybody, whatever tokens it makes up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { minLength: 1, maxLength: 4 }),
        async tokens => {
          using client = new RawFtpClient(port)
          await client.reply()
          expect(await client.say('AUTH GSSAPI')).toMatch(/^334 /)
          for (const token of tokens)
            expect(await client.say(`ADAT ${Buffer.from(token).toString('base64')}`)).toMatch(/^(?:335|5\d\d)/)
          expect(await client.say('USER :globus-mapping:')).toMatch(/^530 /)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('does not bring it down, whatever it says', async () => {
    const words = [
      'USER',
      'PASS',
      'AUTH',
      'ADAT',
      'PASV',
      'PORT',
      'RETR',
      'STOR',
      'MLSD',
      'OPTS',
      'REST',
      'ERET',
      'ENC',
      'MIC',
    ]
    const line = fc.oneof(
      fc.string({ maxLength: 200, unit: 'binary' }),
      fc.tuple(fc.constantFrom(...words), fc.string({ maxLength: 80 })).map(([word, rest]) => `${word} ${rest}`),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 15 }), async lines => {
        using client = new RawFtpClient(port)
        await client.reply()
        client.socket.write(`${lines.map(one => one.replaceAll(/[\r\n]/g, ' ')).join('\r\n')}\r\n`)
        client.socket.end('QUIT\r\n')
        await once(client.socket, 'close')
      }),
      { numRuns: 60 },
    )
    using client = await RawFtpClient.loggedIn(port)
    expect(await client.say('NOOP')).toMatch(/^200 /)
  })

  test('holds no more than one port, and none when it leaves', async () => {
    using client = await RawFtpClient.loggedIn(port)
    const ports: number[] = []
    for (let n = 0; n < 20; n++) ports.push(readHostPort(/\((.*)\)/.exec(await client.say('PASV'))?.[1] ?? '').port)
    const isOpen = (one: number): Promise<boolean> =>
      new Promise(resolve => {
        const probe = connect({ host: '127.0.0.1', port: one })
        probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
        probe.once('connect', () => probe.destroy())
      })
    expect((await Promise.all(ports.map(isOpen))).filter(open => open)).toEqual([true])
    client.socket.destroy()
    await expect.poll(() => isOpen(ports.at(-1) ?? 0)).toBe(false)
  })

  test('that says nothing is told why it is put out', async () => {
    await using other = await site.ownServer({ root: site.remote('pub'), anonymous: true, idleSeconds: 1 })
    using client = await RawFtpClient.loggedIn(other.port)
    expect(await client.reply()).toMatch(/^421 .*nothing was said/)
    await expect(client.reply()).rejects.toThrow('hung up')
  })

  test('keeps nobody out by sitting there', async () => {
    const idle = Array.from({ length: 300 }, () => new RawFtpClient(port))
    await Promise.all(idle.map(async client => client.reply()))
    using one = await session()
    const sink = new MemorySink(100)
    await retrieve(one, '/in', sink)
    expect(sink.bytes.subarray(0, 4).toString()).toBe('what')
    for (const client of idle) client[Symbol.dispose]()
  })

  test('is not answered for ever when it reads nothing', async () => {
    using client = new RawFtpClient(port)
    await client.reply()
    client.socket.pause()
    const before = process.memoryUsage().rss
    const many = Buffer.from('HELP\r\n'.repeat(20_000))
    for (let n = 0; n < 50; n++) client.socket.write(many)
    // What it does not read is not made: another client is served meanwhile, and memory stays.
    using other = await RawFtpClient.loggedIn(port)
    for (let n = 0; n < 200; n++) await other.say('NOOP')
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })
})
