import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lines, mostLineLength, requestSchema } from '../../../src/adapters/run-as/launcher-protocol.ts'

const schema = requestSchema('/srv/instances')
const spec = {
  attempt: 'abcdefghijklmnopqrstuvwxyz.1',
  argv: ['sh', '-c', 'true'],
  environment: { PATH: '/bin', 'odd name': 'a\nb' },
  workDirectory: '/srv/instances/ab/abc/work',
  controlDirectory: '/srv/instances/ab/abc/control/1',
  limits: { time: 5 },
  account: 'alice',
}
const isTaken = (more: object, request: object = {}): boolean =>
  schema.safeParse({ id: 1, verb: 'submit', spec: { ...spec, ...more }, ...request }).success

describe('what the launcher is asked for', () => {
  test('is taken when it is what a keeper asks', () => {
    expect(isTaken({})).toBe(true)
    expect(isTaken({ stdin: '/srv/instances/ab/abc/control/1/stdin' })).toBe(true)
    expect(schema.safeParse({ id: 2, verb: 'cancel', how: 'ask', spec }).success).toBe(true)
    expect(schema.safeParse({ id: 3, verb: 'stop' }).success).toBe(true)
  })

  test.for([
    '/etc',
    '/srv/instances',
    '/srv/instances/',
    '/srv/instances/../../etc',
    '/srv/instances/ab/../../../etc',
    '/srv/instances2/ab',
    'srv/instances/ab',
    '/srv/instances//ab',
    '/srv/instances/ab/',
    '/srv/instances/ab\0',
    '',
  ])('has no path like %j', path => {
    for (const name of ['workDirectory', 'controlDirectory', 'stdin'])
      expect(isTaken({ [name]: path }), name).toBe(false)
    expect(schema.safeParse({ id: 1, verb: 'giveFile', file: path, account: 'alice' }).success).toBe(false)
  })

  test('names an account as accounts are named', () => {
    for (const account of ['', '-u', 'a b', 'a:b', 'a\n', '0', '../x', undefined, 0])
      expect(isTaken({ account }), String(account)).toBe(false)
  })

  test('has nothing that no program can be given, and nothing besides', () => {
    for (const more of [
      { argv: [] },
      { argv: ['a\0b'] },
      { environment: { 'a=b': '' } },
      { environment: { a: '\0' } },
      { environment: { '': '' } },
      { attempt: '../1' },
      { limits: { time: -1 } },
      { runAs: 'root' },
    ])
      expect(isTaken(more), JSON.stringify(more)).toBe(false)
    for (const request of [{ verb: 'chown' }, { verb: 'cancel' }, { id: -1 }, { id: 'x' }, { more: 1 }])
      expect(isTaken({}, request), JSON.stringify(request)).toBe(false)
  })

  test('is anything at all, and nothing is taken that leaves the instances', () => {
    fc.assert(
      fc.property(fc.string(), path => {
        const full = `/srv/instances/${path}`
        const { data } = schema.safeParse({ id: 1, verb: 'giveFile', file: full, account: 'alice' })
        if (data !== undefined) expect(full.split('/')).not.toContain('..')
      }),
    )
    fc.assert(fc.property(fc.jsonValue(), value => !schema.safeParse(value).success))
  })
})

describe('lines', () => {
  test('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string().map(text => text.replaceAll('\n', ''))), fc.array(fc.nat(20)), (said, cuts) => {
        const whole = said.map(line => `${line}\n`).join('')
        const lines = new Lines()
        const heard: string[] = []
        let at = 0
        for (const cut of [...cuts, whole.length]) {
          heard.push(...lines.push(whole.slice(at, at + cut)))
          at += cut
        }
        expect(heard).toEqual(said)
      }),
    )
  })

  test('that are too long end it', () => {
    const lines = new Lines()
    const piece = 'x'.repeat(1024 * 1024)
    expect(() => {
      for (let sent = 0; sent <= mostLineLength; sent += piece.length) lines.push(piece)
    }).toThrow(/too long/)
  })
})
