import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'
import { json, lineOf, type Ran, run, start } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let env: Record<string, string>

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet } })
  env = site.environmentFor()
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (...words: readonly string[]): Promise<Ran> => run(words, { env, cwd: site.folder })

/** Writes a description into a folder of its own, beside those that the site is started with. */
async function written(folder: string, description: string): Promise<string> {
  await mkdir(join(site.folder, 'more', folder), { recursive: true })
  await writeFile(join(site.folder, 'more', folder, 'application.yaml'), description)
  return join('more', folder)
}

const offered = async (): Promise<readonly string[]> =>
  json<{ name: string }[]>(await command('applications', '--json')).map(one => one.name)

describe('a running container takes changes at once', () => {
  test('register, call, unregister; instances live on', async () => {
    const path = await written('hail', greet.replaceAll('greet', 'hail'))
    expect(await command('run', 'hail', 'who=Ada')).toMatchObject({ code: 4 })
    const registered = await command('register', path)
    expect(registered).toMatchObject({ code: 0, stdout: `registered hail  ${site.url}/services/hail\n` })
    expect((await command('register', path)).stdout).toMatch(/^unchanged {2}hail/)
    expect(await offered()).toEqual(['greet', 'hail'])
    expect(await command('run', 'hail', 'who=Ada')).toMatchObject({ code: 0 })
    expect(json(await command('unregister', 'hail', '--json'))).toEqual({ unregistered: 'hail' })
    expect(await command('run', 'hail', 'who=Ada')).toMatchObject({ code: 4 })
    expect(await command('results', 'last')).toMatchObject({ code: 0, stdout: expect.stringContaining('last = Ada') })
    expect(await command('unregister', 'grete')).toMatchObject({ code: 4, stderr: expect.stringMatching(/greet\?/) })
  })

  test('a compatible change is taken: what is new is offered, jobs keep what they were made from', async () => {
    const path = await written('grow', greet.replaceAll('greet', 'grow'))
    await command('register', path)
    using connection = site.connect()
    const before = await site.service('grow', connection)
    const { job } = await before.call<{ job: JobRef }>('submit', { who: 'Ada' })
    await written(
      'grow',
      greet
        .replaceAll('greet', 'grow')
        .replace('range: 1..5', 'range: 0..9')
        .replace('echo "begun"', 'echo "begun anew"'),
    )
    expect(json(await command('register', path, '--json'))).toEqual([expect.objectContaining({ changed: true })])
    expect(await command('run', 'grow', 'who=Ada', 'times=9')).toMatchObject({ code: 0 })
    expect((await command('output', 'last')).stdout).toContain('begun anew')
    await command('wait', job.handle)
    expect((await command('output', job.handle)).stdout).toBe('begun\nhello Ada\n')
  })
})

describe('a breaking change', () => {
  const narrow = greet.replaceAll('greet', 'narrow')
  const changed = narrow
    .replace('range: 1..5', 'range: 1..3')
    .replace('  last:', '  latest:')
    .replace('{last: ', '{latest: ')

  test('is refused with each change and the way out; the service stays as it was', async () => {
    const path = await written('narrow', narrow)
    const fine = await written('fine', greet.replaceAll('greet', 'fine'))
    await command('register', path)
    await written('narrow', changed)
    const refused = await command('register', path, fine)
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringMatching(/^registered fine/) })
    expect(refused.stderr).toContain('the input times no longer takes more than 3 (run, submit, start)')
    expect(refused.stderr).toContain('the output last is gone; is it latest now? (run, getResults)')
    expect(refused.stderr).toContain('gridwrap register --breaking more/narrow/application.yaml')
    expect(refused.stderr).toContain('another name')
    expect((await command('run', 'narrow', 'who=Ada', 'times=5')).stdout).toContain('last = Ada')
  })

  test('is taken with --breaking', async () => {
    expect(await command('register', 'more/narrow', '--breaking')).toMatchObject({ code: 0 })
    expect((await command('run', 'narrow', 'who=Ada', 'times=3')).stdout).toContain('latest = Ada')
    expect(await command('run', 'narrow', 'who=Ada', 'times=5')).toMatchObject({ code: 2 })
  })

  test('is taken under a new name, beside the old one', async () => {
    const path = await written('narrow2', narrow.replace('name: narrow', 'name: narrow2'))
    expect(await command('register', path)).toMatchObject({ code: 0 })
    expect(await offered()).toEqual(expect.arrayContaining(['narrow', 'narrow2']))
  })

  test('in a folder of the configuration is refused at start: the old description stays, others are unaffected', async () => {
    await using other = await TestSite.start({ descriptions: { greet, hail: greet.replaceAll('greet', 'hail') } })
    await other.stop()
    const file = join(other.folder, 'services', 'greet', 'application.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('range: 1..5', 'range: 1..2'))
    const theirs = other.environmentFor()
    const container = start(['serve', '--json'], { env: theirs })
    const said = text(container.stderr)
    const ended = new Promise(resolve => container.once('exit', resolve))
    await lineOf(container.stdout, /"ready"/)
    const [old, unaffected] = await Promise.all([
      run(['run', 'greet', 'who=Ada', 'times=5'], { env: theirs }),
      run(['run', 'hail', 'who=Ada'], { env: theirs }),
    ])
    expect([old.code, unaffected.code]).toEqual([0, 0])
    container.kill('SIGTERM')
    await ended
    expect(await said).toContain('the input times no longer takes more than 2 (run, submit, start)')
  })
})

describe('a container that is started anew', () => {
  test('leaves what was registered and taken away since, until the configuration has something new to say', async () => {
    await using other = await TestSite.start({ descriptions: { greet, hail: greet.replaceAll('greet', 'hail') } })
    const theirs = other.environmentFor()
    const theirCommand = (...words: string[]) => run(words, { env: theirs })
    const titles = async (): Promise<string> => (await theirCommand('applications')).stdout
    const newer = join(other.folder, 'newer')
    await mkdir(newer)
    await writeFile(join(newer, 'application.yaml'), greet.replace(/^title: .*$/m, 'title: The newer one'))
    expect(await theirCommand('register', newer)).toMatchObject({ code: 0 })
    expect(await theirCommand('unregister', 'hail')).toMatchObject({ code: 0 })
    await other.stop()
    await other.startContainer()
    expect(await titles()).toContain('The newer one')
    expect(await titles()).not.toContain('hail')

    await other.stop()
    const file = join(other.folder, 'services', 'greet', 'application.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^title: .*$/m, 'title: Changed in its place'))
    await other.startContainer()
    expect(await titles()).toContain('Changed in its place')
  })

  test('refuses data that another one serves', async () => {
    await using other = await TestSite.start({ descriptions: { greet } })
    const second = await run(['serve', '--json'], { env: other.environmentFor() })
    expect(second.code).not.toBe(0)
    expect(second.stderr).toMatch(/Another container \(process \d+\) serves the data/)
    expect(await run(['run', 'greet', 'who=Ada'], { env: other.environmentFor() })).toMatchObject({ code: 0 })
  })
})

describe('what cannot be registered', () => {
  test('broken descriptions are told by file, line and column, all of them, and the others are registered', async () => {
    await written('set/one', greet.replaceAll('greet', 'one').replace('type: integer, range', 'type: intger, range'))
    await written('set/two', greet.replaceAll('greet', 'two').replace('{pause}', '{puase}'))
    await written('set/three', greet.replaceAll('greet', 'three'))
    const ran = await command('register', 'more/set')
    expect(ran).toMatchObject({ code: 2, stdout: expect.stringMatching(/^registered three[^\n]*\n$/) })
    expect(ran.stderr).toMatch(/^more\/set\/one\/application\.yaml:8:\d+: .*"intger".*did you mean integer\?/m)
    expect(ran.stderr).toMatch(/^more\/set\/two\/application\.yaml:15:\d+: .*puase/m)
    expect(await offered()).toEqual(expect.arrayContaining(['greet', 'three']))
  })

  test('a folder without descriptions, and a file that is not shipped with one', async () => {
    expect(await command('register', 'certificates')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds no application.yaml'),
    })
    const path = await written(
      'lacking',
      greet.replaceAll('greet', 'lacking').replace('files:\n', 'files:\n  - lost.txt\n'),
    )
    const ran = await command('register', path)
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('"lost.txt", which is not beside it') })
  })
})
