import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../faults/persistently.ts'
import { type Ran, run, start } from '../../integration/cli/command.ts'
import { DataSite } from '../../support/data-site.ts'
import type { GlobusServer } from '../../support/globus-servers.ts'
import { needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'

describe.skipIf(!needs('globus-gridftp-server'))('gridwrap cp, ls, stat, mkdir, rm, checksum', () => {
  let site: DataSite
  let one: GlobusServer
  let other: GlobusServer
  const bytes = randomBytes(5_000_000)
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  beforeAll(async () => {
    site = await DataSite.make()
    one = await site.server()
    other = await site.server()
    mkdirSync(site.path('here'))
    writeFileSync(site.path('here/data'), bytes)
  })
  afterAll(() => {
    one[Symbol.dispose]()
    other[Symbol.dispose]()
    site[Symbol.dispose]()
  })

  const environment = (): Record<string, string> => ({ ...site.environment, PATH: process.env['PATH'] ?? '' })
  const command = (...words: readonly string[]): Promise<Ran> =>
    run(words, { env: environment(), cwd: site.path('here') })
  const at = (server: GlobusServer, name: string): string => `gsiftp://localhost:${server.port}${site.remote(name)}`
  const ok = async (...words: readonly string[]): Promise<Ran> => {
    const ran = await command(...words)
    expect(ran.stderr).not.toMatch(/^gridwrap:/m)
    expect(ran.code).toBe(0)
    return ran
  }

  test('there and back again, and between two servers', async () => {
    const there = await ok('cp', '--json', 'data', at(one, 'data'))
    expect(JSON.parse(there.stdout)).toEqual({
      copied: [
        {
          ...{ source: 'data', destination: at(one, 'data'), size: bytes.length },
          ...{ verified: 'sha256', checksum: sha256, attempts: 1 },
        },
      ],
      ...{ skipped: 0, failed: 0 },
    })
    await ok('cp', '-p', '4', '--protect', 'private', at(one, 'data'), 'back')
    expect(readFileSync(site.path('here/back')).equals(bytes)).toBe(true)
    await ok('cp', at(one, 'data'), at(other, 'third'))
    await ok('cp', '--relay', at(one, 'data'), at(other, 'relayed'))
    expect(readFileSync(site.remote('third')).equals(bytes)).toBe(true)
    expect(readFileSync(site.remote('relayed')).equals(bytes)).toBe(true)
    expect(readdirSync(site.path('here')).filter(name => name.includes('gridwrap-part'))).toEqual([])
  })

  test('a link of a server is neither followed nor emptied', async () => {
    mkdirSync(site.remote('links'))
    mkdirSync(site.remote('precious'))
    writeFileSync(site.remote('precious/data'), 'x')
    writeFileSync(site.remote('links/a'), 'a')
    symlinkSync('../precious', site.remote('links/link'))
    symlinkSync('..', site.remote('links/loop'))
    const copied = await ok('cp', '-r', `${at(one, 'links')}/`, 'links-copy')
    expect(copied.stderr).toMatch(/link is left out[\s\S]*loop is left out[\s\S]*1 file copied/)
    symlinkSync('precious', site.remote('alias'))
    await ok('rm', '-r', at(one, 'alias'))
    await ok('rm', '-r', at(one, 'links'))
    expect(existsSync(site.remote('links'))).toBe(false)
    expect(readFileSync(site.remote('precious/data'), 'utf8')).toBe('x')
  })

  test('every sign of a name is part of it, and a file is not copied onto itself', async () => {
    for (const name of ['results', 'results#old', 'results?1']) writeFileSync(site.remote(name), name)
    await ok('cp', at(one, 'results#old'), 'old')
    expect(readFileSync(site.path('here/old'), 'utf8')).toBe('results#old')
    await ok('rm', at(one, 'results#old'), at(one, 'results?1'))
    expect(readdirSync(site.files.folder).filter(name => name.startsWith('results'))).toEqual(['results'])
    for (const words of [
      [at(one, 'results'), at(one, 'results')],
      [site.remote('results'), at(one, 'results')],
      [site.remote('results'), site.remote('../home/results')],
    ])
      expect(await command('cp', ...words)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('the same file') as string,
      })
    expect(readFileSync(site.remote('results'), 'utf8')).toBe('results')
  })

  test('into a directory, under its own name; several only so', async () => {
    mkdirSync(site.remote('dir'))
    writeFileSync(site.path('here/a'), 'a')
    writeFileSync(site.path('here/b'), 'b')
    await ok('cp', 'a', 'b', at(one, 'dir'))
    expect(readdirSync(site.remote('dir')).sort()).toEqual(['a', 'b'])
    const refused = await command('cp', 'a', 'b', at(one, 'dir/a'))
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is no directory') as string })
  })

  test('trees, and of those only what is missing', async () => {
    mkdirSync(site.path('here/tree/deep'), { recursive: true })
    for (const name of ['one', 'deep/two', 'deep/three.tmp', 'deep/four'])
      writeFileSync(site.path(`here/tree/${name}`), name)
    symlinkSync('..', site.path('here/tree/deep/loop'))
    const first = await ok('cp', '-r', '--exclude', '*.tmp', 'tree', at(one, ''))
    expect(first.stderr).toContain('deep/loop is left out')
    expect(first.stderr).toContain('3 files copied')
    writeFileSync(site.path('here/tree/one'), 'eno')
    writeFileSync(site.path('here/tree/deep/five'), 'five')
    const bySize = await ok('cp', '-r', '--sync', 'size', '--json', '--exclude', '*.tmp', 'tree/', at(one, 'tree'))
    expect(JSON.parse(bySize.stdout).copied).toHaveLength(1)
    const bySum = await ok(
      'cp',
      '-r',
      '--sync',
      'checksum',
      '--json',
      '--include',
      'one',
      '--',
      'tree/',
      at(one, 'tree'),
    )
    expect(JSON.parse(bySum.stdout).copied).toMatchObject([{ source: 'tree/one' }])
    await ok('cp', '-r', at(one, 'tree/'), 'copy')
    expect(readFileSync(site.path('here/copy/one'), 'utf8')).toBe('eno')
    expect((await ok('ls', at(one, 'tree'))).stdout).toBe('deep/\none\n')
    await ok('rm', '-r', at(one, 'tree'))
    expect(existsSync(site.remote('tree'))).toBe(false)
  })

  test('through a pipe', async () => {
    const script = `printf 'through a pipe' | ${command0} cp - ${at(one, 'piped')} && ${command0} cp ${at(one, 'piped')} -`
    const child = spawn('sh', ['-c', script], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', chunk => {
      out += String(chunk)
    })
    await once(child, 'close')
    expect(out).toBe('through a pipe')
  })

  test('what a file is', async () => {
    expect((await ok('stat', at(one, 'data'))).stdout).toContain('a file, 5000000 bytes (5.0 MB), changed 20')
    expect((await ok('checksum', at(one, 'data'))).stdout).toBe(`${sha256}  sha256  ${at(one, 'data')}\n`)
    expect((await ok('checksum', '-a', 'md5', 'data')).stdout).toContain(createHash('md5').update(bytes).digest('hex'))
    expect((await ok('ls', '-l', at(one, 'data'))).stdout).toMatch(/^ +5000000 {2}20\d\d-.* {2}data\n$/)
    await ok('mkdir', at(one, 'made/and/made'))
    expect(statSync(site.remote('made/and/made')).isDirectory()).toBe(true)
  })

  test('says what is wrong in words, with an exit code', async () => {
    const wrong = async (code: number, message: RegExp, ...words: readonly string[]): Promise<void> => {
      const ran = await command(...words)
      expect(ran.stderr).toMatch(message)
      expect(ran.code).toBe(code)
    }
    await wrong(4, /missing cannot be looked at: No such file or directory/, 'cp', at(one, 'missing'), '.')
    await wrong(4, /missing: there is no such file or directory/, 'cp', 'missing', at(one, 'x'))
    await wrong(4, /nowhere.x cannot be stored: No such file or directory/, 'cp', 'data', at(one, 'nowhere/x'))
    await wrong(2, /is a directory.*\n.*-r/, 'cp', at(one, 'dir'), 'x')
    await wrong(2, /srm.*no protocol/, 'cp', 'srm://host/x', 'x')
    await wrong(2, /DESTINATION/, 'cp', 'data')
    await wrong(5, /nothing listens there/, 'cp', '--retries', '1', 'gsiftp://localhost:1/x', 'x')
    await wrong(2, /no checksum "crc"/, 'cp', '--checksum', 'crc', 'data', 'x')
    await wrong(2, /directory.*\n.*-r/, 'rm', at(one, 'dir'))
  })

  test('all that a server has, whose root has no name', async () => {
    mkdirSync(site.path('served'))
    writeFileSync(site.path('served/file'), 'in the root')
    await using small = await site.ownServer({ root: site.path('served') })
    await ok('cp', '-r', `gsiftp://localhost:${small.port}/`, 'all/')
    expect(readFileSync(site.path('here/all/file'), 'utf8')).toBe('in the root')
  })

  test('who is not let in is told once, and whom to ask', async () => {
    await using closed = await site.ownServer({ gridmaps: [], people: [] })
    for (const name of ['a', 'b', 'c']) writeFileSync(site.path(`here/closed-${name}`), name)
    const ran = await command('cp', '-r', './', `gsiftp://localhost:${closed.port}/tmp/`)
    expect(ran.code).toBe(3)
    expect(ran.stderr.match(/does not let you in/g)).toHaveLength(1)
    expect(ran.stderr).toMatch(/grid-mapfile/)
  })

  test('Ctrl-C ends a copy with the code of an interruption, and a sentence', async () => {
    writeFileSync(site.remote('endless'), '')
    truncateSync(site.remote('endless'), 8e9)
    const child = start(['cp', '--no-verify', at(one, 'endless'), 'endless'], {
      env: environment(),
      cwd: site.path('here'),
    })
    const ended = once(child, 'exit')
    let said = ''
    child.stderr.on('data', chunk => (said += String(chunk)))
    await waitFor('the copy has begun', () => readdirSync(site.path('here')).some(name => name.includes('endless')))
    child.kill('SIGINT')
    expect((await ended)[0]).toBe(130)
    expect(said).toContain('The copy was interrupted; begun again it goes on where it ended.')
    for (const name of readdirSync(site.path('here'))) if (name.includes('endless')) rmSync(site.path(`here/${name}`))
    rmSync(site.remote('endless'))
  })

  test('what a killed copy left goes when it is found that its file is there', async () => {
    const folder = site.path('here/synchronized')
    for (const path of [folder, site.remote('small')]) mkdirSync(path)
    writeFileSync(site.remote('small/file'), 'small')
    const copy = ['cp', '-r', '--sync', 'checksum', at(one, 'small/'), 'synchronized/']
    await run(copy, { env: { ...environment(), GRIDWRAP_CRASH_AT: 'copy.part.after-rename' }, cwd: site.path('here') })
    const there = (): readonly string[] => readdirSync(folder).sort()
    expect(there()).toEqual([expect.stringMatching(/\.gridwrap-part\.lock$/), 'file'])
    expect((await ok(...copy)).stderr).toMatch(/^0 files copied, .*; 1 file there already\.$/m)
    expect(there()).toEqual(['file'])
  })

  test.each(['copy.part.after-note', 'copy.part.before-rename', 'copy.part.after-rename'])(
    'killed at %s, it goes on where it was',
    async point => {
      const large = randomBytes(150_000_000)
      writeFileSync(site.remote('large'), large)
      const parts = (): string[] =>
        readdirSync(site.path('here')).filter(name => /\.gridwrap-part(?:\.json)?$/.test(name))
      // Nothing but what was noted says what is there.
      const copy = ['cp', '--debug', '--no-verify', at(one, 'large'), 'large']
      const killed = await run(copy, { env: { ...environment(), GRIDWRAP_CRASH_AT: point }, cwd: site.path('here') })
      expect(killed.code).not.toBe(0)
      // Either it has its name and is whole, or it has not.
      expect(existsSync(site.path('here/large'))).toBe(point === 'copy.part.after-rename')
      expect(parts()).toHaveLength({ 'copy.part.after-note': 2, 'copy.part.before-rename': 1 }[point] ?? 0)
      const ran = await ok(...copy)
      expect(readFileSync(site.path('here/large')).equals(large)).toBe(true)
      if (point === 'copy.part.after-note') expect(ran.stderr).toMatch(/^> REST [1-9]\d{7,}/m)
      expect(parts()).toEqual([])
      rmSync(site.path('here/large'))
    },
  )
})

const command0 = `${process.execPath} ${join(root, 'src/cli/main.ts')}`
