import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { TestSite } from '../../support/site.ts'
import { type Ran, run } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let empty: string

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet } })
  empty = await mkdtemp(join(tmpdir(), 'gridwrap-home-'))
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await rm(empty, { recursive: true, force: true })
})

const command = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  run(words, { env: { ...site.environmentFor(), ...env }, cwd: site.folder })

const commands = [
  ...['run', 'submit', 'status', 'wait', 'results', 'start', 'suspend', 'resume', 'cancel', 'destroy', 'output'],
  ...[
    'list',
    'data',
    'watch',
    'wrap',
    'call',
    'describe-service',
    'proxy',
    'init',
    'serve',
    'register',
    'unregister',
    'applications',
    'check',
    'gridmap',
  ],
  ...['share', 'unshare', 'authz', 'myproxy', 'delegation', 'cp', 'ls', 'stat', 'mkdir', 'rm', 'checksum'],
  ...['gridftp', 'transfer', 'announce', 'import', 'export', 'checkpoint', 'restore', 'evaluate', 'interrupt'],
]
const inside = {
  import: ['acd', 'cwl', 'boutiques', 'python', 'c-header', 'fortran', 'help'],
  export: ['cwl'],
  proxy: ['init', 'info', 'destroy', 'export'],
  gridmap: ['add', 'remove', 'list', 'check'],
  authz: ['explain'],
  transfer: ['submit', 'status', 'wait', 'log', 'cancel', 'resume', 'remove', 'list'],
  delegation: ['list', 'destroy'],
  myproxy: ['put', 'get', 'info', 'destroy', 'change-passphrase', 'store', 'retrieve'],
}

describe('help', () => {
  test('names every command and every exit code', async () => {
    const { code, stdout } = await command(['--help'])
    expect(code).toBe(0)
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+)(?: |$)/gm)].map(([, name]) => name)
    expect(listed.sort()).toEqual([...commands, 'help'].sort())
    const [, codes = ''] = /Exit codes: ([\s\S]*)\n\n/.exec(stdout) ?? []
    expect([...codes.matchAll(/(?:^|· |\n)(\d+) /g)].map(([, number]) => Number(number))).toEqual([
      0, 1, 2, 3, 4, 5, 70, 130,
    ])
  })

  const all = [
    ...commands.map(name => [name]),
    ...Object.entries(inside).flatMap(([name, own]) => own.map(one => [name, one])),
  ]
  test.each(all.map(words => ({ words })))(
    '$words shows an example that begins with the command',
    async ({ words }) => {
      const { code, stdout } = await command([...words, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`Examples?:\\n(?: {2}.*\\n)* {2}.*gridwrap ${words.join(' ')} ?`))
    },
  )
})

describe('the command line is wrong', () => {
  test.each([
    { words: ['statsu'], said: 'Did you mean status?' },
    { words: ['proxy', 'inti'], said: 'Did you mean init?' },
    { words: ['run', 'greet', '--lable', 'x'], said: 'Did you mean --label?' },
    { words: ['run'], said: "missing required argument 'service'" },
    { words: ['status', 'last', 'more'], said: 'too many arguments' },
    { words: ['run', 'greet', 'who=x', '--wait', 'soon'], said: 'a time like 90, 90s, 30m, 7d' },
    { words: ['serve', '--workers', 'none'], said: 'a whole number from 1 to 64' },
    { words: ['init', 'somewhere', '--port', '99999'], said: 'a whole number from 1 to 65535' },
    { words: ['submit', './services/greet', 'who=x'], said: 'gridwrap run' },
    { words: [], said: 'Usage: gridwrap' },
  ])('$words', async ({ words, said }) => {
    expect(await command(words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })

  test('an address that is none', async () => {
    const ran = await command(['list', 'greet'], { GRIDWRAP_URL: 'localhost:8443' })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('GRIDWRAP_URL') })
  })
})

describe('credentials', () => {
  test.skipIf(existsSync(`/tmp/x509up_u${process.getuid?.()}`))(
    'none: where they are looked for, and how to make one',
    async () => {
      const { X509_USER_PROXY: _, ...env } = site.environmentFor()
      const ran = await run(['list', 'greet'], { env: { ...env, HOME: empty } })
      expect(ran).toMatchObject({ code: 3, stdout: '' })
      expect(ran.stderr).toMatch(/There is no credential: neither \/tmp\/x509up_u\d+ nor .*usercert\.pem is there/)
      expect(ran.stderr).toContain('gridwrap proxy init')
    },
  )

  test('one that is named and not there', async () => {
    const ran = await command(['list', 'greet'], { X509_USER_PROXY: join(empty, 'none.pem') })
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('gridwrap proxy init') })
  })

  test('one that has expired', async () => {
    const old = await createProxy(site.alice.credential, { hours: 1e-9 })
    const file = join(site.folder, 'expired.pem')
    await writeFile(file, old.toPem(), { mode: 0o600 })
    const ran = await command(['list', 'greet'], { X509_USER_PROXY: file })
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('expired') })
    expect(ran.stderr).toContain('gridwrap proxy init')
    expect(await command(['proxy', 'info', file])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('expired'),
    })
  })

  test('one of somebody who may not', async () => {
    const eve = await site.user('Eve', { listed: false })
    const ran = await command(['list', 'greet'], { X509_USER_PROXY: eve.proxyFile })
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining(eve.dn) })
  })

  test('a container whose authority is not trusted', async () => {
    const ran = await command(['list', 'greet'], { X509_CERT_DIR: empty })
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('X509_CERT_DIR') })
  })
})

describe('nobody there', () => {
  test.each([
    { words: ['list', 'greet'] },
    { words: ['status', 'aaaaaaaaaaaaaaaaaaaaaaaaaa'] },
    { words: ['call', 'https://localhost:1/services/greet?wsdl', 'run'] },
  ])('$words', async ({ words }) => {
    const ran = await command(words, { GRIDWRAP_URL: 'https://localhost:1' })
    expect(ran).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('localhost:1 cannot be reached') })
    expect(ran.stderr).toContain('gridwrap serve')
  })
})

describe('files of the caller that cannot be used', () => {
  test('are told by their path and the reason', async () => {
    const ran = await command(['run', './services/greet', 'who=x', '--out', 'grid-mapfile/inside'])
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/grid-mapfile is there already, and is no folder/),
    })
  })
})
