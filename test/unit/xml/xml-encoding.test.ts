import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeXml, EncodingError, XmlDecoder } from '../../../src/xml/xml-encoding.ts'
import { cases } from './documents.ts'

const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le')
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const mark = '\ufeff'

describe('XmlDecoder', () => {
  it.each<[string, Buffer, string | undefined]>([
    ['UTF-8', Buffer.from('<é/>'), undefined],
    ['UTF-8 with charset', Buffer.from('<é/>'), 'UTF-8'],
    ['utf8 as some write it', Buffer.from('<é/>'), 'utf8'],
    ['UTF-8 with mark', Buffer.from(`${mark}<é/>`), undefined],
    ['UTF-16LE with mark', utf16le(`${mark}<é/>`), undefined],
    ['UTF-16BE with mark', utf16be(`${mark}<é/>`), undefined],
    ['UTF-16BE with mark and charset', utf16be(`${mark}<é/>`), 'utf-16'],
    ['UTF-16LE by charset', utf16le('<é/>'), 'utf-16le'],
    ['UTF-16BE by charset', utf16be('<é/>'), 'UTF-16BE'],
  ])('reads %s', (_, bytes, charset) => {
    expect(decodeXml(bytes, charset)).toBe('<é/>')
  })

  it('reads what the declaration says', () => {
    const text = '<?xml version="1.0" encoding="utf-16"?><é/>'
    expect(decodeXml(utf16be(text))).toBe(text)
    expect(decodeXml(utf16le(text))).toBe(text)
    expect(decodeXml(Buffer.from(text.replace('-16', '-8')))).toContain('<é/>')
  })

  it('keeps a second byte order mark as a character, for the reader to judge', () => {
    expect(decodeXml(Buffer.from(`${mark}${mark}<a/>`))).toBe(`${mark}<a/>`)
  })

  it.each<[string, Buffer, string | undefined, EncodingError['kind'], string]>([
    ['another charset', Buffer.from('<a/>'), 'ISO-8859-1', 'unsupported', 'iso-8859-1'],
    [
      'another declaration',
      Buffer.from('<?xml version="1.0" encoding="Latin1"?><a/>'),
      undefined,
      'unsupported',
      'latin1',
    ],
    ['the mark against the charset', utf16le(`${mark}<a/>`), 'utf-8', 'malformed', 'utf-8'],
    ['bytes against the charset', Buffer.from('<a/>'), 'utf-16', 'malformed', 'utf-16'],
    [
      'bytes against the declaration',
      Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a/>'),
      undefined,
      'malformed',
      'UTF-8',
    ],
    ['a byte order against the charset', utf16le(`${mark}<a/>`), 'utf-16be', 'malformed', 'utf-16be'],
    ['UTF-16 that nothing announces', utf16le('<a/>'), undefined, 'malformed', 'byte order mark'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), undefined, 'unsupported', 'UTF-32'],
    ['EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94]), undefined, 'unsupported', 'EBCDIC'],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff]), undefined, 'malformed', 'not valid UTF-8'],
    ['an overlong form', Buffer.from([0x3c, 0xc0, 0xbc]), undefined, 'malformed', 'not valid UTF-8'],
    ['a surrogate in UTF-8', Buffer.from([0x3c, 0xed, 0xa0, 0x80]), undefined, 'malformed', 'not valid UTF-8'],
    ['a character cut off', Buffer.from('<a>é').subarray(0, -1), undefined, 'malformed', 'not valid UTF-8'],
    ['UTF-16 cut off', utf16le(`${mark}<a/>`).subarray(0, -1), undefined, 'malformed', 'not valid UTF-16LE'],
  ])('refuses %s', (_, bytes, charset, kind, words) => {
    const decode = (): string => decodeXml(bytes, charset)
    expect(decode).toThrow(EncodingError)
    expect(decode).toThrow(words)
    expect(decode).toThrow(expect.objectContaining({ kind }))
  })

  it('gives the same text, or none, however the bytes are split', () => {
    const outcome = (pieces: readonly Uint8Array[]): string => {
      const decoder = new XmlDecoder()
      try {
        return pieces.map(piece => decoder.write(piece)).join('') + decoder.end()
      } catch (thrown) {
        if (thrown instanceof EncodingError) return 'refused'
        throw thrown
      }
    }
    const bytes = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }).map(text => Buffer.from(text)),
      fc.string({ unit: 'binary', maxLength: 60 }).map(text => utf16be(`${mark}${text}`)),
      fc.string({ unit: 'binary', maxLength: 60 }).map(text => utf16le(`${mark}<?xml version="1.0"?>${text}`)),
      fc.uint8Array({ maxLength: 80 }).map(array => Buffer.from(array)),
      fc
        .tuple(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 3 }))
        .map(([a, b]) => Buffer.concat([Buffer.from(a), b])),
    )
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 6 }), (whole, cuts) => {
        const at = [0, ...cuts.map(cut => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b)
        const pieces = at.slice(1).map((to, index) => whole.subarray(at[index], to))
        expect(outcome(pieces)).toBe(outcome([whole]))
        expect(outcome([...whole].map(byte => Uint8Array.of(byte)))).toBe(outcome([whole]))
      }),
      cases,
    )
  })

  it('decodes UTF-8 as Node does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(decodeXml(Buffer.from(`<a${text}`))).toBe(Buffer.from(`<a${text}`).toString())
      }),
      cases,
    )
  })
})
