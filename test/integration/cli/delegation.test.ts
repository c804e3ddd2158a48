import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestSite, type TestUser } from '../../support/site.ts'
import { json, type Ran, run } from './command.ts'

const needy = `
gridwrap: 1
name: needy
title: Has a credential
command: test -s {proxy}
inputs:
  proxy: {type: string, default: /etc/passwd}
outputs:
  said: stdout
credential: limited
`

let site: TestSite
let bob: TestUser
beforeAll(async () => {
  site = await TestSite.start({ descriptions: { needy } })
  bob = await site.user('Bob')
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (user: TestUser, ...words: readonly string[]): Promise<Ran> =>
  run(words, { env: site.environmentFor(user), cwd: site.folder })

test('what was delegated is listed, for its owner alone, and taken back', async () => {
  expect(await command(site.alice, 'delegation', 'list')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'It holds none.\n',
  })
  expect((await command(site.alice, 'run', 'needy', '--delegate', 'limited')).code).toBe(0)
  const listed = await command(site.alice, 'delegation', 'list')
  expect(listed.stdout).toMatch(/^limited {2}until \d{4}-.*Z {2}with a connection\n$/)
  expect(json(await command(site.alice, 'delegation', 'list', '--json'))).toMatchObject([{ kind: 'limited' }])
  expect((await command(bob, 'delegation', 'list')).stdout).toBe('')
  expect(json(await command(bob, 'delegation', 'destroy', '--json'))).toEqual({ destroyed: 0 })
  expect(await command(bob, 'delegation', 'destroy', 'none')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/has no delegation "none"/),
  })
  expect((await command(site.alice, 'run', 'needy')).code).toBe(0)
  expect(json(await command(site.alice, 'delegation', 'destroy', '--json'))).toEqual({ destroyed: 1 })
  expect(await command(site.alice, 'run', 'needy')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/none was delegated/),
  })
})

test('jobs of others are listed with their owner, and apart', async () => {
  await command(site.alice, 'submit', 'needy', '--delegate', 'limited', '--label', 'hers')
  expect((await command(site.alice, 'share', 'hers', bob.dn)).code).toBe(0)
  await command(bob, 'submit', 'needy', '--delegate', 'limited', '--label', 'his')
  const all = await command(bob, 'list')
  expect(all.stdout).toMatch(/\[hers\] .* of \/O=Test Grid\/CN=Alice$/m)
  expect(all.stdout).toMatch(/\[his\] (?:(?! of ).)*$/m)
  const shared = await command(bob, 'list', '--shared')
  expect(shared.stdout).toContain('[hers]')
  expect(shared.stdout).not.toContain('[his]')
  expect((await command(site.alice, 'list', '--shared')).stdout).toBe('')
})
