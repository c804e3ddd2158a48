import { type QName, resolveQName } from '../../core/qname.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'
import { XSD } from '../names.ts'

/** The encodings of SOAP 1.1 and 1.2, whose names stand in schemas for types. */
export const soapEncodings: ReadonlySet<string> = new Set([
  'http://schemas.xmlsoap.org/soap/encoding/',
  'http://www.w3.org/2003/05/soap-encoding',
])

export const nameOf = (element: XmlElement): string => attributeOf(element, '', 'name') ?? ''

/** Children that are of XML Schema. */
export const parts = (element: XmlElement): readonly XmlElement[] =>
  childElements(element).filter(({ namespace }) => namespace === XSD)

/** The first of these names. */
export const part = (element: XmlElement, ...locals: readonly string[]): XmlElement | undefined =>
  parts(element).find(one => locals.includes(one.local))

export const documentation = (element: XmlElement): readonly XmlElement[] =>
  parts(element).filter(one => one.local === 'annotation')

/** A QName in an attribute; undefined when its prefix is not declared. */
export const nameIn = ({ prefixes }: XmlElement, text: string): QName | undefined => resolveQName(text.trim(), prefixes)
