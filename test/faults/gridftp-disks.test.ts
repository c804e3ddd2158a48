import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { retrieve } from '../../src/gridftp/client/retrieve.ts'
import { store } from '../../src/gridftp/client/store.ts'
import { MemorySink, memorySource } from '../../src/gridftp/data/memory.ts'
import { globusUrlCopy, gridwrapCopy } from '../support/data-clients.ts'
import { DataSite } from '../support/data-site.ts'
import { GridFtpProcess } from '../support/gridftp-process.ts'
import { needs } from '../support/peer.ts'
import { mayMount, SmallDisk } from '../support/small-disk.ts'

const bytes = randomBytes(30_000_000)

/** Disks that are full, at either end of a transfer. */
describe.skipIf(!mayMount())('a disk that is full', () => {
  test('at the server is told, leaves what was there, and passes', async () => {
    using site = await DataSite.make()
    using disk = new SmallDisk(site.path('small'), '16m')
    await using server = await GridFtpProcess.start(site, { root: disk.folder })
    const [here, there] = [site.path('in'), join(disk.folder, 'out')]
    const url = `gsiftp://localhost:${server.port}/out`
    writeFileSync(here, bytes)
    writeFileSync(there, 'the old one')
    using session = await site.session(server.port)

    for (const streams of [1, 4])
      await expect(store(session, '/out', memorySource(bytes), { streams })).rejects.toMatchObject({
        code: 'busy',
        message: expect.stringContaining('no room on the disk') as string,
      })
    for (const more of [[], ['-p', '4']])
      expect(await gridwrapCopy(site, '--retries', '2', ...more, here, url)).toMatchObject({
        code: 5,
        said: expect.stringMatching(/^gridwrap: .*no room on the disk/m) as string,
      })
    for (const more of needs('globus-url-copy') ? [[], ['-p', '4'], ['-dcpriv']] : []) {
      const ended = await globusUrlCopy(site, ...more, `file://${here}`, url)
      expect(ended.code).not.toBe(0)
      expect(ended.said).toMatch(/no room on the disk/)
    }
    const sink = new MemorySink(100)
    await retrieve(session, '/out', sink)
    expect(sink.bytes.toString()).toBe('the old one')

    disk.resize('128m')
    await store(session, '/out', memorySource(bytes), { streams: 4 })
    expect(readFileSync(there).equals(bytes)).toBe(true)
    expect(await gridwrapCopy(site, here, `${url}-2`)).toMatchObject({ code: 0 })
    expect(readFileSync(`${there}-2`).equals(bytes)).toBe(true)
  })

  test.each([1, 4])('at the client is told, and makes no file, with %i streams', async streams => {
    using site = await DataSite.make()
    using disk = new SmallDisk(site.path('small'), '16m')
    await using server = await GridFtpProcess.start(site)
    writeFileSync(site.remote('in'), bytes)
    const words = ['-p', String(streams), `gsiftp://localhost:${server.port}/in`, join(disk.folder, 'got')]
    const { code, said } = await gridwrapCopy(site, '--retries', '2', ...words)
    expect(said).toMatch(/^gridwrap: .*no (?:room|space)/m)
    expect(code).toBe(5)
    expect(existsSync(join(disk.folder, 'got'))).toBe(false)
    disk.resize('64m')
    expect(await gridwrapCopy(site, ...words)).toMatchObject({ code: 0 })
    expect(readFileSync(join(disk.folder, 'got')).equals(bytes)).toBe(true)
    expect(readdirSync(disk.folder)).toEqual(['got'])
  })
})
