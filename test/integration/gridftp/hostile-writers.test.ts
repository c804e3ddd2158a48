import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listDirectory } from '../../../src/gridftp/client/list-directory.ts'
import { retrieve } from '../../../src/gridftp/client/retrieve.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { ByteRanges } from '../../../src/gridftp/protocol/byte-ranges.ts'
import { writeBlockHeader } from '../../../src/gridftp/protocol/extended-block.ts'
import { readHostPort } from '../../../src/gridftp/protocol/host-port.ts'
import { DataSite } from '../../support/data-site.ts'

describe('who may write and does it badly', () => {
  let site: DataSite
  let port: number
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    port = stack.use(await site.ownServer({ root: site.files.folder })).port
  })
  afterAll(() => stack.disposeAsync())

  /** Sends blocks as they are, over one connection in extended mode, and answers the last reply. */
  const sendBlocks = async (path: string, blocks: readonly Buffer[], close = false): Promise<string> => {
    using session = await site.session(port, { dataAuthentication: 'none' })
    await session.agree({ mode: 'E' })
    await session.ask('DCAU N', 'DCAU')
    const { port: data } = readHostPort(/\((.*)\)/.exec((await session.ask('PASV', 'PASV')).lines.join(' '))?.[1] ?? '')
    const socket = connect({ host: '127.0.0.1', port: data })
    socket.on('error', () => undefined)
    const answer = session.channel.exchange(`STOR ${path}`)
    for (const block of blocks) socket.write(block)
    if (close) socket.end()
    const { code, lines } = await answer
    socket.destroy()
    return `${code} ${lines.join(' ')}`
  }
  const block = (offset: number, bytes: string): Buffer =>
    Buffer.concat([writeBlockHeader({ descriptor: 0, count: bytes.length, offset }), Buffer.from(bytes)])
  const end = (ends: number): Buffer => writeBlockHeader({ descriptor: 0x48, count: 0, offset: ends })

  test.each([
    ['twice the same bytes', [block(0, 'aaaa'), block(2, 'bbbb'), end(1)], /came twice/],
    ['a hole', [block(0, 'aaaa'), block(8, 'bbbb'), end(1)], /4 to 8 never came/],
    ['no end of data', [block(0, 'aaaa')], /end/],
    ['half a block', [block(0, 'aaaa').subarray(0, 19)], /middle of a block/],
    [
      'an offset outside of any file',
      [Buffer.concat([Buffer.of(0), Buffer.alloc(8, 1), Buffer.alloc(8, 255)])],
      /outside any file/,
    ],
    ['a flag that is not known', [Buffer.concat([Buffer.of(128), Buffer.alloc(16)])], /descriptor 128/],
    ['more ends than may be', [end(100_000)], /100000 ends/],
  ] as const)('%s is no file', async (_what, blocks, said) => {
    expect(await sendBlocks('/bad', blocks, true)).toMatch(said)
    expect(existsSync(site.remote('bad'))).toBe(false)
  })

  test('what was said of where data goes does not outlive its terms', async () => {
    writeFileSync(site.remote('secret'), 'the secret')
    const victim = createServer().listen(0, '127.0.0.2')
    await once(victim, 'listening')
    let reached = 0
    victim.on('connection', socket => {
      reached++
      socket.destroy()
    })
    const { port: away } = victim.address() as AddressInfo
    using session = await site.session(port, { dataAuthentication: 'none' })
    await session.ask('DCAU A', 'DCAU')
    const there = `PORT 127,0,0,2,${away >> 8},${away & 255}`
    await session.ask(there, 'PORT')
    await session.ask('DCAU N', 'DCAU')
    expect((await session.channel.exchange('RETR /secret')).code).toBe(425)
    expect((await session.channel.exchange(there)).code).toBe(504)
    expect(reached).toBe(0)
    victim.close()
    const { port: data } = readHostPort(/\((.*)\)/.exec((await session.ask('PASV', 'PASV')).lines.join(' '))?.[1] ?? '')
    await session.ask('DCAU A', 'DCAU')
    const reachable = new Promise<boolean>(resolve => {
      const eavesdropper = connect({ host: '127.0.0.1', port: data })
      eavesdropper.on('error', () => resolve(false)).once('connect', () => resolve(true))
    })
    expect(await reachable).toBe(false)
    expect((await session.channel.exchange('RETR /secret')).code).toBe(425)
  })

  test('REST is of one transfer, and of what is there', async () => {
    writeFileSync(site.remote('ten'), 'ABCDEFGHIJ')
    using session = await site.session(port)
    const have = ByteRanges.of([{ start: 0, end: 5 }])
    await expect(retrieve(session, '/nowhere', new MemorySink(10), { have })).rejects.toThrow(/There is no file/)
    const sink = new MemorySink(100)
    await retrieve(session, '/ten', sink)
    expect(sink.bytes.toString()).toBe('ABCDEFGHIJ')
    for (const mode of ['S', 'E'] as const)
      await expect(store(session, '/hole', memorySource(Buffer.alloc(20)), { mode, have })).rejects.toThrow(
        /0 bytes only, not 5/,
      )
    expect(existsSync(site.remote('hole'))).toBe(false)
  })

  test.each([
    ['S', 'clear'],
    ['E', 'clear'],
    ['S', 'private'],
    ['E', 'private'],
  ] as const)(
    'a part is gone on with, and leaves nothing behind a shorter file: mode %s, %s',
    async (mode, protection) => {
      using one = await site.session(port, { protection })
      const bytes = randomBytes(2_000_000)
      const longer = {
        size: 4_000_000,
        read: async (into: Uint8Array, position: number) => {
          if (position >= 3_000_000) throw new Error('cut')
          return await memorySource(Buffer.concat([bytes, Buffer.alloc(2_000_000)])).read(
            into.subarray(0, 500_000),
            position,
          )
        },
      }
      await expect(store(one, '/tail', longer, { mode: 'E' })).rejects.toThrow('cut')
      using other = await site.session(port, { protection })
      let sent = 0
      const have = ByteRanges.of([{ start: 0, end: 1_000_000 }])
      const listener = {
        onBytes: (count: number) => {
          sent += count
        },
      }
      await store(other, '/tail', memorySource(bytes), { mode, have, listener })
      expect(sent).toBe(1_000_000)
      expect(readFileSync(site.remote('tail')).equals(bytes)).toBe(true)
    },
  )

  test('two who write the same place do not mix', async () => {
    using a = await site.session(port)
    using b = await site.session(port)
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const slow = store(a, '/same', {
      size: 4_000_000,
      read: async (into, position) => {
        if (position >= 1_000_000) {
          begun.resolve()
          await gate.promise
        }
        return into.fill(65).length
      },
    })
    await begun.promise
    const quick = Buffer.alloc(2_000_000, 'B')
    await store(b, '/same', memorySource(quick))
    expect(readFileSync(site.remote('same')).equals(quick)).toBe(true)
    gate.resolve()
    await slow
    expect(readFileSync(site.remote('same')).equals(Buffer.alloc(4_000_000, 'A'))).toBe(true)
  })

  test('what was announced and did not come is missed, also in stream mode', async () => {
    writeFileSync(site.remote('good'), 'good')
    using session = await site.session(port, { dataAuthentication: 'none' })
    for (const line of ['DCAU N', 'TYPE I', 'ALLO 1000']) await session.ask(line, line)
    const { port: data } = readHostPort(/\((.*)\)/.exec((await session.ask('PASV', 'PASV')).lines.join(' '))?.[1] ?? '')
    const answer = session.channel.exchange('STOR /good')
    connect({ host: '127.0.0.1', port: data }).end('half of it')
    expect(await answer).toMatchObject({ code: 426, lines: [expect.stringContaining('1000 were announced') as string] })
    expect(readFileSync(site.remote('good'), 'utf8')).toBe('good')
  })

  test('what is not whole is not seen, and hinders nobody', async () => {
    using session = await site.session(port)
    await session.ask('MKD /folder', 'MKD')
    expect(await sendBlocks('/folder/bad', [block(0, 'aaaa')], true)).toMatch(/^426/)
    expect(readdirSync(site.remote('folder'))).toHaveLength(1)
    const names: string[] = []
    await listDirectory(session, '/folder', ({ name }) => void names.push(name))
    expect(names).toEqual([])
    await session.ask('RMD /folder', 'RMD')
    expect(existsSync(site.remote('folder'))).toBe(false)
  })

  test('a directory of a hundred thousand files is told as it is read', async () => {
    mkdirSync(site.remote('many'))
    const count = 100_000
    for (let n = 0; n < count; n++) closeSync(openSync(site.remote(`many/${n}`), 'w'))
    using session = await site.session(port)
    let seen = 0
    await listDirectory(session, '/many', () => void seen++)
    expect(seen).toBe(count)
  })
})
