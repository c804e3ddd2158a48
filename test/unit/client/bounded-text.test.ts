import { describe, expect, test } from 'vitest'
import { textIn } from '../../../src/client/bounded-text.ts'

const url = 'http://example.org/'
const text = '<a>café</a>'

describe('the text of an answer', () => {
  test.each([
    ['UTF-8', Buffer.from(text), 'text/xml; charset=utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), 'text/xml'],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'application/soap+xml'],
    ['ISO-8859-1 by its type', Buffer.from(text, 'latin1'), 'text/xml; charset="ISO-8859-1"'],
  ])('in %s', (_, bytes, type) => {
    expect(textIn(bytes, type, url)).toBe(text)
  })

  test('in ISO-8859-1 by its declaration', () => {
    const declared = `<?xml version="1.0" encoding="ISO-8859-1"?>${text}`
    expect(textIn(Buffer.from(declared, 'latin1'), 'text/xml', url)).toBe(declared)
  })

  test('in what nobody knows, or what it is not', () => {
    expect(() => textIn(Buffer.from(text), 'text/xml; charset=ebcdic', url)).toThrow('cannot be read')
    expect(() => textIn(Buffer.from(text, 'latin1'), 'text/xml', url)).toThrow('cannot be read')
  })

  test('that is no XML is UTF-8', () => {
    expect(textIn(Buffer.from('{"é":1}'), 'application/json', url)).toBe('{"é":1}')
  })
})
