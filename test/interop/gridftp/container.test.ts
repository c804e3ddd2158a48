import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FtpSession } from '../../../src/gridftp/client/ftp-session.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { memorySource } from '../../../src/gridftp/data/memory.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import { type Ran, run } from '../../integration/cli/command.ts'
import { freePort } from '../../support/free-port.ts'
import { needs } from '../../support/peer.ts'
import { TestSite, type TestUser } from '../../support/site.ts'

const weigh = `
gridwrap: 1
name: weigh
title: Says how much a file weighs, and gives it back
command: sh weigh.sh {stuff}
inputs:
  stuff: {type: file}
files:
  - weigh.sh: |
      echo weighing
      wc -c < "$1" > weight.txt
      mkdir -p deep/down && cp "$1" deep/down/copy.bin
outputs:
  weight: {type: integer, from: weighed, match: '([0-9]+)'}
  weighed: weight.txt
  copy: deep/down/copy.bin
`

describe.skipIf(!needs('globus-url-copy'))('a container that serves files by GridFTP', () => {
  let site: TestSite
  let bob: TestUser
  let url: string
  let port: number
  const bytes = randomBytes(1_000_001)
  const local = (name: string): string => join(site.folder, name)

  beforeAll(async () => {
    port = await freePort()
    site = await TestSite.make({
      key: 'rsa',
      workers: 2,
      descriptions: { weigh },
      configuration: {
        listen: `{https: '127.0.0.1:${await freePort()}', gridftp: '127.0.0.1:${port}'}`,
        gridftp: JSON.stringify({
          exports: [
            { name: 'pub', folder: './pub', anonymous: true, write: ['/O=Test Grid/CN=Alice'] },
            { name: 'team', folder: './team', read: ['/O=Test Grid/CN=Bob'], write: ['/O=Test Grid/CN=Al*'] },
          ],
        }),
        quota: '{stored: 40MB}',
      },
    })
    const listen = /https: '127\.0\.0\.1:(\d+)'/.exec(readFileSync(site.configurationFile, 'utf8'))?.[1]
    const text = readFileSync(site.configurationFile, 'utf8')
    writeFileSync(site.configurationFile, text.replace(/^authority: .*$/m, `authority: localhost:${listen}`))
    site = Object.assign(site, { url: `https://localhost:${listen}` })
    for (const name of ['pub', 'team']) mkdirSync(local(name))
    writeFileSync(local('pub/readme'), 'for everybody')
    writeFileSync(local('stuff'), bytes)
    await site.startContainer()
    bob = await site.user('Bob')
    url = `gsiftp://localhost:${port}`
  })
  afterAll(() => site[Symbol.asyncDispose]())

  const copy = async (words: readonly string[], user: TestUser = site.alice): Promise<string> => {
    const env = { ...process.env, ...site.environmentFor(user), GLOBUS_HOSTNAME: 'localhost' }
    return (await promisify(execFile)('globus-url-copy', words, { env, timeout: 20_000 })).stdout
  }
  const command = (user: TestUser, ...words: readonly string[]): Promise<Ran> =>
    run(words, { env: { ...site.environmentFor(user), GLOBUS_HOSTNAME: 'localhost' }, cwd: site.folder })

  /** An instance that waits for its file; its id. */
  const waiting = async (): Promise<string> => {
    using connection = site.connect()
    const service = await site.service('weigh', connection)
    const { job } = await service.call<{ readonly job: { readonly id: string } }>('submit', {
      stuff: { name: 'stuff', upload: true },
    })
    return job.id
  }
  const result = async (id: string): Promise<string> => {
    const ran = await command(site.alice, 'wait', `${site.url}/instances/${id}`)
    expect(ran).toMatchObject({ code: 0 })
    return id
  }

  test.each([['-p', '4', '-dcpriv'], ['-fast'], [], ['-nodcau']].map(words => [words] as const))(
    'takes the file that a job waits for, and gives its outputs: %s',
    async words => {
      const id = await waiting()
      await copy([...words, `file://${local('stuff')}`, `${url}/instances/${id}/stuff`])
      await result(id)
      rmSync(local('back'), { force: true })
      await copy([...words, `${url}/instances/${id}/deep/down/copy.bin`, `file://${local('back')}`])
      expect(readFileSync(local('back')).equals(bytes)).toBe(true)
      await copy([...words, `${url}/instances/${id}/stdout`, `file://${local('back')}`])
      expect(readFileSync(local('back'), 'utf8')).toBe('weighing\n')
      await copy([...words, '-r', '-cd', `${url}/instances/${id}/`, `file://${local('all')}/`])
      expect(readFileSync(local('all/deep/down/copy.bin')).equals(bytes)).toBe(true)
      rmSync(local('all'), { recursive: true })
    },
  )

  test('works with gridwrap cp, which compares checksums, and with ls', async () => {
    const id = await waiting()
    const ran = await command(site.alice, 'cp', local('stuff'), `${url}/instances/${id}/stuff`)
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/1 file copied/) as string })
    await result(id)
    const listed = await command(site.alice, 'ls', `${url}/instances/${id}/`)
    expect(listed.stdout).toMatch(/deep/)
    expect(listed.stdout).toMatch(/stdout/)
    expect((await command(site.alice, 'ls', `${url}/instances/`)).stdout).toContain(id)
    expect((await command(site.alice, 'ls', `${url}/`)).stdout.match(/instances|pub|team/g)).toHaveLength(3)
    const fetched = await command(
      site.alice,
      'run',
      '--json',
      '--delegate',
      'limited',
      'weigh',
      `stuff=${url}/instances/${id}/stdout`,
    )
    // Where the container itself may go is its administrator's to say.
    expect(fetched.stderr + fetched.stdout).toMatch(/does not connect to/)
  })

  test('shows nobody what is not theirs, and those with whom it is shared what they may see', async () => {
    const id = await waiting()
    const steal = copy([`${url}/instances/${id}/stuff`, `file://${local('stolen')}`], bob)
    await expect(steal).rejects.toMatchObject({ stderr: expect.stringContaining('There is no instance') as string })
    await expect(copy([`file://${local('stuff')}`, `${url}/instances/${id}/stuff`], bob)).rejects.toMatchObject({
      stderr: expect.stringContaining('There is no instance') as string,
    })
    expect((await command(bob, 'ls', `${url}/instances/`)).stdout).not.toContain(id)
    await copy([`file://${local('stuff')}`, `${url}/instances/${id}/stuff`])
    await result(id)
    expect(await command(site.alice, 'share', `${site.url}/instances/${id}`, bob.dn)).toMatchObject({ code: 0 })
    await copy([`${url}/instances/${id}/weight.txt`, `file://${local('shared')}`], bob)
    expect(readFileSync(local('shared'), 'utf8').trim()).toBe(String(bytes.length))
    expect((await command(bob, 'ls', `${url}/instances/`)).stdout).toContain(id)
  })

  test('refuses what an instance does not wait for, what comes too late, and what is too much', async () => {
    const id = await waiting()
    const put = (name: string, file = 'stuff'): Promise<string> =>
      copy([`file://${local(file)}`, `${url}/instances/${id}/${name}`])
    await expect(put('other')).rejects.toMatchObject({
      stderr: expect.stringContaining('does not wait for a file') as string,
    })
    await expect(put('../../pub/x')).resolves.toBe('')
    writeFileSync(local('large'), Buffer.alloc(45_000_000))
    await expect(put('stuff', 'large')).rejects.toMatchObject({ stderr: expect.stringContaining('40.0 MB') as string })
    await put('stuff')
    await result(id)
    await expect(put('stuff')).rejects.toMatchObject({
      stderr: expect.stringContaining('takes no files any more') as string,
    })
    const refused = await command(site.alice, 'rm', `${url}/instances/${id}/weight.txt`)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/only the files that it waits for/)
  })

  test('lets people into what is exported to them, and everybody into what is for everybody', async () => {
    await copy([`file://${local('stuff')}`, `${url}/team/stuff`])
    await copy([`${url}/team/stuff`, `file://${local('from-team')}`], bob)
    expect(readFileSync(local('from-team')).equals(bytes)).toBe(true)
    await expect(copy([`file://${local('stuff')}`, `${url}/team/stuff`], bob)).rejects.toMatchObject({
      stderr: expect.stringContaining('read only') as string,
    })
    await copy([`ftp://localhost:${port}/pub/readme`, `file://${local('readme')}`])
    expect(readFileSync(local('readme'), 'utf8')).toBe('for everybody')
    for (const path of ['team/stuff', 'instances/'])
      await expect(copy([`ftp://localhost:${port}/${path}`, `file://${local('nothing')}`])).rejects.toMatchObject({
        code: 1,
      })
    const stranger = await site.user('Mallory', { listed: false })
    await expect(copy([`${url}/pub/readme`, `file://${local('nothing')}`], stranger)).rejects.toMatchObject({
      stderr: expect.stringContaining('is not known to this container') as string,
    })
  })

  test('goes on with a file after it was killed in the middle', async () => {
    const id = await waiting()
    const open = (): Promise<FtpSession> =>
      FtpSession.open({
        ...{ host: 'localhost', port },
        logIn: { with: 'gsi', credential: site.alice.proxy, trust: openTrustStore(site.trust) },
      })
    using session = await open()
    const half = store(session, `/instances/${id}/stuff`, {
      size: bytes.length,
      read: async (into, position) => {
        if (position >= 500_000 && position < 750_000)
          for (const { pid, role } of await site.processes()) if (role === 'front-end') process.kill(pid, 'SIGKILL')
        return await memorySource(bytes).read(into.subarray(0, 250_000), position)
      },
    })
    await expect(half).rejects.toThrow()
    // Started again by the supervisor.
    const answers = (): Promise<boolean> =>
      open().then(
        again => {
          again[Symbol.dispose]()
          return true
        },
        () => false,
      )
    await expect.poll(answers, { timeout: 20_000, interval: 200 }).toBe(true)
    const ran = await command(site.alice, 'cp', local('stuff'), `${url}/instances/${id}/stuff`)
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/1 file copied/) as string })
    await result(id)
  })

  test('writes down who did what', async () => {
    const audit = readFileSync(join(site.data, 'audit.jsonl'), 'utf8').split('\n')
    const written = audit.filter(line => line.includes('"operation":"gridftp"'))
    expect(
      written.some(line => line.includes('instance.write') && line.includes('CN=Alice') && line.includes('permit')),
    ).toBe(true)
    expect(site.log).toMatch(/"verb":"STOR".*"outcome":226/)
  })

  test('sends away who may not be here any more', async () => {
    const carol = await site.user('Carol')
    using session = await FtpSession.open({
      ...{ host: 'localhost', port },
      logIn: { with: 'gsi', credential: carol.proxy, trust: openTrustStore(site.trust) },
    })
    await session.ask('NOOP', 'NOOP')
    const map = readFileSync(local('grid-mapfile'), 'utf8')
    writeFileSync(local('grid-mapfile'), map.replace(/^.*CN=Carol.*\n/m, ''))
    let said = ''
    const isHere = (): Promise<boolean> =>
      session.ask('NOOP', 'NOOP').then(
        () => true,
        (error: unknown) => {
          said = String(error)
          return false
        },
      )
    await expect.poll(isHere, { timeout: 10_000 }).toBe(false)
    expect(said).toMatch(/is not known to this container/)
  })
})
