import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Base64Sink } from '../../../src/xml/base64-sink.ts'
import type { SpooledBytes } from '../../../src/xml/byte-spool.ts'
import { attributeOf, childElements, textOf } from '../../../src/xml/tree.ts'
import { SinkRefusal, XmlError } from '../../../src/xml/xml-error.ts'
import { XmlReader } from '../../../src/xml/xml-reader.ts'
import { cases } from './documents.ts'

const inMemory = { maxBytes: 1e6, memoryBytes: 1e6 }

function decode(pieces: readonly string[], options = inMemory): Buffer {
  const sink = new Base64Sink(options)
  for (const piece of pieces) sink.write(piece)
  const result = sink.end()
  if (result.kind !== 'memory') throw new Error('not in memory')
  expect(result.size).toBe(result.bytes.length)
  return result.bytes
}

describe('Base64Sink', () => {
  it('decodes what Node encodes, however it is split and spaced', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 8 }), (bytes, cuts) => {
        const text = Buffer.from(bytes).toString('base64')
        const at = [0, ...cuts.map(cut => cut % (text.length + 1)), text.length].sort((a, b) => a - b)
        const pieces = at.slice(1).map((to, index) => ` ${text.slice(at[index], to)}\r\n\t`)
        expect(decode(pieces)).toEqual(Buffer.from(bytes))
      }),
      cases,
    )
  })

  it('decodes long text from single characters', () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i & 255))
    expect(decode(bytes.toString('base64').split(''))).toEqual(bytes)
  })

  it.each([
    'A',
    'AA',
    'AAA',
    'AAAAA',
    'AA=',
    'A===',
    '====',
    '=',
    'AA==AAAA',
    'AA==AA==',
    'AAAA=',
    'AA=A',
    'A=AA',
    'AB==',
    'AAB=',
    'AA-_',
    'AA!A',
    'AAAA\0',
    'ÀAAA',
    'AA＝＝',
  ])('refuses %j, at once or at the end', text => {
    expect(() => decode([text])).toThrow(SinkRefusal)
    expect(() => decode(text.split(''))).toThrow(SinkRefusal)
    expect(() => decode(['AAAA'.repeat(2000), text])).toThrow(SinkRefusal)
  })

  it('accepts exactly what the lexical rule of xsd:base64Binary accepts', () => {
    // XML Schema Part 2, section 3.2.16, its grammar written as one expression.
    const rule = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('A', 'B', 'Q', 'w', '=', '+', '/', ' ', '-')).map(parts => parts.join('')),
        text => {
          let accepted = true
          try {
            decode([text])
          } catch {
            accepted = false
          }
          expect(accepted).toBe(rule.test(text.replaceAll(' ', '')))
        },
      ),
      cases,
    )
  })

  it('hands what is beyond the memory to the writer, in order', () => {
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7) & 255))
    const written: Buffer[] = []
    let opened = 0
    const sink = new Base64Sink({
      maxBytes: 100_000,
      memoryBytes: 10_000,
      open: () => {
        opened++
        return { write: chunk => written.push(chunk), end: () => 'the spool file' }
      },
    })
    const text = bytes.toString('base64')
    for (let at = 0; at < text.length; at += 1111) sink.write(text.slice(at, at + 1111))
    expect(sink.end()).toEqual({ kind: 'written', written: 'the spool file', size: 50_000 })
    expect(opened).toBe(1)
    expect(Buffer.concat(written)).toEqual(bytes)
  })

  it('stops at its maximum', () => {
    const sink = new Base64Sink({ maxBytes: 5000, memoryBytes: 10_000 })
    let given = 0
    expect(() => {
      for (; given < 1e6; given += 1000) sink.write('A'.repeat(1000))
    }).toThrow('larger than 5000 bytes')
    expect(given).toBeLessThan(20_000)
  })
})

describe('XmlReader with a sink', () => {
  const read = (text: string, limits = {}): ReturnType<XmlReader['end']> => {
    const reader = new XmlReader({
      limits,
      streamElement: (namespace, local, depth) =>
        namespace === 'urn:x' && local === 'content' && depth > 1 ? new Base64Sink(inMemory) : undefined,
    })
    reader.write(text)
    return reader.end()
  }

  it('streams the text of chosen elements only', () => {
    const root = read(
      '<a xmlns="urn:x">1<content n="f">aGVs<!-- c -->\nbG8<![CDATA[=]]></content><content/>2<content xmlns="">text</content></a>',
    )
    const [first, empty, other] = childElements(root)
    const result = first?.streamed?.streamed as SpooledBytes
    expect(result).toMatchObject({ kind: 'memory', size: 5, bytes: Buffer.from('hello') })
    expect(first?.children).toEqual([])
    expect(first && attributeOf(first, '', 'n')).toBe('f')
    expect(empty?.streamed?.streamed).toMatchObject({ size: 0 })
    expect(other?.streamed).toBeUndefined()
    expect(other && textOf(other)).toBe('text')
    expect(root.children.filter(child => typeof child === 'string')).toEqual(['1', '2'])
  })

  it('does not count streamed characters', () => {
    const content = 'A'.repeat(400_000)
    const text = (element: string): string => `<a xmlns="urn:x"><${element}>${content}</${element}></a>`
    expect(childElements(read(text('content'), { characters: 1000 }))[0]?.streamed?.streamed).toMatchObject({
      size: 300_000,
    })
    expect(() => read(text('other'), { characters: 1000 })).toThrow('longer than 1000')
  })

  it('turns a refusal into an error with its place', () => {
    expect(() => read('<a xmlns="urn:x">\n<content>a!b</content></a>')).toThrow(
      /"!" is not a character of base64 \(line 2/,
    )
    expect(() => read(`<a xmlns="urn:x"><content>${'A'.repeat(4_000_000)}</content></a>`)).toThrow(
      expect.objectContaining({ kind: 'limit' }),
    )
  })

  it('refuses elements inside', () => {
    expect(() => read('<a xmlns="urn:x"><content>aGVs<b/></content></a>')).toThrow(XmlError)
    expect(() => read('<a xmlns="urn:x"><content><b/></content></a>')).toThrow('holds text only')
  })

  it("lets an error of the sink's own through as it is", () => {
    const full = new Error('no space left on device')
    const reader = new XmlReader({
      streamElement: () => ({
        write: () => {
          throw full
        },
        end: () => undefined,
      }),
    })
    expect(() => {
      reader.write('<a>text</a>')
      reader.end()
    }).toThrow(full)
  })
})
