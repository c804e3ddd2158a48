import { describe, expect, it } from 'vitest'
import { XmlError } from '../../../src/xml/xml-error.ts'
import { XmlReader } from '../../../src/xml/xml-reader.ts'

const unlimited = {
  depth: 1e9,
  characters: 1e9,
  elements: 1e9,
  attributes: 1e9,
  name: 1e9,
  attributeValue: 1e9,
  token: 1e9,
}

/** Processor time of reading a document in pieces of a length, the lesser of two runs, in microseconds. */
function effort(text: string, pieceLength: number): number {
  const runs = [1, 2].map(() => {
    const before = process.cpuUsage()
    const reader = new XmlReader({ limits: unlimited })
    try {
      for (let at = 0; at < text.length; at += pieceLength) reader.write(text.slice(at, at + pieceLength))
      reader.end()
    } catch (thrown) {
      if (!(thrown instanceof XmlError)) throw thrown
    }
    const used = process.cpuUsage(before)
    return used.user + used.system
  })
  return Math.min(...runs)
}

/** Documents by size, in some unit, each of which is a way to make a careless reader do quadratic work. */
const hostile: Record<string, (size: number) => string> = {
  'one long text': n => `<a>${'x'.repeat(n)}</a>`,
  'nested tags': n => '<a>'.repeat(n / 8) + '</a>'.repeat(n / 8),
  'nested declarations': n => Array.from({ length: n / 32 }, (_, i) => `<a xmlns:p${i}="urn:${i}">`).join(''),
  'attributes of one element': n => `<a ${Array.from({ length: n / 8 }, (_, i) => `b${i}=""`).join(' ')}/>`,
  'declarations of one element': n => `<a ${Array.from({ length: n / 16 }, (_, i) => `xmlns:b${i}="u"`).join(' ')}/>`,
  'siblings under many prefixes': n =>
    `<a ${Array.from({ length: n / 32 }, (_, i) => `xmlns:b${i}="u"`).join(' ')}>${'<c xmlns:d="e"/>'.repeat(n / 32)}</a>`,
  'less-than signs': n => `<a>${'<'.repeat(n)}`,
  ampersands: n => `<a>${'&'.repeat(n)}`,
  references: n => `<a>${'&amp;'.repeat(n / 4)}</a>`,
  brackets: n => `<a>${']'.repeat(n)}</a>`,
  'one long name': n => `<${'a'.repeat(n)}/>`,
  'one long attribute value': n => `<a b="${'&lt; '.repeat(n / 4)}"/>`,
  'one long comment': n => `<a><!--${'- '.repeat(n / 2)}--></a>`,
  'comments without end': n => `<a>${'<!-- '.repeat(n / 4)}`,
  'many comments': n => `<a>${'<!---->'.repeat(n / 8)}</a>`,
  'many CDATA sections': n => `<a>${'<![CDATA[]]>'.repeat(n / 8)}</a>`,
  'one long instruction': n => `<a><?p ${'? '.repeat(n / 2)}?></a>`,
  'spaces in a tag': n => `<a${' '.repeat(n)}>`,
  'spaces in an end tag': n => `<a></a${' '.repeat(n)}>`,
  'spaces in the declaration': n => `<?xml version="1.0"${' '.repeat(n)}`,
  'lines in the prolog': n => '\n'.repeat(n),
  'carriage returns': n => `<a>${'\r'.repeat(n)}</a>`,
  'surrogate pairs': n => `<a>${'😀'.repeat(n / 2)}</a>`,
}

describe('the work of XmlReader', () => {
  it.each(Object.keys(hostile))('grows with the document and no faster: %s', name => {
    const make = hostile[name]
    if (make === undefined) throw new Error(name)
    const base = 32_768
    for (const pieceLength of [1, 1000, 1e9]) {
      effort(make(base), pieceLength)
      const ratio = (effort(make(base * 8), pieceLength) + 1000) / (effort(make(base), pieceLength) + 1000)
      // 8 when linear, 64 when quadratic.
      expect(ratio).toBeLessThan(30)
    }
  })
})
