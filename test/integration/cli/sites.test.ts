import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'
import { json, lineOf, run, start } from './command.ts'
import { greet } from './described.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-init-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const plain = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  XDG_STATE_HOME: join(folder, 'state'),
  X509_USER_PROXY: join(folder, 'proxy.pem'),
})

describe('init', () => {
  test('makes a site from which everything it says works', async () => {
    const port = await freePort()
    const made = await run(['init', 'site', '--port', String(port), '--json'], { env: plain(), cwd: folder })
    expect(made.code).toBe(0)
    const site = json<Record<'configuration' | 'certificates' | 'userCertificate' | 'userKey', string>>(made)
    for (const secret of ['userkey.pem', 'hostkey.pem', 'cakey.pem'])
      expect((await stat(join(folder, 'site', 'pki', secret))).mode & 0o777).toBe(0o600)
    const env: Record<string, string> = {
      ...plain(),
      X509_CERT_DIR: site.certificates,
      X509_USER_CERT: site.userCertificate,
      X509_USER_KEY: site.userKey,
      GRIDWRAP_URL: `https://localhost:${port}`,
      GRIDWRAP_CONFIG: site.configuration,
    }
    const container = start(['serve', '--json'], { env })
    const ended = once(container, 'exit')
    try {
      const ready = JSON.parse(await lineOf(container.stdout, /"ready"/)) as object
      expect(ready).toEqual({ ready: true, https: `https://localhost:${port}/`, port, pid: container.pid })
      expect(await run(['proxy', 'init'], { env })).toMatchObject({ code: 0, stdout: `${env['X509_USER_PROXY']}\n` })
      const cwd = join(folder, 'site', 'services', 'newstar')
      const words = ['first=first.pgm', 'second=second.pgm', '--out', join(folder, 'result')]
      const ran = await run(['run', 'newstar', ...words], { env, cwd })
      expect(ran.code).toBe(0)
      expect(await readFile(join(folder, 'result', 'newstar.svg'), 'utf8')).toContain('<svg')
    } finally {
      container.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
    }
  })

  test('overwrites nothing', async () => {
    const again = await run(['init', 'site'], { env: plain(), cwd: folder })
    expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nothing was changed') })
    const own = await mkdtemp(join(folder, 'own-'))
    await writeFile(join(own, 'grid-mapfile'), '"/CN=Mine" me\n')
    expect(await run(['init', own], { env: plain() })).toMatchObject({ code: 2 })
    expect(await readdir(own)).toEqual(['grid-mapfile'])
    expect(await readFile(join(own, 'grid-mapfile'), 'utf8')).toBe('"/CN=Mine" me\n')
  })
})

describe('serve', () => {
  test('says what is wrong with its configuration, all at once, and ends', async () => {
    const file = join(folder, 'broken.yaml')
    await writeFile(file, 'gridwrap: 1\nlisten: {https: here}\nauthority: localhost:1\nnosuch: 1\n')
    const ran = await run(['serve', '--config', file], { env: plain() })
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain('listen.https is not an address like 127.0.0.1:8443')
    expect(ran.stderr).toContain('has no key "nosuch"')
    const none = await run(['serve', '--config', join(folder, 'none.yaml')], { env: plain() })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('gridwrap init') })
  })

  test('ends at once with one sentence when its credential, or its port, cannot be used', async () => {
    await using site = await TestSite.start({ descriptions: { greet } })
    const env = site.environmentFor()
    const data = join(folder, 'other-data')
    const other = join(site.folder, 'other.yaml')
    const own = await readFile(site.configurationFile, 'utf8')
    await writeFile(other, own.replace('data: ./data', `data: ${data}`))
    const taken = await run(['serve', '--config', other], { env })
    expect(taken).toMatchObject({ code: 5, stdout: '' })
    expect(taken.stderr).toContain(`cannot listen at 127.0.0.1:${site.port}: another program listens there`)
    expect(taken.stderr).not.toContain('node:internal')
    await site.stop()
    await chmod(join(site.folder, 'hostkey.pem'), 0o644)
    const open = await run(['serve', '--config', other], { env })
    expect(open.code).toBe(3)
    expect(open.stderr.match(/others could use it/g)).toHaveLength(1)
    await rm(join(site.folder, 'hostcert.pem'))
    expect(await run(['serve', '--config', other], { env })).toMatchObject({ code: 3 })
  })

  test('a description that is broken, or not there, hurts no other service', async () => {
    const broken = greet.replace('name: greet', 'name: broken').replace('sh greet.sh', 'sh > greet.sh')
    await using site = await TestSite.make({ descriptions: { greet, broken }, services: ['services/nosuch'] })
    const env = site.environmentFor()
    const container = start(['serve'], { env })
    const said = text(container.stderr)
    const ended = once(container, 'exit')
    expect(await lineOf(container.stdout, /gridwrap is ready/)).toContain(site.url)
    expect(json(await run(['applications', '--json'], { env }))).toEqual([expect.objectContaining({ name: 'greet' })])
    container.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(await said).toMatch(/broken\/application\.yaml:5:\d+: command, column \d+: ">" has no meaning here/)
    expect(await said).toMatch(/There is no .*services\/nosuch/)
  })

  test('SIGTERM drains: a call under way gets its answer, the program goes on, and the next container finds it', async () => {
    await using site = await TestSite.start({ descriptions: { greet } })
    using connection = site.connect()
    const service = await site.service('greet', connection)
    const { job } = await service.call<{ job: JobRef }>('submit', { who: 'Ada', pause: 3 })
    const status = (): Promise<{ status: JobStatus }> => service.call('getStatus', {}, job.handle)
    // Two connections are open, so that the call waits on one before the other is heard of.
    await Promise.all([status(), status()])
    const waiting = service.call<{ status: JobStatus }>('waitFor', { seconds: 600 }, job.handle)
    await status()
    await site.stop()
    expect((await waiting).status).toMatchObject({
      job: { id: job.id },
      state: expect.stringMatching(/Pending|Active|Done/),
    })
    await site.startContainer()
    const env = site.environmentFor()
    expect(await run(['wait', job.handle], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('Done') })
  })

  test('who waits for a job does not notice that the container is started anew', async () => {
    await using site = await TestSite.start({ descriptions: { greet } })
    const child = start(['run', 'greet', 'who=Ada', 'pause=4'], { env: site.environmentFor() })
    const shown = text(child.stdout)
    await lineOf(child.stderr, /^Job /)
    const ended = once(child, 'exit')
    await site.stop()
    await site.startContainer()
    expect((await ended)[0]).toBe(0)
    expect(await shown).toContain('last = Ada')
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
