import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FtpSession } from '../../../src/gridftp/client/ftp-session.ts'
import { listDirectory } from '../../../src/gridftp/client/list-directory.ts'
import { retrieve } from '../../../src/gridftp/client/retrieve.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { thirdParty } from '../../../src/gridftp/client/third-party.ts'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { run } from '../../integration/cli/command.ts'
import { globusUrlCopy, gridwrapCopy, streamsOf } from '../../support/data-clients.ts'
import { DataSite } from '../../support/data-site.ts'
import { GridFtpProcess } from '../../support/gridftp-process.ts'
import { missing, needs } from '../../support/peer.ts'

const mayListen = (await hasLoopback()) || missing('IPv6 is not tested: this machine has no ::1 to listen at.')
const bytes = randomBytes(3_000_001)

/** A server on ::1, and where it shows the site's home. */
interface Place {
  readonly port: number
  readonly home: string
}

describe.skipIf(!mayListen)('over IPv6', () => {
  let site: DataSite
  let one: Place
  let other: Place
  let globus: Place | undefined
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    writeFileSync(site.path('in'), bytes)
    mkdirSync(site.remote('tree'))
    for (const name of ['a', 'b']) writeFileSync(site.remote(`tree/${name}`), name)
    one = { port: stack.use(await GridFtpProcess.start(site, { host: '::1' })).port, home: '' }
    other = { port: stack.use(await GridFtpProcess.start(site, { host: '::' })).port, home: '' }
    if (needs('globus-gridftp-server'))
      globus = { port: stack.use(await site.server({ host: '::1' })).port, home: site.files.folder }
  })
  afterAll(() => stack.disposeAsync())
  beforeEach(() => {
    rmSync(site.remote('out'), { force: true })
    writeFileSync(site.remote('in'), bytes)
  })

  const places: Readonly<Record<string, () => Place | undefined>> = {
    'our server': () => one,
    'our server, which listens everywhere': () => other,
    'globus-gridftp-server': () => globus,
  }
  const servers = Object.keys(places).filter(name => !name.startsWith('globus') || needs('globus-gridftp-server'))
  const placeOf = (name: string): Place => places[name]?.() ?? one

  /** A session with what went over it: which commands said where data goes. */
  const open = async ({ port }: Place): Promise<{ readonly session: FtpSession; readonly said: string[] }> => {
    const said: string[] = []
    const listener = { onCommand: (line: string) => void said.push(line.split(' ')[0] ?? '') }
    const session = await site.session(port, { address: '::1', listener })
    expect(session.channel.remoteAddress).toBe('::1')
    return { session, said }
  }

  const ways = [
    ['S', 1, true],
    ['S', 1, false],
    ['E', 1, true],
    ['E', 4, true],
  ] as const
  const cases = servers.flatMap(server => ways.map(([mode, streams, passive]) => ({ server, mode, streams, passive })))

  test.each(cases)('$server gives a file: mode $mode, $streams streams, passive $passive', async one => {
    const { home, port } = placeOf(one.server)
    const { session, said } = await open({ home, port })
    using _closing = session
    const sink = new MemorySink(bytes.length)
    await retrieve(session, `${home}/in`, sink, one)
    expect(sink.bytes.equals(bytes)).toBe(true)
    // In extended mode whoever sends connects.
    expect(said).toContain(one.mode === 'S' && one.passive ? 'EPSV' : 'EPRT')
    expect(said).not.toContain('PASV')
  })

  test.each(cases)('$server takes a file: mode $mode, $streams streams, passive $passive', async one => {
    const { home, port } = placeOf(one.server)
    const { session, said } = await open({ home, port })
    using _closing = session
    await store(session, `${home}/out`, memorySource(bytes), one)
    expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    expect(said).toContain(one.mode === 'S' && !one.passive ? 'EPRT' : 'EPSV')
    expect(said).not.toContain('PASV')
  })

  test.each(servers)('%s lists a directory', async server => {
    const { session } = await open(placeOf(server))
    using _closing = session
    const names: string[] = []
    await listDirectory(session, `${placeOf(server).home}/tree`, ({ name }) => void names.push(name))
    expect(names.filter(name => !name.startsWith('.')).sort()).toEqual(['a', 'b'])
  })

  const pairs = servers.flatMap(from => servers.map(to => ({ from, to })))
  test.each(pairs)('a file goes from $from to $to', async ({ from, to }) => {
    const [source, destination] = [await open(placeOf(from)), await open(placeOf(to))]
    using _source = source.session
    using _destination = destination.session
    for (const streams of [1, 4]) {
      rmSync(site.remote('out'), { force: true })
      const [path, target] = [`${placeOf(from).home}/in`, `${placeOf(to).home}/out`]
      await thirdParty(source.session, path, destination.session, target, { streams })
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    }
  })

  const subject = (): readonly string[] => ['--server-subject', site.host.certificate.subject.slash]
  const url = ({ port, home }: Place, path: string): string => `gsiftp://[::1]:${port}${home}/${path}`

  test.each(servers)('gridwrap cp and ls speak to %s', async server => {
    const place = placeOf(server)
    for (const streams of [1, 4]) {
      rmSync(site.remote('out'), { force: true })
      rmSync(site.path('back'), { force: true })
      const more = [...subject(), ...streamsOf(streams)]
      expect(await gridwrapCopy(site, ...more, site.path('in'), url(place, 'out'))).toMatchObject({ code: 0 })
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
      expect(await gridwrapCopy(site, ...more, url(place, 'out'), 'back')).toMatchObject({ code: 0 })
      expect(readFileSync(site.path('back')).equals(bytes)).toBe(true)
    }
    rmSync(site.remote('out'))
    expect(await gridwrapCopy(site, ...subject(), url(place, 'in'), url(one, 'out'))).toMatchObject({ code: 0 })
    expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    const env = { ...site.environment, PATH: process.env['PATH'] ?? '' }
    expect(await run(['ls', ...subject(), url(place, 'tree')], { env })).toMatchObject({ code: 0, stdout: 'a\nb\n' })
    expect(await run(['ls', url(place, 'tree')], { env })).toMatchObject({ code: 3 })
  })

  test.skipIf(!needs('globus-url-copy')).each([[], ['-p', '4'], ['-fast'], ['-dcpriv']].map(words => [words] as const))(
    'globus-url-copy -ipv6 %j puts and gets',
    async words => {
      const more = ['-ipv6', '-s', site.host.certificate.subject.slash, ...words]
      const there = url(one, 'out')
      expect(await globusUrlCopy(site, ...more, `file://${site.path('in')}`, there)).toMatchObject({ code: 0 })
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
      const back = join(site.folder, 'back')
      rmSync(back, { force: true })
      expect(await globusUrlCopy(site, ...more, there, `file://${back}`)).toMatchObject({ code: 0 })
      expect(readFileSync(back).equals(bytes)).toBe(true)
    },
  )
})

async function hasLoopback(): Promise<boolean> {
  const server = createServer().listen(0, '::1')
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
