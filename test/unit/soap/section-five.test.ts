import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inlineReferences } from '../../../src/soap/section-five.ts'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'

const envelope = (body: string): XmlElement =>
  parseXml(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/">
      <s:Body>${body}</s:Body></s:Envelope>`,
  )
const inlined = (body: string): unknown => shown(inlineReferences(envelope(body)))

/** Names and texts, nothing else. */
function shown(element: XmlElement): unknown {
  const children = childElements(element)
  return { [element.local]: children.length === 0 ? textOf(element).trim() : children.map(shown) }
}
const call = (body: string): unknown => inlined(body)
const inBody = (...children: unknown[]): unknown => ({ Envelope: [{ Body: children }] })

describe('references (SOAP 1.1 section 5.2.1)', () => {
  test('stand where they are meant, in depth, as often as they are', () => {
    const body = `<r><a href="#1"/><b href="#1"/></r><multiRef id="1" enc:root="0"><c href="#2"/></multiRef>
      <multiRef id="2" enc:root="0">two</multiRef>`
    expect(call(body)).toEqual(inBody({ r: [{ a: [{ c: 'two' }] }, { b: [{ c: 'two' }] }] }))
  })

  test('the call need not come first', () => {
    expect(call('<multiRef id="1" enc:root="0">x</multiRef><r><a href="#1"/></r>')).toEqual(inBody({ r: [{ a: 'x' }] }))
  })

  test('members of arrays are called item', () => {
    expect(call('<r><a enc:arrayType="x[2]"><int>1</int><enc:int>2</enc:int></a></r>')).toEqual(
      inBody({ r: [{ a: [{ item: '1' }, { item: '2' }] }] }),
    )
  })

  test.each([
    ['<r><a href="#none"/></r>', 'nothing has the id "#none"'],
    ['<r><a href="#1"/></r><m id="1"><b href="#1"/></m>', 'holds itself'],
    ['<r><a href="#1"/></r><m id="1"><b href="#2"/></m><m id="2"><b href="#1"/></m>', 'holds itself'],
    ['<r id="1"><a href="#1"/></r>', 'holds itself'],
  ])('%s is refused', (body, why) => {
    expect(() => call(body)).toThrow(why)
  })

  test('a few elements that stand for more than there is memory are refused', () => {
    const levels = Array.from(
      { length: 40 },
      (_, level) => `<m id="${level}">${`<x href="#${level + 1}"/>`.repeat(8)}</m>`,
    )
    expect(() => call(`<r><a href="#0"/></r>${levels.join('')}<m id="40">x</m>`)).toThrow('too large')
  })

  test('a large text that is referred to often is refused', () => {
    const body = `<r>${'<a href="#1"/>'.repeat(100)}</r><m id="1">${'x'.repeat(1024 * 1024)}</m>`
    expect(() => call(body)).toThrow('too large')
  })

  test('the root is what says so, or what nothing refers to', () => {
    expect(call('<m id="1">x</m><r enc:root="1"><a href="#1"/></r>')).toEqual(inBody({ r: [{ a: 'x' }] }))
    expect(call('<m id="1">x</m><r><a href="#1"/></r>')).toEqual(inBody({ r: [{ a: 'x' }] }))
  })

  test('whatever refers to whatever: an answer or a refusal', () => {
    const id = fc.integer({ min: 0, max: 5 })
    const element = fc.record({ id: fc.option(id), href: fc.option(id) })
    fc.assert(
      fc.property(fc.array(element, { maxLength: 12 }), fc.integer({ min: 0, max: 11 }), (elements, nested) => {
        const text = elements.map(
          ({ id: own, href }, index) =>
            `<e${index}${own === null ? '' : ` id="${own}"`}${href === null ? '' : ` href="#${href}"`}>${index === nested ? '<in href="#0"/>' : ''}</e${index}>`,
        )
        try {
          expect(inlined(text.join(''))).toMatchObject({ Envelope: [{ Body: expect.anything() }] })
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/malformed-request|too-large/))
        }
      }),
    )
  })
})
