import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isInstalled, needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'
import { json, type Ran, run } from './command.ts'
import { greet } from './described.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const command = (...words: readonly string[]): Promise<Ran> =>
  run(words, { env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder }, cwd: folder })

async function written(name: string, description: string): Promise<string> {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'application.yaml'), description)
  return name
}

/** What a shipped service needs; newstar needs an awk, which every Debian has. */
const programs: Readonly<Record<string, string>> = {
  newstar: 'awk',
  needle: 'needle',
  water: 'water',
  swarp: 'SWarp',
  'source-extractor': 'source-extractor',
  clustalo: 'clustalo',
  dnapars: 'phylip',
  gnuplot: 'gnuplot',
  hmmbuild: 'hmmbuild',
  hmmsearch: 'hmmsearch',
  primer3: 'primer3_core',
  transcode: 'ffmpeg',
  melt: 'lmp',
  pwscf: 'pw.x',
  transeq: 'transeq',
  blast: 'blastn',
  octave: 'octave-cli',
  r: 'R',
  python: 'python3',
  // Needs the C library alone.
  bessel: 'sh',
  lift: 'gfortran',
}
/** Programs that are too large for every run of the tests; `npm run check:services` takes all that are installed. */
const large = ['ffmpeg', 'octave-cli', 'R', 'pw.x', 'blastn']

describe('the services that ship', async () => {
  const services = await readdir(join(root, 'services'))

  test('are all known to this test', () => {
    expect(services.sort()).toEqual(Object.keys(programs).sort())
  })

  test('have good descriptions', async () => {
    const checked = await command('check', join(root, 'services'), '--json')
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(json<{ name: string }[]>(checked).map(one => one.name)).toEqual(services.sort())
  })

  for (const [name, program] of Object.entries(programs))
    test.skipIf(large.includes(program) ? !isInstalled(program) : !needs(program))(
      `${name} passes the tests that it brings`,
      async () => {
        const checked = await command('check', '--run', '--json', join(root, 'services', name))
        expect(
          json<{ tests: object[] }[]>(checked)[0]?.tests.filter(one => !('asExpected' in one && one.asExpected)),
        ).toEqual([])
        expect(checked).toMatchObject({ code: 0, stderr: '' })
      },
    )
})

describe('check', () => {
  test('says in a line that a description is good, and with --run how each test went', async () => {
    const path = await written('good', greet)
    const ran = await command('check', '--run', path)
    expect(ran).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'greet: the description is good (5 inputs, 4 outputs, 2 tests)\n  test 1: as expected\n  test 2: as expected\n',
    })
    // Nothing is left of the runs.
    expect((await readdir(folder)).filter(name => name.startsWith('gridwrap-'))).toEqual([])
  })

  test('a test that does not come true is a failure that says what came instead', async () => {
    const path = await written('wrong', greet.replace('expect: {last: Ada,', 'expect: {last: Bob, bytes: 1,'))
    const ran = await command('check', '--run', path)
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('test 1: NOT as expected') })
    expect(ran.stderr).toContain('last = Ada; expected Bob')
    expect(ran.stderr).toContain('bytes = 0; expected 1')
  })

  test('broken ones are told by file:line:column; the others are looked at all the same', async () => {
    await written('bad', greet.replace('sh greet.sh', 'sh -c "{who}" | greet.sh'))
    const ran = await command('check', 'bad', 'nosuch', 'good')
    expect(ran).toMatchObject({ code: 2, stdout: expect.stringMatching(/^greet: the description is good/) })
    expect(ran.stderr).toMatch(/^bad\/application\.yaml:5:\d+: /m)
    expect(ran.stderr).toContain('There is no nosuch.')
  })

  test('a file that the command names and that is not shipped is noted', async () => {
    const path = await written('beside', greet)
    await writeFile(join(folder, path, 'other.awk'), '')
    const text = await readFile(join(folder, path, 'application.yaml'), 'utf8')
    await writeFile(join(folder, path, 'application.yaml'), text.replace('sh greet.sh', 'sh greet.sh -f other.awk'))
    const ran = await command('check', 'beside')
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('put it under "files:" (files: [other.awk])'),
    })
    expect(ran.stderr).not.toContain('greet.sh')
  })

  test('a program that is not installed is told by its name, and its tests are skipped', async () => {
    await written('absent', greet.replace('sh greet.sh', 'no-such-program'))
    const ran = await command('check', '--run', 'absent')
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('no-such-program is not installed here') })
    expect(ran.stdout).not.toContain('expected')
  })
})
