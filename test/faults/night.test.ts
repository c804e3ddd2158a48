import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ExportedDirectory } from '../../src/container/gridftp/exported-directory.ts'
import { GridFtpServer } from '../../src/gridftp/server/gridftp-server.ts'
import type { OutgoingFile } from '../../src/gridftp/server/served-files.ts'
import { type Ran, run } from '../integration/cli/command.ts'
import { DataSite } from '../support/data-site.ts'
import { freePort } from '../support/free-port.ts'
import type { GlobusServer } from '../support/globus-servers.ts'
import { needs } from '../support/peer.ts'

const files = Number(process.env['NIGHT_FILES'] ?? 500)
const bytesEach = Number(process.env['NIGHT_BYTES'] ?? 4_194_304)

/** Files of a folder, of which one is sent with another byte in it, once. */
class FailingDisk extends ExportedDirectory {
  accidents = 0

  override async read(path: string): Promise<OutgoingFile> {
    const file = await super.read(path)
    if (this.accidents > 0 || !path.endsWith('/f8')) return file
    this.accidents++
    return {
      size: file.size,
      modified: file.modified,
      read: async (into, position) => {
        const count = await file.read(into, position)
        if (position === 0 && count > 0) into[count - 1] = (into[count - 1] ?? 0) ^ 1
        return count
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  }
}

interface Status {
  readonly state: string
  readonly done: number
  readonly files: readonly { readonly state: string; readonly destination: string }[]
  readonly log: string
}

describe.skipIf(!needs('globus-gridftp-server') || !needs('globus-url-copy'))('a night', () => {
  let site: DataSite
  let first: GlobusServer
  let second: GlobusServer
  let disk: FailingDisk
  let pairs: readonly { readonly source: string; readonly name: string; readonly sha256: string }[]
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    first = stack.use(await site.server())
    second = await site.server({ port: await freePort() })
    stack.defer(() => second[Symbol.dispose]())
    disk = new FailingDisk({ root: site.files.folder, writable: false, subject: 'somebody' })
    const third = stack.use(
      new GridFtpServer({
        ...{ host: '127.0.0.1', port: 0, credential: () => site.host, trust: site.trust },
        admit: async () => ({ account: 'alice', files: disk }),
      }),
    )
    const thirdPort = await third.listen()
    mkdirSync(site.remote('from'))
    const common = randomBytes(bytesEach)
    pairs = Array.from({ length: files }, (_, n) => {
      // Each is another one, and not all have the same size.
      const bytes = Buffer.from(common.subarray(0, bytesEach - n))
      bytes.write(`this is file ${n} `)
      writeFileSync(site.remote(`from/f${n}`), bytes)
      const at = n % 3
      const path = at === 2 ? `/from/f${n}` : site.remote(`from/f${n}`)
      const port = [first.port, second.port, thirdPort][at]
      return {
        source: `gsiftp://localhost:${port}${path}`,
        name: `f${n}`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }
    })
  }, 120_000)
  afterAll(() => stack.disposeAsync())

  const environment = (): Record<string, string> => ({
    ...site.environment,
    PATH: process.env['PATH'] ?? '',
    XDG_STATE_HOME: site.path('state'),
  })
  const command = (...words: readonly string[]): Promise<Ran> =>
    run(['transfer', ...words], { env: environment(), cwd: site.folder })
  const status = async (): Promise<Status> => JSON.parse((await command('status', '--json')).stdout) as Status
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo()));
  }
  const when = (wanted: (status: Status) => boolean): Promise<void> => until(async () => wanted(await status()))
  const listFor = (folder: string): string => {
    mkdirSync(site.path(folder))
    const list = site.path(`${folder}.txt`)
    writeFileSync(list, pairs.map(({ source, name }) => `"${source}" "file://${site.path(folder)}/${name}"\n`).join(''))
    return list
  }

  test(`${files} files from three servers are there in the morning`, { timeout: 600_000 }, async () => {
    const before = performance.now()
    await promisify(execFile)('globus-url-copy', ['-cc', '4', '-f', listFor('globus')], {
      env: { ...environment(), HOME: site.folder },
      timeout: 300_000,
    })
    const globusSeconds = (performance.now() - before) / 1000
    rmSync(site.path('globus'), { recursive: true })
    disk.accidents = 0

    const begun = performance.now()
    const submitted = await command('submit', '--label', 'night', '-c', '4', '-f', listFor('night'))
    expect(submitted).toMatchObject({ code: 0 })
    await when(({ done }) => done >= files / 5)
    // A server goes, and when its files wait for it the process that moves them; both are started again.
    second[Symbol.dispose]()
    await until(async () => /again .*Again in/.test((await command('log', 'night')).stdout))
    const { pid } = JSON.parse(
      readFileSync(`${site.path('state')}/gridwrap/transfers/${submitted.stdout.trim()}/worker.lock`, 'utf8'),
    ) as { pid: number }
    process.kill(pid, 'SIGKILL')
    await when(({ state }) => state === 'interrupted')
    expect((await command('status', 'night')).stdout).toMatch(/interrupted[\s\S]*gridwrap transfer resume/)
    expect(await command('resume', 'night')).toMatchObject({ code: 0 })
    second = await site.server({ port: second.port })
    const waited = await command('wait', 'night', '--json')
    const seconds = (performance.now() - begun) / 1000

    const morning = JSON.parse(waited.stdout) as Status
    expect(morning.files.filter(({ state }) => state !== 'done')).toEqual([])
    expect(waited.code).toBe(0)
    expect(morning).toMatchObject({ state: 'done', done: files, failed: 0 })
    for (const { name, sha256 } of pairs)
      expect(
        createHash('sha256')
          .update(readFileSync(site.path(`night/${name}`)))
          .digest('hex'),
      ).toBe(sha256)
    expect(readdirSync(site.path('night')).length).toBe(files)
    expect(disk.accidents).toBe(1)
    const { stdout: log } = await command('log', 'night')
    // A line for each file, and no file twice.
    const told = log.split('\n').filter(line => / {2}done {4}/.test(line))
    expect(new Set(told.map(line => / -> (\S+) /.exec(line)?.[1])).size).toBe(files)
    expect(told.length).toBe(files)
    expect(log).toMatch(/again .*f8 .*their SHA256 checksums differ/)
    expect(log).toMatch(/again .*Again in/)
    expect(log.trimEnd()).toMatch(/ended: all \d+ files are there$/)
    console.info(
      `the night: ${seconds.toFixed(1)} s with a server and a process killed and a file mutilated; globus-url-copy without faults and checksums ${globusSeconds.toFixed(1)} s`,
    )
  })
})
