import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { der, derOid, derSequence, derSetOf } from '../../../src/gsi/der-writer.ts'
import {
  appendCommonName,
  commonNameBeyond,
  nameFromSlashForm,
  parseSlashForm,
  readName,
  rfc4514,
} from '../../../src/gsi/dn.ts'
import { subjectHash } from '../../../src/gsi/subject-hash.ts'

const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }
vi.setConfig({ testTimeout: 20_000 + runs.numRuns * 20 })

const nameOf = (...rdns: readonly (readonly [type: string, tag: number, value: Buffer])[][]) =>
  readName(
    derSequence(
      ...rdns.map(rdn => derSetOf(rdn.map(([type, tag, value]) => derSequence(derOid(type), der(tag, value))))),
    ),
  )

describe('distinguished names', () => {
  test('as Globus prints them', () => {
    expect(nameFromSlashForm('/DC=org/DC=example/CN=Alice Tester').slash).toBe('/DC=org/DC=example/CN=Alice Tester')
    expect(nameFromSlashForm('/CN=Zoë').slash).toBe('/CN=Zo\\xC3\\xAB')
    expect(nameFromSlashForm('/emailAddress=a@b.example/UID=a').slash).toBe('/emailAddress=a@b.example/UID=a')
    expect(nameOf([['1.2.3.4', 0x0c, Buffer.from('x')]]).slash).toBe('/1.2.3.4=x')
    const multi = nameOf([
      ['2.5.4.3', 0x13, Buffer.from('A')],
      ['2.5.4.11', 0x13, Buffer.from('B')],
    ])
    expect(multi.slash).toBe('/CN=A+OU=B')
  })

  test('as LDAP writes them (RFC 4514)', () => {
    expect(rfc4514(nameFromSlashForm('/DC=org/O=a, b/CN= #x '))).toBe('CN=\\ #x\\ ,O=a\\, b,DC=org')
    expect(rfc4514(nameFromSlashForm('/CN=Zoë "z" <a+b;c\\=d>'))).toBe('CN=Zoë \\"z\\" \\<a\\+b\\;c\\\\=d\\>')
    expect(rfc4514(nameOf([['1.2.3.4', 0x0c, Buffer.from('x')]]))).toBe('1.2.3.4=#0c0178')
    expect(rfc4514(nameOf([['2.5.4.3', 0x1e, Buffer.from('005a006f00eb', 'hex')]]))).toBe('CN=Zoë')
  })

  test('a value that would read as another attribute is ambiguous', () => {
    for (const value of ['x/CN=y', 'x/1.2.3=y', '/O=', 'a+OU=b', '\\x41']) {
      expect(nameOf([['2.5.4.3', 0x0c, Buffer.from(value)]]).ambiguous).toBe(value)
    }
    for (const value of ['host/a.example', 'a=b', 'a+b', 'x/', '1/2 = 3', 'back\\slash']) {
      expect(nameOf([['2.5.4.3', 0x0c, Buffer.from(value)]]).ambiguous).toBeUndefined()
    }
  })

  test('two names with the same slash form and no ambiguity have the same parts', () => {
    const value = fc.stringMatching(/^[ABO/+=. \\x]{0,6}$/)
    const parts = fc.array(fc.tuple(fc.constantFrom('2.5.4.3', '2.5.4.10'), value), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(parts, attributes => {
        const name = nameOf(...attributes.map(([type, text]) => [[type, 0x0c, Buffer.from(text)] as const]))
        if (name.ambiguous !== undefined) return
        const read = parseSlashForm(name.slash).map(({ label, value: text }) => [
          label === 'CN' ? '2.5.4.3' : '2.5.4.10',
          text,
        ])
        expect(read).toEqual(attributes)
      }),
      runs,
    )
  })

  test('a CN is appended without touching what stands before it', () => {
    const base = nameOf([['2.5.4.10', 0x14, Buffer.from([0xe9])]])
    const longer = appendCommonName(base, '42')
    expect(commonNameBeyond(base, longer)).toBe('42')
    expect(commonNameBeyond(base, base)).toBeUndefined()
    expect(commonNameBeyond(base, appendCommonName(longer, '43'))).toBeUndefined()
    // The same text as another string type is another name.
    expect(commonNameBeyond(nameOf([['2.5.4.10', 0x0c, Buffer.from('é')]]), longer)).toBeUndefined()
  })

  test('a slash form that is none is refused with the way out', () => {
    expect(() => nameFromSlashForm('CN=Alice')).toThrow('write it like /DC=org/DC=example/CN=Alice')
    expect(() => nameFromSlashForm('/XX=Alice')).toThrow('"XX" in "/XX=Alice" is no known attribute')
  })

  test('the subject hash folds case and blanks', () => {
    expect(subjectHash(nameFromSlashForm('/O=A  Grid/CN= x '))).toBe(subjectHash(nameFromSlashForm('/O=a grid/CN=X')))
  })
})
