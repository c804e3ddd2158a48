import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FtpSession } from '../../src/gridftp/client/ftp-session.ts'
import { retrieve } from '../../src/gridftp/client/retrieve.ts'
import { MemorySink } from '../../src/gridftp/data/memory.ts'
import { readHostPort } from '../../src/gridftp/protocol/host-port.ts'
import { globusUrlCopy, gridwrapCopy, streamsOf, unfinished, untilComing } from '../support/data-clients.ts'
import { DataSite } from '../support/data-site.ts'
import { GridFtpProcess } from '../support/gridftp-process.ts'
import { needs } from '../support/peer.ts'

const mayCopy = needs('globus-url-copy')
const bytes = randomBytes(200_000_000)
/** So much has come when something happens: it is in the middle. */
const middle = 20_000_000

/** Our server as a process that is killed, with clients that are in the middle of something. */
describe('a GridFTP server that is killed', () => {
  let site: DataSite
  let server: GridFtpProcess
  let idle: number
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    server = stack.use(await GridFtpProcess.start(site))
    writeFileSync(site.path('in'), bytes)
    writeFileSync(site.remote('in'), bytes)
  })
  afterAll(() => stack.disposeAsync())
  beforeEach(() => {
    for (const name of unfinished(site.files.folder, '.gridftp-part')) rmSync(site.remote(name))
    rmSync(site.path('got'), { force: true })
    writeFileSync(site.remote('out'), 'the old one')
    idle = server.descriptors().length
  })

  const url = (name: string): string => `gsiftp://localhost:${server.port}/${name}`
  const comingThere = (): ReturnType<typeof untilComing> => untilComing(site.files.folder, '.gridftp-part', middle)
  const comingHere = (): ReturnType<typeof untilComing> => untilComing(site.folder, '.gridwrap-part', middle)
  const nothingIsLeftOpen = (): Promise<void> =>
    expect.poll(() => server.descriptors().length, { timeout: 20_000 }).toBeLessThanOrEqual(idle)

  test.each([1, 4])('in the middle of a put by gridwrap cp (%i streams) is gone on with', async streams => {
    const copying = gridwrapCopy(site, ...streamsOf(streams), site.path('in'), url('out'))
    const there = await comingThere()
    expect(await server.end('SIGKILL')).toBe('SIGKILL')
    expect(there()).toBeLessThan(bytes.length)
    expect(readFileSync(site.remote('out'), 'utf8')).toBe('the old one')
    await server.start()
    expect(await copying).toMatchObject({ code: 0, said: expect.stringContaining('Trying again') as string })
    expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    await nothingIsLeftOpen()
  })

  test.skipIf(!mayCopy).each([1, 4])(
    'in the middle of a put by globus-url-copy (%i streams) has what was there, and takes the next',
    async streams => {
      const words = [...streamsOf(streams), `file://${site.path('in')}`, url('out')]
      const copying = globusUrlCopy(site, ...words)
      const there = await comingThere()
      await server.end('SIGKILL')
      expect(there()).toBeLessThan(bytes.length)
      expect((await copying).code).not.toBe(0)
      expect(readFileSync(site.remote('out'), 'utf8')).toBe('the old one')
      await server.start()
      expect(await globusUrlCopy(site, ...words)).toMatchObject({ code: 0 })
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
      await nothingIsLeftOpen()
    },
  )

  test.each([1, 4])('in the middle of a get by gridwrap cp (%i streams) is gone on with', async streams => {
    const copying = gridwrapCopy(site, '--debug', ...streamsOf(streams), url('in'), 'got')
    const there = await comingHere()
    await server.end('SIGKILL')
    expect(there()).toBeLessThan(bytes.length)
    await server.start()
    const { code, said } = await copying
    expect(code).toBe(0)
    expect(said).toMatch(/^> REST (?:0-)?[1-9]\d{6,}/m)
    expect(readFileSync(site.path('got')).equals(bytes)).toBe(true)
    await nothingIsLeftOpen()
  })

  test.each(['put', 'get'])('by SIGTERM in the middle of a %s lets it come to its end', async direction => {
    const isPut = direction === 'put'
    const copying = isPut ? gridwrapCopy(site, site.path('in'), url('out')) : gridwrapCopy(site, url('in'), 'got')
    await (isPut ? comingThere() : comingHere())
    expect(await server.end('SIGTERM')).toBe(0)
    expect(server.log).toMatch(isPut ? /"verb":"STOR".*"outcome":226/ : /"verb":"RETR".*"outcome":226/)
    if (isPut) expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    // What the client still wants to know (a checksum) the next one answers.
    await server.start()
    expect(await copying).toMatchObject({ code: 0 })
    expect(readFileSync(isPut ? site.remote('out') : site.path('got')).equals(bytes)).toBe(true)
    expect(unfinished(site.files.folder, '.gridftp-part')).toEqual([])
    await nothingIsLeftOpen()
  })
})

/** Clients without end, and what is left of them when they have gone. */
describe('a GridFTP server with many clients', () => {
  let site: DataSite
  let server: GridFtpProcess
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    server = stack.use(await GridFtpProcess.start(site, { more: ['--anonymous'] }))
    writeFileSync(site.remote('in'), 'what is there')
  })
  afterAll(() => stack.disposeAsync())

  /** Does so much of a work, some at once. */
  const often = async (count: number, work: () => Promise<void>): Promise<void> => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left-- > 0) await work()
    }
    await Promise.all(Array.from({ length: 10 }, worker))
  }

  test('serves one more beside two hundred who are logged in and say nothing', async () => {
    const idle = server.descriptors().length
    const sessions: FtpSession[] = []
    await often(200, async () => void sessions.push(await site.session(server.port)))
    expect(server.descriptors().length).toBeGreaterThanOrEqual(idle + 200)
    using one = await site.session(server.port)
    const sink = new MemorySink(100)
    await retrieve(one, '/in', sink)
    expect(sink.bytes.toString()).toBe('what is there')
    await Promise.all(sessions.map(session => session.ask('NOOP', 'NOOP')))
    for (const session of [one, ...sessions]) session[Symbol.dispose]()
    await expect.poll(() => server.descriptors().length, { timeout: 20_000 }).toBeLessThanOrEqual(idle)
  })

  test('has nothing open of a thousand who asked for a port and left', async () => {
    const idle = server.descriptors().length
    let turn = 0
    await often(1000, async () => {
      using session = await site.session(server.port, {
        logIn: { with: 'password', user: 'anonymous', password: 'me@' },
      })
      const { lines } = await session.ask('PASV', 'PASV')
      const { port } = readHostPort(lines.join(' '))
      // Every second one also connects to it.
      if (turn++ % 2 === 0) return
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      const closed = new Promise(resolve => socket.on('error', () => undefined).once('close', resolve))
      session[Symbol.dispose]()
      socket.resume()
      await closed
    })
    await expect.poll(() => server.descriptors().length, { timeout: 20_000 }).toBeLessThanOrEqual(idle)
  })
})
