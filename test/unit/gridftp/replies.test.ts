import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCommand, writeCommand } from '../../../src/gridftp/protocol/command.ts'
import { checksumsOf, readFeatures } from '../../../src/gridftp/protocol/features.ts'
import { LineSplitter } from '../../../src/gridftp/protocol/line-splitter.ts'
import { readLsLine } from '../../../src/gridftp/protocol/ls-line.ts'
import {
  readPerformanceMarker,
  readRestartMarker,
  writePerformanceMarker,
} from '../../../src/gridftp/protocol/markers.ts'
import {
  readAdatReply,
  readBase64,
  readProtectedLine,
  writeProtectedLine,
} from '../../../src/gridftp/protocol/protection.ts'
import { ProtocolError } from '../../../src/gridftp/protocol/protocol-error.ts'
import { type Reply, ReplyAssembler, writeReply } from '../../../src/gridftp/protocol/reply.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)

/** All replies in a text that comes in chunks of such sizes. */
function repliesOf(text: string, sizes: readonly number[] = [text.length]): Reply[] {
  const lines = new LineSplitter(1000)
  const assembler = new ReplyAssembler()
  const bytes = Buffer.from(text)
  const replies: Reply[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
    for (const line of lines.feed(bytes.subarray(at, at + size))) {
      const reply = assembler.feed(line.toString())
      if (reply !== undefined) replies.push(reply)
    }
    at += size
  }
  return replies
}

describe('replies', () => {
  test('of one line, of several, of Globus and of others', () => {
    expect(repliesOf('220 localhost ready.\r\n')).toEqual([{ code: 220, lines: ['localhost ready.'] }])
    expect(repliesOf('230\r\n')).toEqual([{ code: 230, lines: [''] }])
    expect(
      repliesOf('211-Extensions supported\r\n SIZE\r\n 211 is no end: it begins with a blank\r\n211 End.\r\n'),
    ).toEqual([
      { code: 211, lines: ['Extensions supported', ' SIZE', ' 211 is no end: it begins with a blank', 'End.'] },
    ])
    expect(
      repliesOf('500-Command failed. : globus_l_gfs_file_open failed.\r\n500-No such file\r\n500 End.\r\n226 ok\n'),
    ).toEqual([
      { code: 500, lines: ['Command failed. : globus_l_gfs_file_open failed.', 'No such file', 'End.'] },
      { code: 226, lines: ['ok'] },
    ])
  })

  test('are the same however they are cut', () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '-', '2', '\t') }), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 659 }),
        text,
        fc.array(fc.nat(9), { minLength: 1 }),
        (code, lines, sizes) => {
          expect(repliesOf(writeReply(code, lines), sizes)).toEqual([{ code, lines }])
        },
      ),
      { numRuns },
    )
  })

  test('are refused when they are none, or have no end', () => {
    expect(() => repliesOf('hello\r\n')).toThrow(ProtocolError)
    expect(() => repliesOf('999 no\r\n')).toThrow(ProtocolError)
    expect(() => repliesOf(`220 ${'x'.repeat(2000)}`)).toThrow(ProtocolError)
    expect(() => repliesOf(`220-a\r\n${' more\r\n'.repeat(300_000)}`)).toThrow(ProtocolError)
  })

  test('never throw anything else, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('\r\n', '\n', '220-', '220 ', '632 ')), { maxLength: 20 }),
        parts => {
          try {
            repliesOf(parts.join(''))
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError)
          }
        },
      ),
      { numRuns },
    )
  })
})

describe('commands', () => {
  test('cannot be two', () => {
    expect(writeCommand('RETR /a b')).toBe('RETR /a b\r\n')
    for (const name of ['a\r\nDELE b', 'a\nb', 'a\0b'])
      expect(() => writeCommand(`RETR ${name}`)).toThrow(ProtocolError)
    expect(() => writeCommand(`RETR ${'x'.repeat(70_000)}`)).toThrow(ProtocolError)
  })

  test('come back as they were', () => {
    const verb = fc.stringMatching(/^[A-Za-z]{1,8}$/)
    const argument = fc.string({ minLength: 1 }).filter(text => !/[\r\n\0]/.test(text))
    fc.assert(
      fc.property(verb, argument, (word, rest) => {
        const line = Buffer.from(writeCommand(`${word} ${rest}`)).subarray(0, -2)
        expect(readCommand(line)).toEqual({ verb: word.toUpperCase(), argument: Buffer.from(rest).toString() })
      }),
      { numRuns },
    )
    for (const text of ['', ' RETR a', 'RETR\ta', '\u00e9 a', 'RETR a\0', 'RETRIEVEIT a'])
      expect(() => readCommand(Buffer.from(text))).toThrow(ProtocolError)
  })
})

describe('security tokens', () => {
  test('are read strictly', () => {
    expect(readBase64('aGVsbG8=').toString()).toBe('hello')
    for (const text of ['aGVsbG8', 'aGVsbG8=x', 'aGVs bG8=', 'a', '===='])
      expect(() => readBase64(text)).toThrow(ProtocolError)
    expect(readAdatReply({ code: 335, lines: ['ADAT=aGVsbG8='] })?.toString()).toBe('hello')
    expect(readAdatReply({ code: 235, lines: ['GSSAPI Authentication successful.'] })).toBeUndefined()
    expect(readProtectedLine('632 aGVsbG8=')?.toString()).toBe('hello')
    expect(readProtectedLine('226 done')).toBeUndefined()
    expect(readProtectedLine(writeProtectedLine(Buffer.from('x'), false).trimEnd())?.toString()).toBe('x')
  })
})

describe('markers', () => {
  test('of performance, as Globus servers write them', () => {
    const marker = { timestamp: 1795238123.5, stripe: 0, bytes: 420478976, stripes: 1 }
    expect(readPerformanceMarker({ code: 112, lines: writePerformanceMarker(marker) })).toEqual(marker)
    expect(() => readPerformanceMarker({ code: 112, lines: ['Perf Marker', 'End'] })).toThrow(ProtocolError)
  })

  test('of restart', () => {
    // The end of a Globus range is the first byte that is not there: byte 29 is missing.
    const marker = readRestartMarker({ code: 111, lines: ['Range Marker 0-29,30-89'] })
    expect([...marker]).toEqual([
      { start: 0, end: 29 },
      { start: 30, end: 89 },
    ])
    for (const text of ['Range Marker', 'Range Marker 5-3', 'Range Marker a-b', 'Range Marker 0-99999999999999999999'])
      expect(() => readRestartMarker({ code: 111, lines: [text] })).toThrow(ProtocolError)
  })
})

test('features are what a server says', () => {
  const lines = [
    'Extensions supported',
    ' CKSM MD5:10;ADLER32:10;SHA1:10;SHA256:11;SHA512:12;',
    ' REST STREAM',
    ' SIZE',
    'End.',
  ]
  const features = readFeatures({ code: 211, lines })
  expect(features.get('REST')).toBe('STREAM')
  expect(checksumsOf(features)).toEqual(['MD5', 'ADLER32', 'SHA1', 'SHA256', 'SHA512'])
  expect(readFeatures({ code: 500, lines: ['no'] }).size).toBe(0)
})

describe('a listing in the form of ls', () => {
  test.each([
    ['-rw-r--r--    1 1000     1000     12 Jan 01 12:00 a b', { name: 'a b', kind: 'file', size: 12 }],
    ['drwxr-xr-x+   2 ada      users  4096 Jan 01  2020 sub', { name: 'sub', kind: 'directory' }],
    ['lrwxrwxrwx    1 0        0         7 Dec 31 23:59 way -> /etc/x', { name: 'way', kind: 'other', link: '/etc/x' }],
    ['drwxr-xr-x    2 0        0      4096 Jan 01  2020 ..', { name: '..', isSelf: true }],
  ])('%s', (line, entry) => {
    expect(readLsLine(line)).toMatchObject(entry)
  })

  test('whatever comes, it is an entry or none', () => {
    expect(readLsLine('total 12')).toBeUndefined()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        const entry = readLsLine(text)
        if (entry !== undefined) expect(entry.name.length).toBeGreaterThan(0)
      }),
    )
  })
})
