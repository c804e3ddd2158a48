import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { FtpSession } from '../../../src/gridftp/client/ftp-session.ts'
import { retrieveMany } from '../../../src/gridftp/client/many-files.ts'
import { retrieve } from '../../../src/gridftp/client/retrieve.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { endOfData, endOfFile, writeBlockHeader } from '../../../src/gridftp/protocol/extended-block.ts'
import { copyFile } from '../../../src/transfer/copy-file.ts'
import { Endpoints } from '../../../src/transfer/endpoints.ts'
import { GridFiles } from '../../../src/transfer/grid-files.ts'
import { parseLocation } from '../../../src/transfer/location.ts'
import { DataSite } from '../../support/data-site.ts'
import { freePort } from '../../support/free-port.ts'
import { needs } from '../../support/peer.ts'

const files = 12

/** What is kept between files serves the next one only, and hinders nobody. */
describe.skipIf(!needs('globus-gridftp-server'))('data connections that are kept', () => {
  let site: DataSite
  let folder: string
  const ports = new Map<string, number>()
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    ports.set('globus', stack.use(await site.server()).port)
    ports.set('gridwrap', stack.use(await site.ownServer()).port)
    ports.set('another', stack.use(await site.ownServer()).port)
    folder = site.remote('from')
    mkdirSync(folder)
    for (let n = 0; n < files; n++) writeFileSync(`${folder}/${n}`, Buffer.alloc(1000, String(n % 10)))
  })
  afterAll(() => stack.disposeAsync())
  const portOf = (server: string): number => ports.get(server) ?? 0
  const access = { credential: () => site.proxy, trust: () => site.trust }

  test.each(['globus', 'gridwrap'])('serve a whole tree, with its checksums: %s', async server => {
    const said: string[] = []
    const listener = { onCommand: (line: string) => void said.push(line) }
    const times = (verb: string): number => said.filter(line => line.split(' ')[0] === verb).length
    await using grid = new GridFiles({ ...access, gridftp: { extended: true, listener } })
    const root = `gsiftp://localhost:${portOf(server)}`
    const tree = { concurrency: 1, verify: 'required' } as const
    expect(await grid.copyTree(`${root}${folder}/`, site.path(`got-${server}`), tree)).toMatchObject({ copied: files })
    expect([times('PORT'), times('CKSM')]).toEqual([1, files])
    const passive = times('PASV')
    await grid.copyTree(site.path(`got-${server}`), `${root}${site.remote(`put-${server}`)}`, tree)
    expect([times('PASV') - passive, times('CKSM')]).toEqual([1, 2 * files])
    for (const name of readdirSync(folder))
      expect(readFileSync(`${site.remote(`put-${server}`)}/${name}`)).toEqual(readFileSync(`${folder}/${name}`))
  })

  test('leave their ports to the files of the next server', async () => {
    const first = await freePort()
    await using grid = new GridFiles({ ...access, gridftp: { extended: true, ports: [first, first] } })
    for (const server of ['gridwrap', 'another']) {
      const source = `gsiftp://localhost:${portOf(server)}${folder}/`
      expect(await grid.copyTree(source, site.path(`few-${server}`), { concurrency: 1 })).toMatchObject({ failed: 0 })
    }
  })

  test('take nothing that was not asked for', async () => {
    let port = 0
    const onCommand = (line: string): void => {
      const [, high, low] = /^PORT .*,(\d+),(\d+)$/.exec(line) ?? []
      if (low !== undefined) port = Number(high) * 256 + Number(low)
    }
    using session = await site.session(portOf('gridwrap'), { dataAuthentication: 'none', listener: { onCommand } })
    const get = async (n: number): Promise<string> => {
      const sink = new MemorySink(10_000)
      await retrieve(session, `${folder}/${n}`, sink, { mode: 'E' })
      return sink.bytes.toString()
    }
    expect(await get(1)).toBe('1'.repeat(1000))
    const stranger = connect(port, '127.0.0.1').on('error', () => undefined)
    const refused = new Promise(resolve => stranger.once('close', resolve))
    const end = { descriptor: endOfData | endOfFile, count: 0, offset: 1 }
    stranger.write(
      Buffer.concat([
        writeBlockHeader({ descriptor: 0, count: 1000, offset: 0 }),
        Buffer.alloc(1000, 'E'),
        writeBlockHeader(end),
      ]),
    )
    await refused
    for (const n of [2, 3]) expect(await get(n)).toBe(String(n).repeat(1000))
  })

  test.each(['globus', 'gridwrap'])('bring no file the bytes of one that failed: %s', async server => {
    const broken = site.remote(`broken-${server}`)
    mkdirSync(broken)
    for (const n of [1, 2, 3, 4])
      writeFileSync(`${broken}/${n}`, Buffer.alloc(n === 2 ? 3_000_000 : 200_000, String(n)))
    using session = await site.session(portOf(server))
    const sinks = [1, 2, 3, 4].map(() => new MemorySink(10_000_000))
    const ends = new Map<number, unknown>()
    const failing = {
      write: async () => {
        throw new GridwrapError('busy', 'The disk is full.')
      },
    }
    const wanted = sinks.map((sink, index) => ({ path: `${broken}/${index + 1}`, sink: index === 1 ? failing : sink }))
    const many = { streams: 2, onEnd: (index: number, error: unknown) => void ends.set(index, error) }
    await retrieveMany(session, wanted, many).catch(() => undefined)
    expect(ends.get(1)).toBeDefined()
    for (const [index, sink] of sinks.entries())
      if (ends.has(index) && ends.get(index) === undefined)
        expect(sink.bytes.equals(Buffer.alloc(200_000, String(index + 1)))).toBe(true)
  })

  test('do not hang on a server that is done without having begun', async () => {
    let stored = 0
    const server = createServer(socket => {
      const say = (line: string): void => void socket.write(`${line}\r\n`)
      socket.on('error', () => undefined)
      socket.on('data', bytes => {
        for (const line of bytes.toString().trim().split('\r\n')) {
          if (line.startsWith('USER')) say('230 in')
          else if (line === 'PASV') {
            const data = createServer(one =>
              one
                .on('error', () => undefined)
                .on('data', chunk => chunk.includes(endOfData | endOfFile) && say('226 done')),
            )
            data.unref().listen(0, '127.0.0.1', () => {
              const { port } = data.address() as AddressInfo
              say(`227 Entering Passive Mode (127,0,0,1,${port >> 8},${port & 255})`)
            })
          } else if (line.startsWith('STOR')) say(++stored === 1 ? '150 go' : '226 done')
          else say('200 ok')
        }
      })
      say('220 ready')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    {
      using session = await FtpSession.open({
        ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port },
        logIn: { with: 'password', user: 'anonymous', password: 'anonymous@' },
      })
      for (const name of ['one', 'two']) await store(session, name, memorySource(Buffer.from(name)), { mode: 'E' })
    }
    server.close()
    expect(stored).toBe(2)
  })

  test.each([
    ['shorter', 10, true],
    ['shorter', 10, false],
    ['longer', 2_000_000, true],
    ['longer', 2_000_000, false],
  ])(
    'and a file that was %s when it was listed is copied as it is: %i bytes, relayed %s',
    async (_what, size, relay) => {
      await using endpoints = new Endpoints(access)
      const at = (name: string): ReturnType<typeof parseLocation> =>
        parseLocation(`gsiftp://localhost:${portOf('gridwrap')}${site.remote(name)}`)
      writeFileSync(site.remote('listed'), Buffer.alloc(1_500_000, 'x'))
      const [source, destination] = [at('listed'), at(`listed-${size}-${relay}`)]
      const now = await endpoints.at(source).stat(source.path)
      const known = { ...now, size }
      // One attempt: it is no failure.
      const copied = await copyFile(endpoints, source, destination, { relay, known, retry: { attempts: 1 } })
      expect(copied.size).toBe(1_500_000)
      expect(readFileSync(destination.path).equals(Buffer.alloc(1_500_000, 'x'))).toBe(true)
    },
  )
})
