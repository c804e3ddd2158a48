import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { below, lastName, parseLocation, serverOf } from '../../../src/transfer/location.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)

describe('a location', () => {
  test.each([
    ['gsiftp://host.example.org/a/b.dat', 'gsiftp', 'host.example.org', 2811, '/a/b.dat'],
    ['gsiftp://host:21/a', 'gsiftp', 'host', 21, '/a'],
    ['gsiftp://host:2812/~/a b', 'gsiftp', 'host', 2812, '~/a b'],
    ['gsiftp://host', 'gsiftp', 'host', 2811, '/'],
    ['gsiftp://host/~', 'gsiftp', 'host', 2811, '~/'],
    ['GSIFTP://host/x', 'gsiftp', 'host', 2811, '/x'],
    ['gridftp://host/x', 'gsiftp', 'host', 2811, '/x'],
    ['ftp://host/pub/', 'ftp', 'host', 21, '/pub/'],
    ['ftp://host:2121/pub/a%20b', 'ftp', 'host', 2121, '/pub/a b'],
    ['https://host/a%20b?c=d', 'https', 'host', 443, '/a%20b?c=d'],
    ['http://[::1]:8080/a', 'http', '::1', 8080, '/a'],
    ['gsiftp://[2001:db8::1]/a', 'gsiftp', '2001:db8::1', 2811, '/a'],
    ['file:///tmp/a%20b', 'file', '', 0, '/tmp/a b'],
    ['file://localhost/tmp/a', 'file', '', 0, '/tmp/a'],
    ['/tmp/x/', 'file', '', 0, '/tmp/x/'],
    ['/', 'file', '', 0, '/'],
    ['a/../b', 'file', '', 0, resolve('b')],
    ['C:x', 'file', '', 0, resolve('C:x')],
    ['-', 'stream', '', 0, '-'],
  ] as const)('%s', (text, scheme, host, port, path) => {
    expect(parseLocation(text)).toMatchObject({ scheme, host, port, path })
  })

  test('keeps who one is, and does not show the password', () => {
    const location = parseLocation('ftp://alice:s%40fe@host/x')
    expect(location).toMatchObject({ user: 'alice', password: 's@fe', text: 'ftp://alice@host/x' })
    expect(serverOf(location)).not.toBe(serverOf(parseLocation('ftp://bob:s@host/x')))
  })

  test.each([
    '',
    'srm://host/x',
    'gsiftp:///x',
    'gsiftp://host/a%0d%0aDELE%20b',
    'gsiftp://host/a%00',
    'gsiftp://host/%zz',
    'file://other/x',
    'stream://x/y',
  ])('is refused: %j', text => {
    expect(() => parseLocation(text)).toThrow(GridwrapError)
  })

  test('is never anything but a location or a refusal', () => {
    const words = fc.constantFrom(
      'gsiftp://',
      'ftp://',
      'https://',
      'file://',
      'host',
      '/',
      '%',
      ':',
      '@',
      '[',
      ']',
      '~',
      '?',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 8 }), parts => {
        try {
          const { path } = parseLocation(parts.join(''))
          expect(path).not.toMatch(/\0/)
        } catch (error) {
          expect(error).toBeInstanceOf(GridwrapError)
        }
      }),
      { numRuns },
    )
  })

  test('has others below it', () => {
    expect(below(parseLocation('gsiftp://host/a'), 'b c')).toMatchObject({
      path: '/a/b c',
      text: 'gsiftp://host/a/b%20c',
    })
    expect(below(parseLocation('https://host/a/'), 'b c')).toMatchObject({ path: '/a/b%20c' })
    expect(below(parseLocation('/tmp/'), 'b c')).toMatchObject({ path: '/tmp/b c' })
    expect(lastName(parseLocation('https://host/a%20b?x'))).toBe('a b')
    expect(lastName(parseLocation('gsiftp://host/a/b/'))).toBe('b')
    expect(lastName(parseLocation('gsiftp://host/'))).toBe('')
  })
})
