import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import type { FileTransfer } from '../../../src/factory/job-status.ts'
import { type Ran, run } from '../../integration/cli/command.ts'
import { freePort } from '../../support/free-port.ts'
import { GlobusServer } from '../../support/globus-servers.ts'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'

const weigh = `
gridwrap: 1
name: weigh
title: Says how much a file weighs, and gives it back
command: sh weigh.sh {stuff}
inputs:
  stuff: {type: file}
files:
  - weigh.sh: |
      wc -c < "$1" > weight.txt
      cp "$1" copy.bin
      echo weighed
      mkdir -p parts && echo one > parts/one.txt && echo two > parts/two.txt
outputs:
  weight: {type: integer, from: weighed, match: '([0-9]+)'}
  weighed: weight.txt
  copy: copy.bin
  parts: {files: 'parts/*.txt'}
  said: stdout
`

interface Status {
  readonly state: string
  readonly reason?: string
  readonly cause?: string
  readonly warning?: readonly string[]
  readonly transfer?: readonly FileTransfer[]
}

describe.skipIf(!needs('globus-gridftp-server'))('jobs whose files lie on GridFTP servers', () => {
  let site: TestSite
  let server: GlobusServer
  let port: number
  let home: string
  const bytes = randomBytes(3_000_000)

  const startServer = async (): Promise<void> => {
    const account = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'nobody')
    writeFileSync(join(site.folder, 'gridftp-map'), `${quoteName(site.alice.dn)} ${account}\n`)
    server = await GlobusServer.gridftp(
      {
        folder: home,
        trust: site.trust,
        certificate: join(site.folder, 'hostcert.pem'),
        key: join(site.folder, 'hostkey.pem'),
        gridmap: join(site.folder, 'gridftp-map'),
      },
      { port },
    )
  }

  beforeAll(async () => {
    site = await TestSite.start({
      key: 'rsa',
      descriptions: { weigh },
      configuration: { staging: '{allow: [localhost], attempts: 3, timeout: 30s}' },
    })
    home = join(site.folder, 'gridftp')
    mkdirSync(home)
    port = await freePort()
    await startServer()
    writeFileSync(join(home, 'stuff'), bytes)
  })
  afterAll(async () => {
    server[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const command = (...words: readonly string[]): Promise<Ran> =>
    run(words, { env: { ...site.environmentFor(), GLOBUS_HOSTNAME: 'localhost' }, cwd: site.folder })
  const at = (name: string): string => `gsiftp://localhost:${port}${join(home, name)}`
  const status = async (job: string): Promise<Status> =>
    JSON.parse((await command('status', '--json', job)).stdout) as Status
  const statusWhen = async (job: string, wanted: (status: Status) => boolean): Promise<Status> => {
    const from = performance.now()
    for (;;) {
      const now = await status(job)
      if (wanted(now)) return now
      // So that a job that hangs says where.
      if (performance.now() - from > 100_000) throw new Error(JSON.stringify(now))
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  const submitted = async (...words: readonly string[]): Promise<string> => {
    const ran = await command('submit', '--delegate', 'limited', ...words)
    expect(ran).toMatchObject({ code: 0 })
    return ran.stdout.trim()
  }

  test('fetch their inputs and deliver their outputs, each a step that can be seen', async () => {
    const ran = await command(
      ...['run', '--json', '--delegate', 'limited', 'weigh', `stuff=${at('stuff')}`],
      ...['--deliver', `copy=${at('delivered.bin')}`, '--deliver', `parts=${at('dir')}/`],
      ...['--deliver', `said=${at('said.txt')}`],
    )
    expect(ran.code).toBe(0)
    const results = JSON.parse(ran.stdout) as { weight: string | number; status: Status }
    expect(Number(results.weight)).toBe(bytes.length)
    expect(readFileSync(join(home, 'delivered.bin')).equals(bytes)).toBe(true)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const seen = results.status.transfer?.map(one => [one.direction, one.name, one.state, Number(one.size)])
    expect(seen).toEqual([
      ['in', 'stuff', 'done', bytes.length],
      ['out', 'copy.bin', 'done', bytes.length],
      ['out', 'parts/one.txt', 'done', 4],
      ['out', 'parts/two.txt', 'done', 4],
      ['out', 'stdout', 'done', 8],
    ])
    // What the program says is no file of its directory.
    expect(readFileSync(join(home, 'said.txt'), 'utf8')).toBe('weighed\n')
    expect(results.status.transfer?.[0]?.sha256).toBe(sha256)
    expect(readFileSync(join(home, 'dir/parts/two.txt'), 'utf8')).toBe('two\n')
  })

  test('are refused without what they need, before anything is made', async () => {
    const nothing = await site.user('Bob')
    const env = site.environmentFor(nothing)
    const undelegated = await run(['submit', 'weigh', `stuff=${at('stuff')}`], { env, cwd: site.folder })
    expect(undelegated.code).toBe(3)
    expect(undelegated.stderr).toMatch(/delegate/i)
    const wrong = await command('submit', 'weigh', 'stuff=ftp://a:b@localhost/x', '--deliver', 'nothing=file:///etc/x')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/password/)
    const twice = await command(
      ...['submit', '--delegate', 'limited', 'weigh', `stuff=${at('stuff')}`],
      ...['--deliver', `copy=${at('one')}`, '--deliver', `weighed=${at('one')}`],
    )
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('where another output goes') as string })
  })

  test('fail at once when a file is not there, and say which', async () => {
    const job = await submitted('weigh', `stuff=${at('missing')}`)
    const { state, reason, cause, transfer } = await statusWhen(job, now => now.state === 'Failed')
    expect(state).toBe('Failed')
    expect(reason).toMatch(/The input stuff could not be fetched from gsiftp:.*No such file or directory/)
    expect(cause).toBe('input')
    expect(transfer).toMatchObject([{ state: 'failed', problem: expect.stringContaining('missing') as string }])
  })

  test('are not sent where the site does not go', async () => {
    const job = await submitted('weigh', 'stuff=http://127.0.0.1:1/x')
    expect((await statusWhen(job, now => now.state === 'Failed')).reason).toMatch(/does not connect to 127\.0\.0\.1/)
  })

  test('keep their results when they cannot be delivered; that is tried again, or given up', async () => {
    const words = ['weigh', `stuff=${at('stuff')}`, '--deliver', `copy=${at('nowhere/copy')}`]
    const job = await submitted(...words)
    const failed = (now: Status): boolean => now.transfer?.some(one => one.state === 'failed') === true
    const waiting = await statusWhen(job, failed)
    expect(waiting.state).toBe('StageOut')
    const results = await command('results', '--json', job)
    expect(Number((JSON.parse(results.stdout) as { weight: string }).weight)).toBe(bytes.length)
    mkdirSync(join(home, 'nowhere'))
    expect((await command('resume', job)).code).toBe(0)
    expect((await statusWhen(job, now => now.state !== 'StageOut')).state).toBe('Done')
    expect(readFileSync(join(home, 'nowhere/copy')).equals(bytes)).toBe(true)
    rmSync(join(home, 'nowhere'), { recursive: true })

    const other = await submitted(...words)
    await statusWhen(other, failed)
    expect((await command('cancel', other)).code).toBe(0)
    const given = await statusWhen(other, now => now.state !== 'StageOut')
    expect(given.state).toBe('Done')
    expect(given.warning?.[0]).toMatch(/copy\.bin was not delivered to gsiftp:.*No such file/)
  })

  test('get what was fetched before from the cache', async () => {
    const cache = join(site.data, 'instances', '.cache')
    expect(readdirSync(cache)).toHaveLength(1)
    const [name = ''] = readdirSync(cache)
    // What the cache gives is what is in it: that is how one sees that it was used.
    writeFileSync(join(home, 'same'), bytes)
    const job = await submitted('weigh', `stuff=${at('same')}`)
    expect((await statusWhen(job, now => /Done|Failed/.test(now.state))).state).toBe('Done')
    expect(readdirSync(cache)).toEqual([name])
  })

  test.each(['keeper.fetch.before-commit', 'keeper.deliver.after-send', 'keeper.deliver.before-commit'])(
    'killed at %s: nothing is lost, nothing is delivered twice',
    async point => {
      await site.stop()
      const flag = join(site.folder, `killed-${point}`)
      await site.startContainer({ GRIDWRAP_CRASH_AT: point, GRIDWRAP_CRASH_ONCE: flag })
      const name = `stuff-${point}`
      writeFileSync(join(home, name), randomBytes(1_000_000))
      const job = await submitted('weigh', `stuff=${at(name)}`, '--deliver', `copy=${at(`copy-${point}`)}`)
      const [original, copy] = [join(home, name), join(home, `copy-${point}`)]
      const bytes = readFileSync(original)
      await waitUntil(() => existsSync(flag))
      // What has arrived is not written once more.
      const written = point === 'keeper.deliver.after-send' ? statSync(copy) : undefined
      const undelivered = ({ transfer = [] }: Status): boolean => transfer.some(one => one.state === 'failed')
      const end = await statusWhen(job, now => /Done|Failed/.test(now.state) || undelivered(now))
      expect(end).toMatchObject({ state: 'Done', transfer: [{ state: 'done' }, { state: 'done' }] })
      expect(existsSync(flag)).toBe(true)
      expect(readFileSync(copy).equals(bytes)).toBe(true)
      if (written !== undefined) expect(statSync(copy)).toMatchObject({ mtimeMs: written.mtimeMs, ino: written.ino })
    },
  )

  test('wait for a server that is away for a moment', async () => {
    server.kill()
    const job = await submitted('weigh', `stuff=${at('stuff')}`)
    await startServer()
    expect((await statusWhen(job, now => /Done|Failed/.test(now.state))).state).toBe('Done')
  })
})

async function waitUntil(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise(resolve => setTimeout(resolve, 20))
}
