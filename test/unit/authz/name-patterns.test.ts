import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Ban } from '../../../src/authz/ban.ts'
import { meant, parseNamePattern } from '../../../src/authz/name-patterns.ts'
import { Voms } from '../../../src/authz/voms.ts'
import { openLog } from '../../../src/core/log.ts'
import { ask, person } from '../../compliance/authorization/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-ban-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fits = (pattern: string, subject: string, ...fqans: readonly string[]): boolean => {
  const parsed = parseNamePattern(pattern)
  if (parsed === undefined) throw new Error(`${pattern} is no pattern`)
  return meant(parsed, subject, fqans) !== undefined
}

describe('patterns of names, groups and roles', () => {
  test.each<[string, string, readonly string[], boolean]>([
    ['/O=T/CN=Bob', '/O=T/CN=Bob', [], true],
    ['/O=T/CN=Bob', '/O=T/CN=Bobby', [], false],
    ['/O=T/*', '/O=T/CN=Bob', [], true],
    ['*/Email=eve@x.org', '/O=T/emailAddress=eve@x.org', [], true],
    ['*', '/O=T/CN=Bob', [], true],
    ['/astro/Role=NULL/Capability=NULL', '/O=T/CN=Bob', ['/astro'], true],
    ['/astro/Role=production/Capability=NULL', '/O=T/CN=Bob', ['/astro/Role=production'], true],
    ['/astro', '/O=T/CN=Bob', ['/astro/Role=production'], false],
    ['/astro/*', '/O=T/CN=Bob', ['/astro/Role=production'], true],
    ['/astro/*', '/O=T/CN=Bob', ['/astro'], true],
    ['/astro/*', '/O=T/CN=Bob', ['/astronomy'], false],
  ])('%s for %s with %j: %s', (pattern, subject, fqans, expected) =>
    expect(fits(pattern, subject, ...fqans)).toBe(expected),
  )

  test.each(['/astro*', 'Bob', '', '/', '/astro/Role=*'])('%j is none', text =>
    expect(parseNamePattern(text)).toBeUndefined(),
  )
})

test('a ban holds in whichever spelling it was written', () => {
  const file = join(folder, 'ban')
  writeFileSync(
    file,
    '# who left\n/O=T/CN=Bob   # on Monday\n"/O=T/CN=Number #1" # quoted\n/astro/Role=old/Capability=NULL\n*/Email=eve@x.org\n',
  )
  const ban = new Ban(file, openLog('test', 'silent'))
  const isBanned = (subject: string, ...fqans: readonly string[]): boolean =>
    ban.refuses(person(subject, fqans)) !== undefined
  expect(isBanned('/O=T/CN=Bob')).toBe(true)
  expect(isBanned('/O=T/CN=Number #1')).toBe(true)
  expect(isBanned('/O=T/CN=Al', '/astro/Role=old')).toBe(true)
  expect(isBanned('/O=T/emailAddress=eve@x.org')).toBe(true)
  expect(isBanned('/O=T/CN=Al', '/astro')).toBe(false)
  writeFileSync(file, 'Bob\n')
  expect(isBanned('/O=T/CN=Al')).toBe(true)
})

test('a VO is not another one whose name begins like its own', () => {
  const adapter = new Voms(['/astro/*'])
  expect(adapter.decide(ask(person('/O=T/CN=Al', ['/astronomy/Role=x']), 'service.submit')).effect).toBe('abstain')
  expect(adapter.decide(ask(person('/O=T/CN=Al', ['/astro']), 'service.submit')).effect).toBe('permit')
})
