import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listDirectory } from '../../../src/gridftp/client/list-directory.ts'
import { retrieveMany, storeMany } from '../../../src/gridftp/client/many-files.ts'
import { retrieve } from '../../../src/gridftp/client/retrieve.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { GridFiles } from '../../../src/transfer/grid-files.ts'
import { DataSite } from '../../support/data-site.ts'
import { needs } from '../../support/peer.ts'

const count = 300
const bytesOf = (n: number): Buffer => Buffer.alloc((n * 977) % 20_000, `file ${n} `)

describe.skipIf(!needs('globus-gridftp-server'))('many small files, and files that are open', () => {
  let site: DataSite
  const ports = new Map<string, number>()
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    ports.set('globus', stack.use(await site.server()).port)
    ports.set('gridwrap', stack.use(await site.ownServer()).port)
    mkdirSync(site.remote('many'))
    for (let n = 0; n < count; n++) writeFileSync(site.remote(`many/${n}`), bytesOf(n))
  })
  afterAll(() => stack.disposeAsync())

  const cases = ['globus', 'gridwrap'].flatMap(server => [1, 4].map(streams => ({ server, streams })))

  test.each(cases)('come over the same connections: $server, $streams', async ({ server, streams }) => {
    using session = await site.session(ports.get(server) ?? 0)
    const sinks = Array.from({ length: count }, () => new MemorySink(20_000))
    const files = sinks.map((sink, n) => ({ path: site.remote(`many/${n}`), sink }))
    // One that is not there hinders no other.
    files.splice(50, 0, { path: site.remote('many/missing'), sink: new MemorySink(0) })
    const ends = new Map<number, unknown>()
    await retrieveMany(session, files, { streams, onEnd: (index, error) => ends.set(index, error) })
    expect([...ends.values()].filter(error => error !== undefined).map(String)).toEqual([
      expect.stringMatching(/missing cannot be retrieved/),
    ])
    for (const [n, { bytes }] of sinks.entries()) expect(bytes.equals(bytesOf(n))).toBe(true)
  })

  test.each(cases)('go over the same connections: $server, $streams', async ({ server, streams }) => {
    using session = await site.session(ports.get(server) ?? 0)
    const folder = `out-${server}-${streams}`
    mkdirSync(site.remote(folder))
    const files = Array.from({ length: count }, (_, n) => ({
      path: site.remote(n === 50 ? `${folder}/missing/x` : `${folder}/${n}`),
      source: memorySource(bytesOf(n)) as ReturnType<typeof memorySource> & { readonly size: number },
    }))
    const ends = new Map<number, unknown>()
    await storeMany(session, files, { streams, onEnd: (index, error) => ends.set(index, error) })
    expect([...ends.values()].filter(error => error !== undefined).map(String)).toEqual([
      expect.stringMatching(/missing\/x cannot be stored/),
    ])
    for (let n = 0; n < count; n++)
      if (n !== 50) expect(readFileSync(site.remote(`${folder}/${n}`)).equals(bytesOf(n))).toBe(true)
  })

  test.each(cases)(
    'use the data connections of the file before, one by one: $server, $streams',
    async ({ server, streams }) => {
      const said: string[] = []
      const listener = { onCommand: (line: string) => void said.push(line.split(' ')[0] ?? '') }
      using session = await site.session(ports.get(server) ?? 0, { listener })
      const times = (verb: string): number => said.filter(one => one === verb).length
      const folder = site.remote(`kept-${server}-${streams}`)
      mkdirSync(folder)
      const put = (n: number): Promise<void> =>
        store(session, `${folder}/${n}`, memorySource(bytesOf(n)), { mode: 'E', streams })
      const get = async (n: number, from = folder): Promise<Buffer> => {
        const sink = new MemorySink(20_000)
        await retrieve(session, `${from}/${n}`, sink, { mode: 'E', streams })
        return sink.bytes
      }
      for (let n = 0; n < 20; n++) await put(n)
      expect(times('PASV')).toBe(1)
      for (let n = 0; n < 20; n++) expect((await get(n)).equals(bytesOf(n))).toBe(true)
      expect(times('PORT')).toBe(1)
      expect(times('PASV')).toBe(1)
      // A refusal voids them, and a listing does; what comes after has its own.
      await expect(get(1, `${folder}/nowhere`)).rejects.toMatchObject({ code: 'not-found' })
      expect((await get(3)).equals(bytesOf(3))).toBe(true)
      await put(21)
      await expect(
        store(session, `${folder}/nowhere/x`, memorySource(bytesOf(1)), { mode: 'E', streams }),
      ).rejects.toThrow(/nowhere.x cannot be stored/)
      await put(22)
      await listDirectory(session, folder, () => undefined)
      await put(23)
      await put(24)
      for (const n of [21, 22, 23, 24]) expect(readFileSync(`${folder}/${n}`).equals(bytesOf(n))).toBe(true)
    },
  )

  test('are put over new data connections where a server does not go on with the old ones', async () => {
    const accepted: string[] = []
    using session = await site.session(ports.get('gridwrap') ?? 0, {
      listener: { onCommand: line => void accepted.push(line) },
    })
    await store(session, site.remote('first'), memorySource(bytesOf(5)), { mode: 'E' })
    // What a server does that closes them after each file, and wants a new PASV.
    await session.ask('PASV', 'PASV')
    await store(session, site.remote('second'), memorySource(bytesOf(6)), { mode: 'E' })
    expect(readFileSync(site.remote('second')).equals(bytesOf(6))).toBe(true)
    expect(accepted.filter(line => line === 'PASV').length).toBe(3)
  })

  test.each(['globus', 'gridwrap', 'here'])('are read and written anywhere: %s', async where => {
    const bytes = randomBytes(9_000_000)
    writeFileSync(site.remote(`open-${where}`), bytes)
    const root = where === 'here' ? '' : `gsiftp://localhost:${ports.get(where)}`
    await using files = new GridFiles({ credential: () => site.proxy, trust: () => site.trust })
    const url = `${root}${site.remote(`open-${where}`)}`
    await using file = await files.open(url, 'r+')
    expect(file.size).toBe(bytes.length)
    const into = Buffer.alloc(1000)
    expect(await file.read(into, 8_000_000)).toBe(1000)
    expect(into.equals(bytes.subarray(8_000_000, 8_001_000))).toBe(true)
    file.seek(bytes.length - 500)
    expect(await file.read(into)).toBe(500)
    expect(await file.read(into)).toBe(0)
    await file.write(Buffer.from('in the middle'), 4_000_000)
    await file.write(Buffer.from(', and on'))
    file.seek(4_000_000)
    expect(await file.read(into.subarray(0, 13))).toBe(13)
    expect(into.subarray(0, 13).toString()).toBe('in the middle')
    await file.write(Buffer.from('at the end'), bytes.length)
    await file.close()
    const expected = Buffer.concat([bytes, Buffer.from('at the end')])
    expected.write('in the middle', 4_000_000)
    expected.write(', and on', bytes.length)
    const now = readFileSync(site.remote(`open-${where}`))
    expect(now.length).toBe(expected.length)
    expect(now.subarray(3_999_990, 4_000_020).equals(expected.subarray(3_999_990, 4_000_020))).toBe(true)
    await using again = await files.open(url)
    const streamed = Buffer.concat(await again.readable({ start: 100, end: 5_000_000 }).toArray())
    expect(streamed.equals(now.subarray(100, 5_000_000))).toBe(true)
    await using made = await files.open(`${root}${site.remote(`made-${where}`)}`, 'w')
    const stream = made.writable()
    for (let n = 0; n < 5; n++) stream.write(bytes.subarray(n * 1_000_000, (n + 1) * 1_000_000))
    await new Promise<void>((resolve, reject) => stream.once('error', reject).end(resolve))
    expect(readFileSync(site.remote(`made-${where}`)).equals(bytes.subarray(0, 5_000_000))).toBe(true)
    await expect(files.open(`${root}${site.remote('nowhere')}`)).rejects.toMatchObject({ code: 'not-found' })
  })

  const tree = (folder: string): void => {
    for (const part of ['a', 'b/c']) {
      mkdirSync(join(folder, part), { recursive: true })
      for (let n = 0; n < 130; n++) writeFileSync(join(folder, part, `f${n}`), bytesOf(n))
    }
    writeFileSync(join(folder, 'large'), Buffer.alloc(3_000_000, 'large'))
  }
  const equalTrees = (one: string, other: string): void => {
    for (const name of [
      'large',
      ...['a', 'b/c'].flatMap(part => Array.from({ length: 130 }, (_, n) => `${part}/f${n}`)),
    ])
      expect(readFileSync(join(other, name)).equals(readFileSync(join(one, name)))).toBe(true)
  }

  test.each(['globus', 'gridwrap'])('a tree goes and comes with commands ahead of their turn: %s', async server => {
    const folder = site.path(`tree-${server}`)
    tree(folder)
    const said: string[] = []
    let ahead = 0
    const listener = {
      onCommand: (line: string) => void said.push(line),
      onReply: ({ code }: { readonly code: number }) => void said.push(String(code)),
    }
    await using files = new GridFiles({ credential: () => site.proxy, trust: () => site.trust, gridftp: { listener } })
    const there = site.remote(`tree-${server}-there`)
    const url = `gsiftp://localhost:${ports.get(server)}${there}`
    const options = { pipeline: true, concurrency: 1, preserveTime: true }
    expect(await files.copyTree(folder, url, options)).toEqual({ copied: 261, skipped: 0, failed: 0 })
    equalTrees(folder, there)
    said.length = 0
    // What is refused, or has changed since it was listed, is copied by itself, or told.
    symlinkSync('/nowhere/at/all', join(there, 'a/broken'))
    const back = site.path(`tree-${server}-back`)
    const failed: string[] = []
    const copied = await files.copyTree(url, back, { ...options, tree: { onFailed: ({ path }) => failed.push(path) } })
    expect(copied).toMatchObject({ copied: 261 })
    equalTrees(folder, back)
    expect(statSync(join(back, 'a/f1')).mtimeMs).toBe(Math.floor(statSync(join(there, 'a/f1')).mtimeMs / 1000) * 1000)
    // How many were asked for and not there yet, at most.
    let asked = 0
    for (const line of said) {
      if (line.startsWith('RETR ')) asked++
      if (/^(?:226|5\d\d)$/.test(line)) asked--
      ahead = Math.max(ahead, asked)
    }
    expect(ahead).toBeGreaterThan(3)
    expect(await files.copyTree(url, back, { ...options, sync: 'size' })).toMatchObject({ copied: 0, skipped: 261 })
  })

  test.each(['globus', 'gridwrap'])(
    'a file that is refused is not taken for the old one of its size: %s',
    async server => {
      const [here, there] = [site.path(`old-${server}`), site.remote(`old-${server}`)]
      for (const folder of [here, there]) mkdirSync(folder)
      for (const name of ['a', 'b', 'c']) writeFileSync(join(here, name), `new ${name}`)
      // In its place lies what no file can replace; one of the others is an old file.
      mkdirSync(join(there, 'b'))
      writeFileSync(join(there, 'c'), 'old c')
      const failed: string[] = []
      let bytes = 0
      await using files = new GridFiles({ credential: () => site.proxy, trust: () => site.trust })
      const result = await files.copyTree(here, `gsiftp://localhost:${ports.get(server)}${there}`, {
        ...{ pipeline: true, retry: { attempts: 1 }, listener: { onBytes: count => (bytes += count) } },
        tree: { onFailed: ({ path }) => failed.push(path) },
      })
      expect(result).toMatchObject({ copied: 2, failed: 1 })
      expect(failed).toEqual([join(here, 'b')])
      expect(readFileSync(join(there, 'c'), 'utf8')).toBe('new c')
      // What was sent of the one that failed counts, too; nothing else twice.
      expect([10, 15]).toContain(bytes)
    },
  )

  test.each(['globus', 'gridwrap'])('names, and other names: %s', async server => {
    await using files = new GridFiles({ credential: () => site.proxy, trust: () => site.trust })
    const folder = site.remote(`named-${server}`)
    mkdirSync(folder)
    for (const name of ['one', 'two words', 'three']) writeFileSync(join(folder, name), name)
    const url = `gsiftp://localhost:${ports.get(server)}${folder}`
    expect([...(await files.names(url))].sort()).toEqual(['one', 'three', 'two words'])
    await files.rename(`${url}/one`, `${url}/four`)
    expect(readdirSync(folder).sort()).toEqual(['four', 'three', 'two words'])
    await expect(files.rename(`${url}/four`, site.path('elsewhere'))).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(files.rename(`${url}/none`, `${url}/x`)).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each(['globus', 'gridwrap'])('servers connect to this machine where that is wanted: %s', async server => {
    const bytes = Buffer.alloc(3_000_000, 'active')
    writeFileSync(site.remote(`active-${server}`), bytes)
    const said: string[] = []
    const gridftp = {
      active: true,
      dataAuthentication: { subject: site.alice.certificate.subject.slash },
      listener: { onCommand: (line: string) => void said.push(line) },
    }
    await using files = new GridFiles({ credential: () => site.proxy, trust: () => site.trust, gridftp })
    const marks: number[] = []
    const url = `gsiftp://localhost:${ports.get(server)}${site.remote(`active-${server}`)}`
    await files.copy(url, site.path(`active-${server}`))
    await files.copy(site.path(`active-${server}`), `${url}-back`, {
      listener: { onRestart: ranges => marks.push(ranges.size), onPerformance: ({ bytes: so }) => marks.push(so) },
    })
    expect(readFileSync(site.remote(`active-${server}-back`)).equals(bytes)).toBe(true)
    expect(said.some(line => /^(?:PORT|EPRT|SPOR) /.test(line))).toBe(true)
    expect(said).toContain(`DCAU S ${site.alice.certificate.subject.slash}`)
    expect(marks.length).toBeGreaterThan(0)
  })
})
