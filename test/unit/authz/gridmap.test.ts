import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addToGridmap, listGridmap, removeFromGridmap } from '../../../src/authz/edit-gridmap.ts'
import { Gridmap } from '../../../src/authz/gridmap.ts'
import { parseGridmap, quoteName } from '../../../src/authz/gridmap-file.ts'
import { type GsiIdentity, noAttributes } from '../../../src/core/identity.ts'
import { normalSlash } from '../../../src/gsi/normal-slash.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)
const log = pino({ enabled: false })
const who = (subject: string): GsiIdentity => ({
  scheme: 'gsi',
  subject,
  issuer: '/O=Grid/CN=CA',
  proxy: 'full',
  expires: Number.POSITIVE_INFINITY,
  attributes: noAttributes,
})

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gridwrap-gridmap-'))
  file = join(folder, 'grid-mapfile')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a grid-mapfile', () => {
  test('has names, quoted or not, with one account or several, and comments', () => {
    const { entries, problems } = parseGridmap(
      '# people\n"/O=Grid/CN=Alice Tester" alice,portal\n/O=Grid/CN=Bob bob\n\n',
    )
    expect(problems).toEqual([])
    expect(entries).toEqual([
      { subject: '/O=Grid/CN=Alice Tester', accounts: ['alice', 'portal'], line: 2 },
      { subject: '/O=Grid/CN=Bob', accounts: ['bob'], line: 3 },
    ])
  })

  test('has escapes inside quotes', () => {
    expect(parseGridmap('"/CN=a \\"b\\" \\x41" x').entries[0]?.subject).toBe('/CN=a "b" A')
  })

  test.each([
    ['no account', '"/CN=x"'],
    ['no name', 'alice'],
    ['an account that is none', '"/CN=x" ../../etc'],
    ['a quote that does not close', '"/CN=x alice'],
  ])('a line with %s is told, and hurts no other', (_, line) => {
    const { entries, problems } = parseGridmap(`${line}\n"/CN=good" good\n`)
    expect(problems).toMatchObject([{ line: 1 }])
    expect(entries.map(entry => entry.subject)).toEqual(['/CN=good'])
  })

  test('reads back every name that it quotes', () => {
    const name = fc.string({ minLength: 1 }).filter(text => !/[\n\r]/.test(text) && text === text.trim())
    fc.assert(
      fc.property(name, text => {
        const subject = `/CN=${text}`
        expect(parseGridmap(`${quoteName(subject)} alice`).entries[0]?.subject).toBe(normalSlash(subject))
      }),
      { numRuns },
    )
  })
})

describe('the adapter', () => {
  test('knows who is listed, from the moment at which the file says so', () => {
    const gridmap = new Gridmap(file, log)
    expect(gridmap.knows(who('/CN=a'))).toBe(false)
    writeFileSync(file, '"/CN=a" one,two\n')
    expect(gridmap.knows(who('/CN=a'))).toBe(true)
    expect(gridmap.accounts(who('/CN=a'))).toEqual(['one', 'two'])
    writeFileSync(file, '"/CN=bb" b\n')
    expect(gridmap.knows(who('/CN=a'))).toBe(false)
    rmSync(file)
    expect(gridmap.knows(who('/CN=bb'))).toBe(false)
  })

  test('permits services, and says nothing of instances', () => {
    writeFileSync(file, '"/CN=a" a\n')
    const gridmap = new Gridmap(file, log)
    const ask = (action: 'service.submit' | 'instance.read', instance?: string) =>
      gridmap.decide({
        identity: who('/CN=a'),
        action,
        service: 's',
        instance: instance === undefined ? undefined : { id: instance, owner: 'gsi:/CN=b', shared: undefined },
        parameters: undefined,
        parametersFollow: false,
      }).effect
    expect(ask('service.submit')).toBe('permit')
    expect(ask('instance.read', 'x')).toBe('abstain')
  })
})

describe('editing', () => {
  test('adds, replaces and removes, and leaves comments and other lines where they are', async () => {
    writeFileSync(file, '# the astronomers\n"/CN=a" a\n# the rest\n"/CN=b" b\n')
    await addToGridmap(file, '/CN=c', ['c'])
    await addToGridmap(file, '/CN=a', ['x', 'y'])
    expect(await removeFromGridmap(file, '/CN=b')).toBe(true)
    expect(await removeFromGridmap(file, '/CN=b')).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe('# the astronomers\n"/CN=a" x,y\n# the rest\n"/CN=c" c\n')
    expect((await listGridmap(file)).entries).toHaveLength(2)
  })

  test('refuses what would not be read back', async () => {
    await expect(addToGridmap(file, 'CN=without slash', ['a'])).rejects.toThrow(/distinguished/)
    await expect(addToGridmap(file, '/CN=x', ['no spaces'])).rejects.toThrow(/account/)
  })
})
