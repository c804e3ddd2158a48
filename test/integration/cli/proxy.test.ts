import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'
import { json, type Ran, run } from './command.ts'

const execute = promisify(execFile)
let site: TestSite
let env: Record<string, string>

beforeAll(async () => {
  // Programs of the Globus Toolkit's age know RSA keys only.
  site = await TestSite.make({ key: 'rsa' })
  const { certFile, keyFile } = site.alice
  env = {
    ...site.environmentFor(),
    X509_USER_CERT: certFile,
    X509_USER_KEY: keyFile,
    X509_USER_PROXY: join(site.folder, 'p.pem'),
  }
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (words: readonly string[], input?: string): Promise<Ran> =>
  run(['proxy', ...words], { env, cwd: site.folder, ...(input === undefined ? {} : { input }) })

describe('proxy', () => {
  test('init, info and destroy, in the place of $X509_USER_PROXY', async () => {
    const file = join(site.folder, 'p.pem')
    const made = await command(['init', '--hours', '2'])
    expect(made).toMatchObject({ code: 0, stdout: `${file}\n` })
    expect(made.stderr).toContain('Made a proxy for /O=Test Grid/CN=Alice, valid until ')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const info = json<Record<string, unknown>>(await command(['info', '--json']))
    expect(info).toMatchObject({ identity: '/O=Test Grid/CN=Alice', kind: 'full', strength: 2048, path: file })
    expect(info['timeleft']).toBeGreaterThan(7000)
    expect(info['timeleft']).toBeLessThanOrEqual(7200)
    expect((await command(['info'])).stdout).toMatch(/^identity : \/O=Test Grid\/CN=Alice$/m)
    expect(json(await command(['destroy', '--json']))).toEqual({ removed: file })
    expect(existsSync(file)).toBe(false)
    expect(await command(['destroy'])).toMatchObject({ code: 4 })
    expect(await command(['info'])).toMatchObject({ code: 3, stderr: expect.stringContaining('gridwrap proxy init') })
  })

  test('kinds and lengths of path are as asked', async () => {
    const made = await command(['init', '--limited', '--path-length', '0', '--bits', '3072', '--json'])
    expect(json(made)).toMatchObject({
      subject: '/O=Test Grid/CN=Alice',
      expires: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(json(await command(['info', '--json']))).toMatchObject({ kind: 'limited', strength: 3072, proxiesLeft: 0 })
    expect((await command(['info'])).stdout).toMatch(/^pathlen {2}: 0$/m)
    expect(await command(['init', '--bits', '1024'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/2048/) })
    expect(await command(['init', '--limited', '--independent'])).toMatchObject({ code: 2 })
    expect(await command(['init', '--hours', 'many'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/whole number/),
    })
  })

  test('an encrypted key is opened with the passphrase from standard input, and with no other', async () => {
    const key = createPrivateKey(await readFile(site.alice.keyFile, 'utf8'))
    const encrypted = join(site.folder, 'encrypted.pem')
    const secret = { cipher: 'aes-256-cbc', passphrase: 'correct horse' }
    await writeFile(encrypted, key.export({ type: 'pkcs8', format: 'pem', ...secret }), { mode: 0o600 })
    const words = ['init', '--key', encrypted, '--out', 'from-encrypted.pem']
    expect(await command([...words, '--pwstdin'], 'correct horse\n')).toMatchObject({ code: 0 })
    expect(await readFile(join(site.folder, 'from-encrypted.pem'), 'utf8')).not.toContain('ENCRYPTED')
    expect(await command([...words, '--pwstdin'], 'wrong\n')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/passphrase/),
    })
    expect(await command(words)).toMatchObject({ code: 2, stderr: expect.stringContaining('--pwstdin') })
  })

  test('a key that others can read is refused, with what to do', async () => {
    const open = join(site.folder, 'open.pem')
    await writeFile(open, await readFile(site.alice.keyFile), { mode: 0o644 })
    expect(await command(['init', '--key', open])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('chmod 600'),
    })
  })

  test('a certificate that is not there', async () => {
    const ran = await command(['init', '--cert', 'none.pem'])
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringMatching(/no file none\.pem[\s\S]*--cert and --key/) })
  })

  test.skipIf(!needs('grid-proxy-info'))('grid-proxy-info takes what it makes for a good proxy', async () => {
    for (const [words, type] of [
      [[], 'RFC 3820 compliant impersonation proxy'],
      [['--limited'], 'RFC 3820 compliant limited proxy'],
      [['--independent'], 'RFC 3820 compliant independent proxy'],
    ] as const) {
      await command(['init', ...words])
      const { stdout } = await execute('grid-proxy-info', ['-file', join(site.folder, 'p.pem'), '-type', '-identity'], {
        env,
      })
      expect(stdout).toContain(type)
      await execute('grid-proxy-info', ['-file', join(site.folder, 'p.pem'), '-exists', '-valid', '11:30'], { env })
    }
  })
})
