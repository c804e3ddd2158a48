import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { AccountMap } from '../../../src/authz/account-map.ts'
import { anonymous, type GsiIdentity, noAttributes } from '../../../src/core/identity.ts'
import { openLog } from '../../../src/core/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-accounts-'))
afterAll(() => rmSync(folder, { recursive: true }))
const gridmap = join(folder, 'grid-mapfile')
writeFileSync(gridmap, '"/O=Grid/CN=Alice" alice,astro\n"/O=Grid/CN=Bob" bob\n')
const log = openLog('test', 'silent')

const somebody = (name: string, ...fqans: readonly string[]): GsiIdentity => ({
  scheme: 'gsi',
  subject: `/O=Grid/CN=${name}`,
  issuer: '/O=Grid/CN=CA',
  proxy: 'full',
  expires: Number.POSITIVE_INFINITY,
  attributes: { ...noAttributes, fqans },
})

test('the first rule that has an account decides, and the first account of a line', () => {
  const map = new AccountMap(
    [{ gridmap }, { voms: { '/astro/Role=production': 'prod', '/astro/*': 'astro' } }, { everybody: 'guest' }],
    log,
  )
  expect(map.account(somebody('Alice', '/astro/Role=production'))).toBe('alice')
  expect(map.account(somebody('Carol', '/astro', '/astro/Role=production'))).toBe('prod')
  expect(map.account(somebody('Carol', '/astro/sky'))).toBe('astro')
  expect(map.account(somebody('Carol', '/astronomy'))).toBe('guest')
  expect(map.account(anonymous)).toBeUndefined()
  for (const name of ['alice', 'astro', 'bob', 'prod', 'guest']) expect(map.has(name), name).toBe(true)
  for (const name of ['root', '', 'Alice']) expect(map.has(name), name).toBe(false)
})

test('who is in no rule has no account', () => {
  const map = new AccountMap([{ gridmap }], log)
  expect(map.account(somebody('Carol'))).toBeUndefined()
  expect(map.account({ scheme: 'local', subject: '/O=Grid/CN=Alice' })).toBeUndefined()
})
