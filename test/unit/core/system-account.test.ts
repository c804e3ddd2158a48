import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findAccount, isAccountName, parseAccount } from '../../../src/core/system-account.ts'

test('an account of this host is found, and another is not', async () => {
  expect(await findAccount('root')).toEqual({ name: 'root', uid: 0, gid: 0, home: '/root' })
  expect(await findAccount('nobody-has-this-name')).toBeUndefined()
  // getent(1) takes a number for an id; an account is meant by its name.
  for (const name of ['0', '-h', '', 'root:x', 'root\n', ' root']) expect(await findAccount(name), name).toBeUndefined()
})

test('a line of passwd is read, and what is none is not', () => {
  expect(parseAccount('alice:x:1001:1002:Alice,,,:/home/alice:/bin/sh\n', 'alice')).toEqual({
    name: 'alice',
    uid: 1001,
    gid: 1002,
    home: '/home/alice',
  })
  for (const line of ['', 'bob:x:1:1::/:/', 'alice:x::1::/:', 'alice:x:-1:1::/:', 'alice:x:1', 'alice:x:0x1:1::/:'])
    expect(parseAccount(line, 'alice'), line).toBeUndefined()
  fc.assert(fc.property(fc.string(), fc.string(), (line, name) => void parseAccount(line, name)))
})

test('names of accounts', () => {
  for (const name of ['alice', '_apt', 'a.b-c_9', 'Domain.User']) expect(isAccountName(name), name).toBe(true)
  for (const name of ['', '-a', '9a', 'a b', 'a/b', 'a$', 'ä', 'x'.repeat(65)])
    expect(isAccountName(name), name).toBe(false)
})
