import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpsConnection } from '../../../src/client/https-connection.ts'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import type { PeerExpectation } from '../../../src/gsi/peer-expectation.ts'
import { root, TestSite } from '../../support/site.ts'

const whose = `
gridwrap: 1
name: whose
title: Shows the credential that it has
command: cat credential
files:
  - credential: ''
outputs:
  said: stdout
credential: limited
`

let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({ descriptions: { whose } })
})
afterAll(() => site[Symbol.asyncDispose]())

const connect = (more: object = {}, trustDirectory = site.trust): HttpsConnection =>
  new HttpsConnection({ credential: site.alice.proxy, trustDirectory, ...more })
const get = async (connection: HttpsConnection, url = site.url): Promise<string> => {
  using used = connection
  return (await used.sendForText('GET', `${url}/`, { Accept: 'application/json' })).text
}

describe('a client', () => {
  test('calls over https and httpg, and is the same somebody', async () => {
    expect(await get(connect())).toContain(site.alice.dn)
    expect(await get(connect(), site.url.replace('https', 'httpg'))).toContain(site.alice.dn)
  })

  test.each<[string, PeerExpectation, boolean]>([
    ['the host', { mode: 'host' }, true],
    ['its name', { mode: 'identity', subject: '/O=Test Grid/CN=localhost' }, true],
    ['another name', { mode: 'identity', subject: '/O=Test Grid/CN=elsewhere' }, false],
    ['anybody', { mode: 'none' }, true],
    ['itself', { mode: 'self' }, false],
    [
      'what a function says',
      { mode: 'callback', check: ({ identity }) => (identity.proxy === 'none' ? undefined : 'a proxy') },
      true,
    ],
    ['what a function denies', { mode: 'callback', check: () => 'whom nobody wants' }, false],
  ])('that expects %s', async (_what, expected, isRight) => {
    const answer = get(connect({ expect: expected }))
    if (isRight) expect(await answer).toContain(site.alice.dn)
    else await expect(answer).rejects.toMatchObject({ code: 'credential-problem' })
  })

  test('does not take another address for the host, unless its certificate does', async () => {
    expect(await get(connect(), site.url.replace('localhost', '127.0.0.1'))).toContain(site.alice.dn)
    const elsewhere = site.url.replace('localhost', '127.0.0.2')
    await expect(get(connect(), elsewhere)).rejects.toThrow()
  })

  test('believes no authority that it does not know', async () => {
    const stranger = await createAuthority({ dn: '/O=Stranger/CN=CA', key: 'ec' })
    const trusted = join(site.folder, 'strange')
    await installAuthority(trusted, stranger.certificate, { crl: stranger.crl() })
    await expect(get(connect({}, trusted))).rejects.toThrow(/cannot be believed/)
    expect(() => connect({}, join(site.folder, 'nowhere'))).toThrow(/no directory of trusted/)
  })

  test('delegates when it is told to, on the command line, too', () => {
    const run = (...words: readonly string[]) =>
      spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), ...words], {
        env: site.environmentFor(),
        encoding: 'utf8',
      })
    const without = run('run', 'whose')
    expect(without.status, without.stderr).toBe(3)
    expect(without.stderr).toMatch(/none was delegated/)
    const given = run('run', 'whose', '--delegate', 'limited')
    expect(given.status, given.stderr).toBe(0)
    expect(readdirSync(join(site.data, 'credentials'))).toHaveLength(1)
  })
})
