import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { type Ran, run } from '../../integration/cli/command.ts'
import { DataSite } from '../../support/data-site.ts'
import { needs } from '../../support/peer.ts'

interface Told {
  readonly transfer: string
  readonly state: string
  readonly why?: string
  readonly done: number
  readonly bytes: number
  readonly failed: number
  readonly files: readonly { readonly state: string; readonly problem?: string }[]
}

describe.skipIf(!needs('globus-gridftp-server'))('gridwrap transfer', () => {
  let site: DataSite
  let port: number
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    port = stack.use(await site.server()).port
    mkdirSync(site.path('here'))
    for (const n of [1, 2, 3]) writeFileSync(site.remote(`f${n}`), `file ${n}`)
  })
  afterAll(() => stack.disposeAsync())

  const environment = (): Record<string, string> => ({
    ...site.environment,
    PATH: process.env['PATH'] ?? '',
    XDG_STATE_HOME: site.path('state'),
  })
  const command = (...words: readonly string[]): Promise<Ran> =>
    run(['transfer', ...words], { env: environment(), cwd: site.path('here') })
  const status = async (word = 'last'): Promise<Told> =>
    JSON.parse((await command('status', '--json', word)).stdout) as Told
  const when = async (wanted: (told: Told) => boolean): Promise<Told> => {
    for (;;) {
      const told = await status()
      if (wanted(told)) return told
    }
  }
  const at = (name: string): string => `gsiftp://localhost:${port}${site.remote(name)}`

  test('moves what a list names, into directories that it makes, and tells how it went', async () => {
    writeFileSync(site.path('list'), [1, 2, 3].map(n => `${at(`f${n}`)} "new dir/f${n}"\n`).join(''))
    const submitted = await command('submit', '--label', 'evening', '-f', site.path('list'), '--wait')
    expect(submitted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/evening\): done, 3 of 3 files/) as string,
    })
    expect(readdirSync(site.path('here/new dir')).sort()).toEqual(['f1', 'f2', 'f3'])
    const { stdout: log } = await command('log', 'evening')
    expect(log.split('\n').filter(line => line.includes('  done'))).toHaveLength(3)
    expect(log).toMatch(/sha256:[0-9a-f]{64}/)
    expect((await command('list')).stdout).toMatch(/done +3 of 3 {2}evening/)
    expect((await command('resume', 'evening')).stderr).toMatch(/All files of .* are there/)
  })

  test.each(['copy.part.before-rename', 'copy.part.after-rename'])(
    'killed at %s, it ends with the files and nothing beside them',
    async point => {
      const folder = `killed at ${point}`
      writeFileSync(site.path('list'), [1, 2, 3].map(n => `${at(`f${n}`)} "${folder}/f${n}"\n`).join(''))
      const killed = await run(['transfer', 'submit', '-f', site.path('list'), '--wait'], {
        env: { ...environment(), GRIDWRAP_CRASH_AT: point },
        cwd: site.path('here'),
      })
      expect(killed.code).not.toBe(0)
      expect((await status()).state).toBe('interrupted')
      expect(await command('resume', '--wait')).toMatchObject({ code: 0 })
      expect(readdirSync(site.path(`here/${folder}`)).sort()).toEqual(['f1', 'f2', 'f3'])
    },
  )

  test('fails what fails for good, says which, and tries it again when that is wanted', async () => {
    const waited = await command('submit', at('late'), 'late', '--wait')
    expect(waited).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/failed .*No such file or directory/) as string,
    })
    writeFileSync(site.remote('late'), 'at last')
    await command('resume')
    expect((await command('wait')).code).toBe(0)
    expect(readFileSync(site.path('here/late'), 'utf8')).toBe('at last')
  })

  test('goes on with other terms', async () => {
    const other = await command('submit', at('f1'), 'named', '--server-subject', '/CN=somebody else', '--wait')
    expect(other.code).toBe(1)
    expect((await command('log')).stdout.match(/ {2}again/g)).toBeNull()
    const resumed = await command('resume', '--server-subject', site.host.certificate.subject.slash, '--wait')
    expect(resumed).toMatchObject({ code: 0 })
    expect(readFileSync(site.path('here/named'), 'utf8')).toBe('file 1')
  })

  test('tells how far it is, also in the middle of a file', async () => {
    writeFileSync(site.remote('large'), '')
    truncateSync(site.remote('large'), 4e9)
    await command('submit', '--no-verify', at('large'), 'large')
    const { bytes } = await when(told => told.bytes > 0 || told.state !== 'moving')
    expect(bytes).toBeGreaterThan(0)
    await command('cancel')
    expect((await status()).state).toBe('cancelled')
  })

  test('is cancelled, also while it waits', async () => {
    await command('submit', `gsiftp://localhost:1/nothing`, 'nothing')
    const waiting = await when(({ files }) => files[0]?.problem !== undefined)
    expect(waiting).toMatchObject({
      state: 'moving',
      files: [{ problem: expect.stringContaining('nothing listens') as string }],
    })
    expect((await command('remove')).stderr).toMatch(/still moves/)
    expect((await command('cancel')).stdout).toMatch(/cancelled, 0 of 1/)
    const id = (await status()).transfer
    await command('remove')
    expect(existsSync(site.path(`state/gridwrap/transfers/${id}`))).toBe(false)
  })

  test('waits for a credential, and goes on when there is one', async () => {
    writeFileSync(site.path('proxy.pem'), (await createProxy(site.alice, { hours: 0.0006 })).toPem(), { mode: 0o600 })
    const submitted = await command('submit', '-c', '1', `gsiftp://localhost:1/nothing`, 'paused')
    expect(submitted.code).toBe(0)
    const { why } = await when(({ state }) => state === 'paused')
    expect(why).toMatch(/Your proxy expired .* Make a new proxy; the transfer goes on by itself/)
    const refused = await command('submit', at('f1'), 'never')
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('gridwrap proxy init') as string })
    writeFileSync(site.path('proxy.pem'), site.proxy.toPem(), { mode: 0o600 })
    await when(({ state }) => state === 'moving')
    await command('cancel')
  })

  test.each([
    [['submit'], /Say what to move/],
    [['submit', '-f', 'nowhere'], /no list nowhere/],
    [['submit', 'gsiftp://a/d/', 'x'], /is no file/],
    [['status', 'nothing'], /no transfer "nothing"/],
  ])('%j is told what is wrong', async (words, said) => {
    const ran = await command(...words)
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(said)
  })
})
