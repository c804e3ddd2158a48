import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestSite } from '../../support/site.ts'
import { json, type Ran, run } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let file: string

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet } })
  file = join(site.folder, 'grid-mapfile')
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (...words: readonly string[]): Promise<Ran> =>
  run(['gridmap', ...words], { env: { ...site.environmentFor(), GRIDMAP: file } })

describe('gridmap', () => {
  test('add and remove let people in and out of a running container; comments stay', async () => {
    await writeFile(file, `# the maintainers\n${await readFile(file, 'utf8')}\n# guests, until spring\n`)
    const bob = await site.user('Bob', { listed: false })
    const env = site.environmentFor(bob)
    expect(await run(['list', 'greet'], { env })).toMatchObject({ code: 3 })
    expect(await command('add', bob.dn, 'bob', 'guest')).toMatchObject({ code: 0 })
    expect(json(await command('list', '--json'))).toEqual([
      expect.objectContaining({ subject: '/O=Test Grid/CN=Alice', accounts: ['alice'] }),
      expect.objectContaining({ subject: bob.dn, accounts: ['bob', 'guest'] }),
    ])
    expect(await run(['list', 'greet'], { env })).toMatchObject({ code: 0 })
    expect(json(await command('add', bob.dn, 'robert', '--json'))).toEqual({ subject: bob.dn, accounts: ['robert'] })
    expect((await command('list')).stdout).toContain(`${bob.dn}  robert\n`)
    expect(json(await command('remove', bob.dn, '--json'))).toEqual({ removed: bob.dn })
    expect(await run(['list', 'greet'], { env })).toMatchObject({ code: 3, stderr: expect.stringContaining(bob.dn) })
    expect(await readFile(file, 'utf8')).toBe(
      '# the maintainers\n"/O=Test Grid/CN=Alice" alice\n\n# guests, until spring\n',
    )
    expect(await command('remove', bob.dn)).toMatchObject({ code: 4, stderr: expect.stringContaining('gridmap list') })
  })

  test('check tells each line that is not taken', async () => {
    const broken = join(site.folder, 'broken-mapfile')
    await writeFile(broken, '"/O=Grid/CN=Good" good\n/O=Grid/CN=No quotes and two words\n"/O=Grid/CN=Open good\n')
    const ran = await command('check', '-f', broken)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/broken-mapfile:3: /)
    expect(json(await command('check', '-f', broken, '--json'))).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ line: 3 })]),
    })
    expect(await command('check')).toMatchObject({ code: 0, stderr: '1 names, 0 problems\n' })
  })

  test('what cannot be written into a grid-mapfile is refused before the file is touched', async () => {
    const before = await readFile(file)
    expect(await command('add', 'Bob', 'bob')).toMatchObject({ code: 2 })
    expect(await command('add', '/O=Grid/CN=Bob', 'two words')).toMatchObject({ code: 2 })
    expect(await readFile(file)).toEqual(before)
    expect(await command('list', '-f', join(site.folder, 'none'))).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/no grid-mapfile/),
    })
  })
})
