import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readDescription } from '../../../src/application/description.ts'
import { checkInputs } from '../../../src/application/input-check.ts'
import type { FileValue } from '../../../src/application/model.ts'
import { planRun } from '../../../src/application/run-plan.ts'
import { sessionOperation } from '../../../src/application/session-operation.ts'
import { testInputs } from '../../../src/application/test-inputs.ts'
import { sampleSky } from './sample-sky.ts'

const services = join(import.meta.dirname, '..', '..', '..', 'services')
const names = readdirSync(services, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
const applicationIn = (name: string) =>
  readDescription(readFileSync(join(services, name, 'application.yaml'), 'utf8'), `services/${name}/application.yaml`)

describe('every shipped description', () => {
  it('is there', () => {
    expect(names).toEqual(expect.arrayContaining(['needle', 'newstar', 'source-extractor', 'swarp', 'water']))
  })

  it.each(names)(
    '%s is called like its folder, has tests, one of which succeeds and one fails, and all its files',
    name => {
      const application = applicationIn(name)
      expect(application.name).toBe(name)
      expect(application.tests.some(test => test.fails === undefined)).toBe(true)
      expect(application.tests.some(test => test.fails !== undefined)).toBe(true)
      const open = (file: string): FileValue => ({
        file: { kind: 'spooled', path: join(services, name, file), size: statSync(join(services, name, file)).size },
        name: file,
      })
      for (const test of application.tests) {
        const called = sessionOperation(application, test.operation ?? '')?.application ?? application
        const { values, problems } = checkInputs(called, testInputs(called, test, open))
        // Some are to be refused.
        if (test.fails === 'input' && problems.length > 0) continue
        expect(problems).toEqual([])
        for (const file of planRun(called, values).copiedFiles)
          expect(statSync(join(services, name, file)).isFile()).toBe(true)
      }
      for (const file of readdirSync(join(services, name)))
        expect(statSync(join(services, name, file)).size).toBeLessThan(100_000)
    },
  )

  it('has the pictures of the sky that sample-sky.ts makes', () => {
    for (const [file, content] of sampleSky())
      expect(readFileSync(join(services, file)).equals(content), file).toBe(true)
  })
})

const awks = [['awk'], ['mawk'], ['gawk', '--posix'], ['busybox', 'awk']].filter(
  ([program]) => spawnSync(program ?? '', ['BEGIN{}'].slice(0, program === 'busybox' ? 0 : 1)).error === undefined,
)

describe('newstar', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  const run = (awk: readonly string[], first: string, second: string, threshold = 8) => {
    const folder = mkdtempSync(join(tmpdir(), 'newstar-'))
    folders.push(folder)
    const file = (name: string): string => join(services, 'newstar', name)
    const { status, stdout, stderr } = spawnSync(
      awk[0] ?? '',
      [...awk.slice(1), '-f', file('newstar.awk'), '-v', `threshold=${threshold}`, file(first), file(second)],
      { cwd: folder, encoding: 'utf8' },
    )
    return { status, stdout, stderr, read: (name: string) => readFileSync(join(folder, name), 'utf8'), folder }
  }

  it.each(awks)('finds the star with %s', (...awk) => {
    const { status, stdout, stderr, read } = run(awk, 'first.pgm', 'second.pgm')
    expect(status).toBe(0)
    expect(stderr).toMatch(/^warning: \d+ pixels are saturated/)
    expect(stdout).toContain('new sources: 1\n')
    const [x = 0, y = 0, , sigma = 0] = (read('newstar.cat').split('\n')[1] ?? '').split(' ').map(Number)
    // It was put at 61.3, 37.8, counted from 0.
    expect(Math.hypot(x - 62.3, y - 38.8)).toBeLessThan(0.3)
    expect(sigma).toBeGreaterThan(30)
    expect(read('difference.pgm')).toMatch(/^P2\n#.*\n96 96\n255\n/)
    expect(read('newstar.svg')).toMatch(/^<svg[\s\S]*<title>A new star<\/title>[\s\S]*<\/svg>\n$/)
  })

  it('finds nothing in a picture and itself, and at 3 sigma little but noise', () => {
    expect(run(['awk'], 'first.pgm', 'first.pgm').stdout).toContain('new sources: 0\n')
    const found = Number(/new sources: (\d+)/.exec(run(['awk'], 'first.pgm', 'second.pgm', 3).stdout)?.[1])
    expect(found).toBeLessThan(25)
  })

  it('refuses pictures of two sizes, and what is no picture', () => {
    expect(run(['awk'], 'first.pgm', 'narrow.pgm')).toMatchObject({
      status: 3,
      stderr: 'error: the pictures differ in size: 96 x 96 and 80 x 96 pixels\n',
    })
    expect(run(['awk'], 'first.pgm', 'application.yaml')).toMatchObject({ status: 4 })
  })

  it.each(['P2\n', 'P2\n96 96\n255\n1 2 3\n', 'P2\n-5 1e9\n255\n', 'P2\n999999 999999\n255\n', '', 'P2 96 96 255 x\n'])(
    'refuses %j',
    text => {
      const folder = mkdtempSync(join(tmpdir(), 'newstar-'))
      folders.push(folder)
      writeFileSync(join(folder, 'bad.pgm'), text)
      const { status, stderr } = spawnSync(
        'awk',
        ['-f', join(services, 'newstar', 'newstar.awk'), 'bad.pgm', 'bad.pgm'],
        { cwd: folder, encoding: 'utf8' },
      )
      expect(status).toBe(4)
      expect(stderr).toMatch(/^error: [^\n]*\n$/)
    },
  )
})
