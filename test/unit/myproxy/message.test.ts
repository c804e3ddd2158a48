import fc from 'fast-check'
import { expect, test } from 'vitest'
import { myproxyCommand, parseResponse, writeRequest } from '../../../src/myproxy/message.ts'
import { myproxyAddress } from '../../../src/myproxy/server-address.ts'

test('a request is the lines that servers know, and a NUL', () => {
  const fields = { username: 'alice', passphrase: 'secret', lifetime: 3600, name: 'night' }
  expect(writeRequest(myproxyCommand.get, fields).toString()).toBe(
    'VERSION=MYPROXYv2\nCOMMAND=0\nUSERNAME=alice\nPASSPHRASE=secret\nLIFETIME=3600\nCRED_NAME=night\n\0',
  )
})

test('no value can become a line of its own', () => {
  for (const passphrase of ['a\nCOMMAND=3', 'a\rb', 'a\0b'])
    expect(() => writeRequest(0, { username: 'alice', passphrase })).toThrow(/line break/)
  expect(() => writeRequest(0, { username: 'alice', passphrase: 'top\nsecret' })).not.toThrow(/top/)
})

test('responses', () => {
  expect(parseResponse(Buffer.from('VERSION=MYPROXYv2\nRESPONSE=1\nERROR=no\nERROR=never\n'))).toMatchObject({
    kind: 'error',
    errors: ['no', 'never'],
  })
  const info =
    'CRED_START_TIME=10\nCRED_END_TIME=20\nCRED_OWNER=/CN=a\nADDL_CREDS=x,y\nCRED_x_END_TIME=30\nCRED_x_DESC=of x\n'
  expect(parseResponse(Buffer.from(`VERSION=MYPROXYv2\nRESPONSE=0\n${info}`)).credentials).toMatchObject([
    { name: undefined, owner: '/CN=a', start: 10_000, end: 20_000 },
    { name: 'x', owner: '/CN=a', end: 30_000, description: 'of x' },
    { name: 'y', end: undefined },
  ])
  const challenge = parseResponse(
    Buffer.from(
      'VERSION=MYPROXYv2\nRESPONSE=2\nAUTHORIZATION_DATA=password:\nAUTHORIZATION_DATA=X509_certificate:ab:cd\n',
    ),
  )
  expect([...challenge.challenges]).toEqual([
    ['password', ''],
    ['X509_certificate', 'ab:cd'],
  ])
})

test.each([
  '',
  'HTTP/1.1 400 Bad Request\r\n',
  'VERSION=MYPROXYv1\nRESPONSE=0\n',
  'VERSION=MYPROXYv2\n',
  'VERSION=MYPROXYv2\nRESPONSE=9\n',
])('refuses %j', text => expect(() => parseResponse(Buffer.from(text))).toThrow(/no MyProxy server/))

test('bytes of any kind are a response or an error with a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.boolean(), (bytes, begins) => {
      const whole = begins ? Buffer.concat([Buffer.from('VERSION=MYPROXYv2\nRESPONSE=0\n'), bytes]) : Buffer.from(bytes)
      try {
        expect(parseResponse(whole).kind).toMatch(/ok|error|authorization/)
      } catch (error) {
        expect((error as Error).message).toMatch(/no MyProxy server/)
      }
    }),
  )
})

test('where the server is', () => {
  expect(myproxyAddress('a.example.org', {})).toEqual({ host: 'a.example.org', port: 7512, expect: { mode: 'host' } })
  const env = { MYPROXY_SERVER: 'b', MYPROXY_SERVER_PORT: '17512', MYPROXY_SERVER_DN: '/CN=b' }
  expect(myproxyAddress(undefined, env)).toEqual({
    host: 'b',
    port: 17_512,
    expect: { mode: 'identity', subject: '/CN=b' },
  })
  expect(myproxyAddress('[::1]:99', {})).toMatchObject({ host: '::1', port: 99 })
  expect(() => myproxyAddress(undefined, {})).toThrow(/No MyProxy server/)
  expect(() => myproxyAddress('a b', {})).toThrow(/no address/)
})
