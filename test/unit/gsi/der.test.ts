import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { parseCertificate } from '../../../src/gsi/certificate.ts'
import { parseCrl } from '../../../src/gsi/crl.ts'
import { DerError, DerReader, readDer } from '../../../src/gsi/der.ts'
import { readBoolean, readIntegerHex, readNamedBits, readOid, readTime } from '../../../src/gsi/der-primitives.ts'
import { der, derInteger, derNamedBits, derOid, derTime } from '../../../src/gsi/der-writer.ts'
import { readName } from '../../../src/gsi/dn.ts'
import { ipOctets } from '../../../src/gsi/ip-octets.ts'
import { proxy, root, user } from './test-pki.ts'

const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }
vi.setConfig({ testTimeout: 20_000 + runs.numRuns * 20 })
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('strict DER', () => {
  test.each([
    ['nothing', ''],
    ['a cut-off value', '30 03 02 01'],
    ['trailing garbage', '05 00 00'],
    ['an indefinite length', '30 80 00 00'],
    ['a long form where the short one fits', '04 81 01 00'],
    ['a length with a leading zero', '04 82 00 81'],
    ['a length of five octets', '04 85 00 00 00 00 01 00'],
    ['a length of four octets beyond the end', '04 84 ff ff ff ff'],
    ['a tag of several octets', '1f 81 01 00'],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(DerError)
  })

  test('refuses primitives with octets too many or too few', () => {
    for (const bad of ['01 01 01', '01 00', '01 02 ff ff'])
      expect(() => readBoolean(readDer(hex(bad)), 'x')).toThrow(DerError)
    for (const bad of ['02 00', '02 02 00 01', '02 02 ff 80']) {
      expect(() => readIntegerHex(readDer(hex(bad)), 'x')).toThrow(DerError)
    }
    for (const bad of ['06 00', '06 02 80 01', '06 01 81'])
      expect(() => readOid(readDer(hex(bad)), 'x')).toThrow(DerError)
    for (const bad of ['03 00', '03 01 01', '03 02 08 00', '03 02 01 01']) {
      expect(() => readNamedBits(readDer(hex(bad)), 'x')).toThrow(DerError)
    }
    for (const bad of ['250229000000Z', '2501010000Z', '250101000000+0100', '251301000000Z', '250101240000Z']) {
      expect(() => readTime(readDer(der(0x17, Buffer.from(bad))), 'x')).toThrow(DerError)
    }
    expect(readIntegerHex(readDer(hex('02 01 80')), 'x')).toBe('-80')
  })

  test('a part that nobody asked for is noticed', () => {
    const reader = DerReader.open(hex('30 06 02 01 01 02 01 02'), 0x30, 'It')
    reader.next(0x02)
    expect(() => reader.end()).toThrow('It has a part too many.')
  })

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.uint8Array({ maxLength: 70_000 }), (number, bytes) => {
        expect(readIntegerHex(readDer(derInteger(number)), 'x')).toBe(number.toString(16))
        expect(readDer(der(0x04, bytes)).content.equals(bytes)).toBe(true)
      }),
      runs,
    )
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), arcs => {
        const dotted = [2, 999, ...arcs].join('.')
        expect(readOid(readDer(derOid(dotted)), 'x')).toBe(dotted)
      }),
      runs,
    )
    fc.assert(
      fc.property(fc.integer({ min: -2e9, max: 6e10 }), seconds => {
        expect(readTime(readDer(derTime(seconds * 1000)), 'x')).toBe(seconds * 1000)
      }),
      runs,
    )
    expect([...readNamedBits(readDer(derNamedBits([0, 2, 8])), 'x')]).toEqual([0, 2, 8])
  })

  test('random bytes and mutated certificates never do anything but throw DerError', () => {
    const ca = root()
    const seeds = [ca, user(ca), proxy(user(ca))].map(({ certificate }) => certificate.der)
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 6 }))
      .map(([seed, edits]) => {
        const bytes = Buffer.from(seed)
        for (const [at, value] of edits) bytes[at % bytes.length] = value
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated), bytes => {
        for (const parse of [parseCertificate, parseCrl, readName]) {
          try {
            parse(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(DerError)
          }
        }
      }),
      runs,
    )
  })

  test('IP addresses as octets', () => {
    expect(ipOctets('127.0.0.1').toString('hex')).toBe('7f000001')
    expect(ipOctets('::1').toString('hex')).toBe('00000000000000000000000000000001')
    expect(ipOctets('2001:db8::a:0:1').toString('hex')).toBe('20010db800000000'.concat('0000000a00000001'))
    expect(ipOctets('::ffff:1.2.3.4').toString('hex')).toBe('00000000000000000000ffff01020304')
    expect(() => ipOctets('host')).toThrow('no IP address')
  })
})
