import fc from 'fast-check'
import { XmlCData, XmlDocument, XmlElement, XmlText } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { decodeXml, EncodingError } from '../../../src/xml/xml-encoding.ts'
import { XmlError } from '../../../src/xml/xml-error.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { brokenDocuments, cases, documents } from './documents.ts'
import { type PlainElement, plainTree } from './plain-tree.ts'

/** libxml2's reading of a document: its tree, or why it refuses. */
function oracle(text: string): PlainElement | string {
  let document: XmlDocument | undefined
  try {
    document = XmlDocument.fromBuffer(Buffer.from(text))
    return plain(document.root)
  } catch (thrown) {
    return (thrown as Error).message
  } finally {
    document?.dispose()
  }
}

function plain(element: XmlElement): PlainElement {
  const children: (PlainElement | string)[] = []
  // By XPath, because walking from sibling to sibling stops at a processing instruction in libxml2-wasm 0.7.
  for (const child of element.find('*|text()')) {
    if (child instanceof XmlElement) children.push(plain(child))
    else if (child instanceof XmlText || child instanceof XmlCData) {
      const last = children.at(-1)
      if (typeof last === 'string') children[children.length - 1] = last + child.content
      else if (child.content !== '') children.push(child.content)
    }
  }
  return {
    name: `{${element.namespaceUri}}${element.name}`,
    attributes: element.attrs.map(({ namespaceUri, name, value }) => `{${namespaceUri}}${name}=${value}`).sort(),
    children,
  }
}

function ours(text: string): PlainElement | string {
  try {
    return plainTree(parseXml(decodeXml(Buffer.from(text))))
  } catch (thrown) {
    if (!(thrown instanceof XmlError || thrown instanceof EncodingError)) throw thrown
    return thrown.message
  }
}

/** What we refuse on purpose and libxml2 takes, and the other way round. */
const knownExceptions = {
  ours: [/^A DOCTYPE/, /^XML version/, /^The encoding .* is not taken/, /^The XML declaration says/],
  oracle: [/is not a valid URI/],
}

function agree(text: string): void {
  const mine = ours(text)
  const theirs = oracle(text)
  if (typeof mine === 'string' && knownExceptions.ours.some(reason => reason.test(mine))) return
  if (typeof theirs === 'string' && knownExceptions.oracle.some(reason => reason.test(theirs))) return
  if (typeof mine === 'string' && typeof theirs === 'string') return
  expect(mine).toEqual(theirs)
}

describe('XmlReader beside libxml2', () => {
  it('reads the same tree from well-formed documents', () => {
    let accepted = 0
    fc.assert(
      fc.property(documents, text => {
        agree(text)
        if (typeof ours(text) !== 'string') accepted++
      }),
      cases,
    )
    expect(accepted).toBeGreaterThan(cases.numRuns * 0.7)
  })

  it('refuses and accepts the same broken documents', () => {
    let refused = 0
    fc.assert(
      fc.property(brokenDocuments, text => {
        agree(text)
        if (typeof ours(text) === 'string') refused++
      }),
      cases,
    )
    expect(refused).toBeGreaterThan(cases.numRuns * 0.3)
  })

  it('takes the same characters in names', () => {
    const edges = [
      0x2d, 0x2e, 0x30, 0x3a, 0x5f, 0xb7, 0xbf, 0xc0, 0xd6, 0xd7, 0xd8, 0xf6, 0xf7, 0xf8, 0x2ff, 0x300, 0x36f, 0x370, 0x37d, 0x37e,
      0x37f, 0x1fff, 0x2000, 0x200b, 0x200c, 0x200d, 0x200e, 0x203e, 0x203f, 0x2040, 0x2041, 0x206f, 0x2070, 0x218f, 0x2190, 0x2bff,
      0x2c00, 0x2fef, 0x2ff0, 0x3000, 0x3001, 0xd7ff, 0xe000, 0xf8ff, 0xf900, 0xfdcf, 0xfdd0, 0xfdef, 0xfdf0, 0xfffd, 0x10000,
      0xeffff, 0xf0000, 0x10ffff,
    ] // biome-ignore format: a table
    for (const edge of edges) {
      const character = String.fromCodePoint(edge)
      agree(`<${character}/>`)
      agree(`<a${character}/>`)
      agree(`<a xmlns:a="urn:a" a:${character}=""/>`)
    }
  })
})
