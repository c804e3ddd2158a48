import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { qname } from '../../../src/core/qname.ts'
import { childElements, isElement, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { writeElement } from '../../../src/xml/write-element.ts'
import { escapeAttribute, escapeText } from '../../../src/xml/xml-escape.ts'
import { parseXml, XmlReader } from '../../../src/xml/xml-reader.ts'
import { XmlWriter, xmlText } from '../../../src/xml/xml-writer.ts'
import { cases, documents } from './documents.ts'
import { plainTree } from './plain-tree.ts'

/** What a text becomes that holds what XML cannot. */
const representable = (text: string): string =>
  text
    .toString()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\ud800', '\udc00', '\0', ']]>', '\r', '\n', '\t', '&', '<', '"', "'", '\ufffe', 'a', '😀'))
    .map(parts => parts.join('')),
)

describe('escaping', () => {
  it('survives reading, but for characters that XML does not allow', () => {
    fc.assert(
      fc.property(anyText, text => {
        const root = parseXml(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`)
        expect(textOf(root)).toBe(representable(text))
        expect(root.attributes[0]?.value).toBe(representable(text))
      }),
      cases,
    )
  })

  it('leaves plain text as it is', () => {
    expect(escapeText('plain\ttext\n"quoted" \'so\' é😀')).toBe('plain\ttext\n"quoted" \'so\' é😀')
    expect(escapeText('a<b&c]]>\r')).toBe('a&lt;b&amp;c]]&gt;&#13;')
    expect(escapeAttribute('a\t"\n')).toBe('a&#9;&quot;&#10;')
  })
})

describe('XmlWriter', () => {
  const tns = 'urn:gridwrap:app:needle'

  it('declares prefixes once, on the root', () => {
    const writer = new XmlWriter({ tns, xsi: 'http://www.w3.org/2001/XMLSchema-instance' })
    const child = writer.element(qname(tns, 'name'), {
      '{http://www.w3.org/2001/XMLSchema-instance}nil': false,
      size: 3,
      none: undefined,
    })
    const other = writer.textElement(qname('urn:other', 'x'), '<&>')
    expect(writer.root(qname(tns, 'run'), { type: writer.qnameValue(qname('urn:types', 't')) }, [child, other])).toBe(
      '<tns:run xmlns:tns="urn:gridwrap:app:needle" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns1="urn:other" xmlns:ns2="urn:types" type="ns2:t">' +
        '<tns:name xsi:nil="false" size="3"/><ns1:x>&lt;&amp;&gt;</ns1:x></tns:run>',
    )
  })

  it('uses the default namespace for elements and never for attributes', () => {
    const writer = new XmlWriter({ '': tns })
    const root = parseXml(
      writer.root(qname(tns, 'a'), { [`{${tns}}b`]: '1', c: '2', '{http://www.w3.org/XML/1998/namespace}lang': 'en' }),
    )
    expect(plainTree(root)).toEqual({
      name: `{${tns}}a`,
      attributes: ['{http://www.w3.org/XML/1998/namespace}lang=en', `{${tns}}b=1`, '{}c=2'],
      children: [],
    })
    expect(() => writer.element(qname('', 'x'))).toThrow('default namespace')
  })

  it('refuses what cannot be a name', () => {
    const writer = new XmlWriter()
    for (const local of ['', 'a b', '1a', 'a:b', 'a>', '-', '\ud800']) {
      expect(() => writer.element(qname('', local))).toThrow('cannot be the name')
      expect(() => writer.element(qname('', 'a'), { [local]: '1' })).toThrow('cannot be the name')
    }
    expect(() => writer.element(qname('', 'a'), { xmlns: 'urn:x' })).toThrow('declared by the writer')
    expect(() => new XmlWriter({ 'a b': 'urn:x' })).toThrow('cannot be a prefix')
    expect(() => new XmlWriter({ xmlfoo: 'urn:x' })).toThrow('cannot be a prefix')
    expect(() => new XmlWriter({ a: '' })).toThrow('No prefix')
  })

  it('writes trees that read back the same', () => {
    const name = fc.record({
      namespace: fc.constantFrom('', 'urn:1', 'urn:2', 'urn:3&"<'),
      local: fc.constantFrom('a', 'b', 'é'),
    })
    const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
      tree: fc.record({
        name,
        attributes: fc.dictionary(fc.constantFrom('x', '{urn:1}x', '{urn:3&"<}y'), anyText),
        children: fc.array(fc.oneof({ maxDepth: 3 }, anyText, tie('tree')), { maxLength: 3 }),
      }),
    }))
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom({}, { p: 'urn:1' }, { ns1: 'urn:2' }),
        (shape, prefixes: Record<string, string>) => {
          const writer = new XmlWriter(prefixes)
          const content = shape.children.map(child => markupOf(writer, child))
          const written = writer.root(shape.name, shape.attributes, content)
          expect(plainTree(parseXml(written))).toEqual(expected(shape))
          const embedded = parseXml(`<outer xmlns="urn:outer" xmlns:p="urn:q" xmlns:ns1="urn:r">${written}</outer>`)
          expect(childElements(embedded).map(plainTree)).toEqual([expected(shape)])
        },
      ),
      cases,
    )
  })
})

interface Tree {
  name: { namespace: string; local: string }
  attributes: Record<string, string>
  children: (string | Tree)[]
}

const markupOf = (writer: XmlWriter, node: string | Tree): ReturnType<typeof xmlText> =>
  typeof node === 'string'
    ? xmlText(node)
    : writer.element(
        node.name,
        node.attributes,
        node.children.map(child => markupOf(writer, child)),
      )

function expected(tree: Tree): ReturnType<typeof plainTree> {
  const children: (string | ReturnType<typeof plainTree>)[] = []
  for (const child of tree.children) {
    const last = children.at(-1)
    if (typeof child !== 'string') children.push(expected(child))
    else if (typeof last === 'string') children[children.length - 1] = last + representable(child)
    else if (child !== '') children.push(representable(child))
  }
  return {
    name: `{${tree.name.namespace}}${tree.name.local}`,
    attributes: Object.entries(tree.attributes)
      .map(([key, value]) => `${key.startsWith('{') ? key : `{}${key}`}=${representable(value)}`)
      .sort(),
    children,
  }
}

describe('writeElement', () => {
  /** The prefixes in scope everywhere; the empty namespace for the default is the same as none. */
  const scopes = (element: XmlElement): unknown => ({
    prefixes: [...element.prefixes].filter(([, namespace]) => namespace !== '').sort(),
    children: element.children.filter(isElement).map(scopes),
  })

  it('writes what reads back the same, prefixes in scope included', () => {
    fc.assert(
      fc.property(documents, text => {
        let tree: XmlElement
        try {
          tree = parseXml(text)
        } catch {
          return
        }
        const again = parseXml(writeElement(tree))
        expect(plainTree(again)).toEqual(plainTree(tree))
        expect(scopes(again)).toEqual(scopes(tree))
        const [inner] = childElements(parseXml(`<o xmlns="urn:o" xmlns:p="urn:o2">${writeElement(tree)}</o>`))
        expect(inner && plainTree(inner)).toEqual(plainTree(tree))
        // A part of a tree takes the declarations of its ancestors with it.
        for (const child of childElements(tree)) {
          const alone = parseXml(writeElement(child))
          expect(plainTree(alone)).toEqual(plainTree(child))
          expect(scopes(alone)).toEqual(scopes(child))
        }
      }),
      cases,
    )
  })

  it('makes prefixes for trees that have none', () => {
    const none = { attributes: [], children: [], prefixes: new Map(), streamed: undefined }
    const tree: XmlElement = {
      ...none,
      namespace: 'urn:a',
      local: 'a',
      attributes: [{ namespace: 'urn:b', local: 'b', value: '1' }],
      children: [
        { ...none, namespace: '', local: 'c' },
        { ...none, namespace: 'urn:b', local: 'd' },
      ],
    }
    expect(plainTree(parseXml(writeElement(tree)))).toEqual(plainTree(tree))
    expect(() => writeElement({ ...tree, local: 'a b' })).toThrow('cannot be a name')
    expect(() => writeElement({ ...tree, streamed: { streamed: 1 } })).toThrow('was streamed')
  })

  it('costs no more than its declarations', () => {
    const many = Array.from({ length: 200 }, (_, i) => `xmlns:p${i}="urn:${i}"`).join(' ')
    const reader = new XmlReader()
    reader.write(`<a ${many}>${'<b xmlns:q="urn:q"/>'.repeat(1000)}</a>`)
    expect(writeElement(reader.end()).length).toBeLessThan(30_000)
  })
})
