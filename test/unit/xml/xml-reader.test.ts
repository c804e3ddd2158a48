import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { xmlNamespace } from '../../../src/xml/xml-characters.ts'
import { XmlError } from '../../../src/xml/xml-error.ts'
import type { XmlLimits } from '../../../src/xml/xml-limits.ts'
import { parseXml, XmlReader } from '../../../src/xml/xml-reader.ts'
import { brokenDocuments, cases, documents } from './documents.ts'
import { plainTree } from './plain-tree.ts'

const refusal = (text: string, limits: Partial<XmlLimits> = {}): XmlError => {
  try {
    parseXml(text, limits)
  } catch (thrown) {
    if (thrown instanceof XmlError) return thrown
    throw thrown
  }
  throw new Error(`accepted: ${text}`)
}

describe('XmlReader', () => {
  it('reads names, attributes, text and prefixes', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<a xmlns="urn:a" xmlns:b="urn:b" b:x=" 1\n2&#10;&amp;">t&lt;<b:c/>u</a >\n',
    )
    expect(plainTree(root)).toEqual({
      name: '{urn:a}a',
      attributes: ['{urn:b}x= 1 2\n&'],
      children: ['t<', { name: '{urn:b}c', attributes: [], children: [] }, 'u'],
    })
    expect(root.prefixes.get('b')).toBe('urn:b')
    expect(root.prefixes.get('')).toBe('urn:a')
    expect(root.prefixes.get('xml')).toBe(xmlNamespace)
    expect(root.prefixes.get('c')).toBeUndefined()
    expect([...root.prefixes.keys()].sort()).toEqual(['', 'b', 'xml'])
  })

  it('merges text around comments, instructions and CDATA', () => {
    expect(parseXml('<a>1<!-- x -->2<?p q?>3<![CDATA[<&]]]]>4]]&gt;</a>').children).toEqual(['123<&]]4]]>'])
  })

  it('normalises line ends in text, but not what references stand for', () => {
    expect(textOf(parseXml('<a>1\r\n2\r3&#13;\n4</a>'))).toBe('1\n2\n3\r\n4')
    expect(parseXml('<a b="1\r\n2\r3&#13;&#9;"/>').attributes[0]?.value).toBe('1 2 3\r\t')
  })

  it('gives back outer declarations when inner ones end', () => {
    const root = parseXml(
      '<p:a xmlns:p="urn:1"><b xmlns="urn:2" xmlns:p="urn:3"><p:c/><d xmlns=""/></b><p:e/><f/></p:a>',
    )
    const names = (element: XmlElement): string[] => [
      `{${element.namespace}}${element.local}`,
      ...childElements(element).flatMap(names),
    ]
    expect(names(root)).toEqual(['{urn:1}a', '{urn:2}b', '{urn:3}c', '{}d', '{urn:1}e', '{}f'])
  })

  it.each([
    ['', 'no root element'],
    [' \n ', 'no root element'],
    ['text', 'outside the root'],
    ['<a/>text', 'outside the root'],
    ['<a/>&amp;', 'outside the root'],
    ['<![CDATA[x]]><a/>', 'outside the root'],
    ['\ufeff<a/>', 'outside the root'],
    ['<a>', 'ends inside <a>'],
    ['<a', 'ends inside a tag'],
    ['<a/><b/>', 'second root'],
    ['</a>', 'no element is open'],
    ['<a></b>', 'cannot end it'],
    ['<a></ab>', 'cannot end it'],
    ['<ab></a>', 'cannot end it'],
    ['<a></a b="">', 'cannot end it'],
    ['<!DOCTYPE a><a/>', 'DOCTYPE'],
    ['<!ELEMENT a><a/>', 'only a comment or a CDATA'],
    ['<a b="1" b="2"/>', 'stands twice'],
    ['<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="" q:b=""/>', 'stands twice'],
    [`<a ${Array.from({ length: 12 }, (_, i) => `b${i}=""`).join(' ')} b3=""/>`, 'stands twice'],
    ['<a xmlns:p="urn:x" xmlns:p="urn:y"/>', 'declared twice'],
    ['<a:b/>', 'prefix of <a:b> is not declared'],
    ['<a b:c=""/>', 'prefix of the attribute b:c'],
    ['<xmlns:a/>', 'not declared'],
    ['<a xmlns:b=""/>', 'empty namespace'],
    ['<a xmlns:xml="urn:x"/>', 'always'],
    [`<a xmlns="${xmlNamespace}"/>`, 'Only the prefix xml'],
    ['<a xmlns:xmlns="urn:x"/>', 'cannot be declared'],
    ['<a xmlns:b="http://www.w3.org/2000/xmlns/"/>', 'No prefix'],
    ['<a b:c:d="" xmlns:b="urn:x"/>', 'cannot go on'],
    ['<a b=c/>', 'in quotes'],
    ['<a b/>', 'has no ='],
    ['<a b="<"/>', 'has a <'],
    ['<a b="1"c="2"/>', 'white space'],
    ['<a/ >', 'not before its >'],
    ['<a>]]></a>', ']]>'],
    ['<a>&nbsp;</a>', '&nbsp; is not defined'],
    ['<a>& </a>', 'must be written &amp;'],
    ['<a>&#0;</a>', 'U+0000'],
    ['<a>&#xD800;</a>', 'U+D800'],
    ['<a>&#x110000;</a>', 'U+110000'],
    ['<a>&#;</a>', 'character reference'],
    ['<a>&#99999999999;</a>', 'character reference'],
    ['<a>\0</a>', 'U+0000'],
    ['<a>\ud800</a>', 'U+D800'],
    ['<a>\udc00\ud800</a>', 'U+DC00'],
    ['<a>\uffff</a>', 'U+FFFF'],
    ['<a><!-- -- --></a>', 'two hyphens'],
    ['<a><!-- --->', 'two hyphens'],
    ['<a><![CDATA[x</a>', 'inside a CDATA'],
    [' <?xml version="1.0"?><a/>', 'only at the very beginning'],
    ['<a/><?xml version="1.0"?>', 'only at the very beginning'],
    ['<?XML version="1.0"?><a/>', 'only at the very beginning'],
    ['<?xml version="1.1"?><a/>', 'only 1.0'],
    ['<?xml encoding="utf-8"?><a/>', 'ill-formed'],
    ['<?a:b?><a/>', 'without a colon'],
    ['<??><a/>', 'begin with a name'],
  ])('refuses %j', (text, reason) => {
    const error = refusal(text)
    expect(error.message).toContain(reason)
    expect(error.kind).toBe('malformed')
  })

  it('says where', () => {
    expect(refusal('<a>\n  <b>\r\n &x;</b></a>')).toMatchObject({ line: 3, column: 2 })
    const late = refusal(`<a>${'line\n'.repeat(30_000)}<b c="1"c=""/></a>`)
    expect(late).toMatchObject({ line: 30_001, column: 9 })
  })

  it.each<[string, Partial<XmlLimits>, string]>([
    ['<a><a><a/></a></a>', { depth: 2 }, 'deeper than 2'],
    ['<a><b/><b/></a>', { elements: 2 }, 'more than 2 elements'],
    ['<a b="" c="" d=""/>', { attributes: 2 }, 'more than 2 attributes'],
    ['<abcdef/>', { name: 5 }, 'name is longer than 5'],
    ['<a b="123456"/>', { attributeValue: 5 }, 'longer than 5'],
    [`<a ${'b'.repeat(40)}="1"/>`, { token: 20 }, 'longer than 20'],
    [`<a><!--${'b'.repeat(40)}--></a>`, { token: 20 }, 'longer than 20'],
    [`<a>${'b'.repeat(40)}</a>`, { characters: 30 }, 'longer than 30'],
  ])('keeps limits: %j', (text, limits, reason) => {
    const error = refusal(text, limits)
    expect(error.message).toContain(reason)
    expect(error.kind).toBe('limit')
  })

  it('ends a token without end at the limit, not at the end of the input', () => {
    for (const begin of ['<', '<a b="', '<a ', '<a><!--', '<?p ', '<a></a', '<a>&']) {
      const reader = new XmlReader({ limits: { token: 1000, name: 100, attributeValue: 500 } })
      let written = 0
      expect(() => {
        reader.write(begin)
        const filler = begin === '<a ' || begin === '<a></a' ? ' ' : 'x'
        for (; written < 1_000_000; written += 100) reader.write(filler.repeat(100))
      }).toThrow(XmlError)
      expect(written).toBeLessThan(20_000)
    }
  })

  it('fails again with the same error once it has failed', () => {
    const reader = new XmlReader()
    expect(() => reader.write(`<a></b>${' '.repeat(5000)}`)).toThrow('cannot end it')
    expect(() => reader.write('<c/>')).toThrow('cannot end it')
    expect(() => reader.end()).toThrow('cannot end it')
  })

  it('reads the same however the text is split', () => {
    const outcome = (pieces: readonly string[]): unknown => {
      // Long enough that pieces are parsed as they come and not all at the end.
      const reader = new XmlReader()
      try {
        for (const piece of pieces) reader.write(piece)
        return plainTree(reader.end())
      } catch (thrown) {
        if (thrown instanceof XmlError) return thrown.message
        throw thrown
      }
    }
    fc.assert(
      fc.property(
        fc.oneof(documents, brokenDocuments),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.constantFrom('', ' '.repeat(4090), 'é'.repeat(4095), 'x]'.repeat(3000)),
        (text, cuts, filler) => {
          const long = text.replace(/<!-- outside -->|<!---->/, () => `<!--${filler}-->`)
          const at = [...cuts.map(cut => cut % (long.length + 1)), 0, long.length].sort((a, b) => a - b)
          const pieces = at.slice(1).map((to, index) => long.slice(at[index], to))
          // An error found at another moment may be another one: only whether there is one must agree.
          const [whole, split] = [outcome([long]), outcome(pieces)]
          if (typeof whole === 'string') expect(typeof split).toBe('string')
          else expect(split).toEqual(whole)
        },
      ),
      cases,
    )
  })

  it('reads a long document the same from single characters', () => {
    const part = '<b c="1 &amp; 2">t\r\n&#x1F600;😀 ]] <![CDATA[ ]] ]]><!-- - --><?p q?></b >'
    const text = `<?xml version="1.0"?><a xmlns="urn:a">${part.repeat(300)}</a>`
    const reader = new XmlReader()
    for (const unit of text.split('')) reader.write(unit)
    expect(plainTree(reader.end())).toEqual(plainTree(parseXml(text)))
  })
})
