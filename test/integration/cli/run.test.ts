import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestSite } from '../../support/site.ts'
import { json, lineOf, type Ran, run, start } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let env: Record<string, string>
let local: string

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet } })
  env = site.environmentFor()
  local = './services/greet'
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (...words: readonly string[]): Promise<Ran> => run(words, { env, cwd: site.folder })

describe('run, in a container and here', () => {
  test('shows the same results', async () => {
    await writeFile(join(site.folder, 'note.txt'), '12345678\n')
    const words = ['who=Ada Lovelace', 'times=2', 'note=note.txt']
    const [there, here] = await Promise.all([
      command('run', 'greet', ...words, '--out', 'there'),
      command('run', local, ...words, '--out', 'here'),
    ])
    expect(there).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Job https:.*\/instances\/[a-z2-7]{26}\n$/) })
    expect(here).toMatchObject({ code: 0, stderr: '' })
    expect(there.stdout).toContain('bytes = 9\nlast = Ada Lovelace')
    expect(there.stdout.replaceAll('there/', 'here/')).toBe(here.stdout)
    expect((await readdir(join(site.folder, 'there'))).sort()).toEqual(['size.txt', 'stdout'])
    for (const file of ['size.txt', 'stdout'])
      expect(await readFile(join(site.folder, 'there', file))).toEqual(await readFile(join(site.folder, 'here', file)))
  })

  test('--json is one document, with the paths of what was fetched', async () => {
    const [there, here] = await Promise.all([
      command('run', 'greet', 'who=Ada', '--json', '--out', 'one'),
      command('run', local, 'who=Ada', '--json'),
    ])
    expect(json(there)).toMatchObject({
      last: 'Ada',
      bytes: 0,
      said: { path: 'one/stdout' },
      status: { state: 'Done' },
    })
    // The same shape, wherever it ran.
    expect(json(here)).toMatchObject({
      last: 'Ada',
      bytes: 0,
      said: { name: 'stdout', path: expect.stringMatching(/stdout$/) },
      status: { state: 'Done', exitCode: 0 },
    })
  })

  test('a folder for results that cannot be is told before anything runs', async () => {
    await writeFile(join(site.folder, 'in-the-way'), '')
    for (const service of ['greet', local])
      for (const [out, said] of [
        ['in-the-way', /in-the-way is there already, and is no folder/],
        ['/proc/none', /The folder \/proc\/none cannot be made/],
      ] as const) {
        const ran = await command('run', service, 'who=Ada', 'pause=600', '--out', out)
        expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) })
      }
    expect(await command('init', '/proc/none')).toMatchObject({ code: 2 })
  })

  test('a folder for results goes again when there are none', async () => {
    for (const service of ['greet', local])
      for (const words of [['who=Ada', 'times=9'], ['whp=Ada']]) {
        expect((await command('run', service, ...words, '--out', 'new/deep')).code).not.toBe(0)
        expect(existsSync(join(site.folder, 'new')), `${service} ${words.join(' ')}`).toBe(false)
      }
  })

  test('a folder of the name that no container knows is pointed at', async () => {
    await mkdir(join(site.folder, 'mine'))
    await writeFile(join(site.folder, 'mine', 'application.yaml'), greet.replace('name: greet', 'name: mine'))
    const ran = await command('run', 'mine', 'who=Ada')
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('gridwrap run ./mine') })
  })

  test('errors come as a document, too, with --json', async () => {
    const ran = await command('run', 'greet', 'who=Ada', 'times=9', '--json')
    expect(json(ran)).toMatchObject({ error: { code: 'invalid-input', problems: [{ input: 'times' }], exitCode: 2 } })
  })

  test('wrong inputs are refused with all that is wrong, before anything runs', async () => {
    const words = ['whp=Ada', 'times=9', 'mode=fncy', 'note=none.txt']
    for (const ran of await Promise.all([command('run', 'greet', ...words), command('run', local, ...words)])) {
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toMatch(/whp: .*did you mean who\?/)
      expect(ran.stderr).toMatch(/times = "9": must be .*1 to 5/)
      expect(ran.stderr).toMatch(/mode = "fncy": .*did you mean fancy\? \(accepted: plain, fancy, broken\)/)
      expect(ran.stderr).toMatch(/note = "none.txt": there is no such file; .*text:/)
    }
  })

  test('what only the service checks is refused in the same way', async () => {
    const ran = await command('run', 'greet', 'who=-rf')
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('who = "-rf"') })
  })

  test('words that are no inputs at all', async () => {
    for (const [words, said] of [
      [['who'], /"who" is not of the form name=value/],
      [['who=a', 'who=b'], /who: takes one value, and is given twice/],
      [['who=a', 'options=x'], /options: there is no input of this name/],
    ] as const)
      expect(await command('run', 'greet', ...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
  })

  test('a program that fails: exit code 1, why, the end of its standard error, and what there is of results', async () => {
    const words = ['who=Ada', 'mode=broken']
    for (const ran of await Promise.all([command('run', 'greet', ...words), command('run', local, ...words)])) {
      expect(ran.code).toBe(1)
      expect(ran.stderr).toContain(
        'failed: The program failed: it is broken (exit code 3).\n  | the fancy hat is torn\n',
      )
      expect(ran.stdout).toContain('last = Ada')
    }
  })

  test('a folder or a service that is not there', async () => {
    expect(await command('run', './services/gret', 'who=Ada')).toMatchObject({ code: 4 })
    const there = await command('run', 'gret', 'who=Ada')
    expect(there).toMatchObject({ code: 4, stderr: expect.stringContaining('Did you mean greet?') })
  })

  test('a service may be named by its address', async () => {
    const ran = await command('run', `${site.url}/services/greet`, 'who=Ada')
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('last = Ada') })
  })

  test('text for a file is given in place', async () => {
    const ran = await command('run', 'greet', 'who=Ada', 'note=text:four')
    expect(ran.stdout).toContain('bytes = 4')
  })
})

describe('a large file', () => {
  test('is uploaded, and comes whole', async () => {
    const size = 6 * 1024 * 1024 + 1
    await writeFile(join(site.folder, 'large.bin'), Buffer.alloc(size, 'x'))
    const ran = await command('run', 'greet', 'who=Ada', 'note=@large.bin', '--label', 'large')
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`bytes = ${size}\n`) })
  })
})

describe('run does not hold on to a job', () => {
  test('Ctrl-C leaves it running and says how to go on', async () => {
    const child = start(['run', 'greet', 'who=Ada', 'pause=600', '--label', 'interrupted'], { env, cwd: site.folder })
    const job = await lineOf(child.stderr, /^Job /)
    const id = job.slice(-26)
    const said = lineOf(child.stderr, /The job goes on/)
    const code = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGINT')
    expect(await said).toContain(`gridwrap wait ${id.slice(0, 8)}`)
    expect(await code).toBe(130)
    expect(json(await command('status', id.slice(0, 8), '--json'))).toMatchObject({ state: /Pending|Active/ })
    expect((await command('cancel', 'interrupted')).code).toBe(0)
  })

  test('--wait gives up with exit code 5, and the job goes on', async () => {
    const ran = await command('run', 'greet', 'who=Ada', 'pause=600', '--wait', '0', '--json')
    expect(ran).toMatchObject({ code: 5, stderr: expect.stringContaining('gridwrap results') })
    expect(json<{ status: { state: string } }>(ran).status.state).toMatch(/Pending|Active/)
    expect((await command('destroy', 'last')).code).toBe(0)
  })

  test('Ctrl-C ends a program that runs here', async () => {
    const folder = join(site.folder, 'tmp')
    await mkdir(folder)
    const child = start(['run', local, 'who=Ada', 'pause=600'], { env: { ...env, TMPDIR: folder }, cwd: site.folder })
    await expect.poll(() => writtenBelow(folder), { timeout: 20_000 }).toBe('begun\n')
    const said = lineOf(child.stderr, /stopped from the keyboard/)
    const code = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGINT')
    await said
    expect(await code).toBe(130)
  })
})

/** What a program that runs here has written so far. */
async function writtenBelow(folder: string): Promise<string> {
  const [home] = await readdir(folder)
  return home === undefined ? '' : readFile(join(folder, home, 'control', 'stdout'), 'utf8').catch(() => '')
}
