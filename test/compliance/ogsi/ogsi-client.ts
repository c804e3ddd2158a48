import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import { clark, fromClark, type QName, qname } from '../../../src/core/qname.ts'
import { readEnvelope } from '../../../src/soap/envelope.ts'
import { isFault, readFault } from '../../../src/soap/fault-reader.ts'
import { soap11 } from '../../../src/soap/namespaces.ts'
import { GRID, JOB, OGSI } from '../../../src/wsdl/names.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { messageProblem } from './message-validation.ts'

/** A fault of OGSI: the first element of the detail. */
export class OgsiFault extends Error {
  readonly element: XmlElement
  constructor(element: XmlElement) {
    super(`${element.local}: ${textOf(child(element, 'description'))}`)
    this.element = element
  }
}

/** What an OGSI client says and hears, as it stands on the wire. Prefixes: o is OGSI's, j the jobs', g the container's. */
export class OgsiClient {
  readonly #connection: HttpsConnection
  constructor(connection: HttpsConnection) {
    this.#connection = connection
  }

  /** Sends the child of a Body; resolves with that of the answer. Rejects with {@link OgsiFault}. */
  async call(handle: string, body: string): Promise<XmlElement> {
    const text = `<s:Envelope xmlns:s="${soap11}" xmlns:o="${OGSI}" xmlns:j="${JOB}" xmlns:g="${GRID}"><s:Body>${body}</s:Body></s:Envelope>`
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(text)) }
    const answer = await this.#connection.sendForText('POST', handle, headers, text)
    if (!answer.contentType.includes('xml')) throw new Error(`HTTP ${answer.status}: ${answer.text}`)
    const { body: answered } = readEnvelope(parseXml(answer.text))
    if (!isFault(answered)) return valid(answered)
    const { detail, reason } = readFault(answered)
    const [first] = detail === undefined ? [] : childElements(detail)
    if (first === undefined) throw new Error(`A fault without detail: ${reason}`)
    throw new OgsiFault(first.namespace === OGSI ? valid(first) : first)
  }

  /** The fault with which a call is answered. */
  async fault(handle: string, body: string): Promise<XmlElement> {
    const answer = await this.call(handle, body).catch((error: unknown) => {
      if (error instanceof OgsiFault) return error
      throw error
    })
    if (answer instanceof OgsiFault) return answer.element
    throw new Error(`A fault was expected, and ${clark(answer)} came`)
  }

  /** The values of service data elements, by findServiceData; names as `o:interface`. */
  async query(handle: string, ...names: readonly string[]): Promise<readonly XmlElement[]> {
    const answer = await this.call(handle, queryFor(names))
    return childElements(child(child(answer, 'result'), 'serviceDataValues'))
  }

  /** The one value of a service data element. */
  async value(handle: string, name: string): Promise<XmlElement> {
    const [first, ...more] = await this.query(handle, name)
    if (first === undefined || more.length > 0) throw new Error(`${name} has ${more.length + (first ? 1 : 0)} values`)
    return first
  }

  /** Values that are QNames, in Clark's notation. */
  async names(handle: string, name: string): Promise<readonly string[]> {
    return (await this.query(handle, name)).map(one => clark(qnameIn(one)))
  }

  /** Every service data element that it says it has, with its values, asked for at once. */
  async everything(handle: string): Promise<readonly XmlElement[]> {
    const names = await this.names(handle, 'o:serviceDataName')
    const asked = names.map((name, index) => {
      const { namespace, local } = fromClark(name)
      return `<o:name xmlns:n${index}="${namespace}">n${index}:${local}</o:name>`
    })
    const answer = await this.call(
      handle,
      `<o:findServiceData><o:queryExpression><o:queryByServiceDataNames>${asked.join('')}</o:queryByServiceDataNames></o:queryExpression></o:findServiceData>`,
    )
    return childElements(child(child(answer, 'result'), 'serviceDataValues'))
  }

  set(handle: string, values: string): Promise<XmlElement> {
    return this.call(handle, setting(values))
  }

  /** GETs a document as it is. */
  async get(url: string): Promise<XmlElement> {
    const { status, text } = await this.#connection.sendForText('GET', url)
    if (status !== 200) throw new Error(`${url}: HTTP ${status}`)
    return parseXml(text)
  }
}

/** What a container says follows the schemas, whatever else it says. */
function valid(message: XmlElement): XmlElement {
  const problem = messageProblem(message)
  if (problem !== undefined) throw new Error(`${clark(message)} does not follow its schema: ${problem}`)
  return message
}

export const queryFor = (names: readonly string[]): string =>
  `<o:findServiceData><o:queryExpression><o:queryByServiceDataNames>${names.map(name => `<o:name>${name}</o:name>`).join('')}</o:queryByServiceDataNames></o:queryExpression></o:findServiceData>`

export const setting = (values: string): string =>
  `<o:setServiceData><o:updateExpression><o:setByServiceDataNames>${values}</o:setByServiceDataNames></o:updateExpression></o:setServiceData>`

export const deleting = (...names: readonly string[]): string =>
  `<o:setServiceData><o:updateExpression><o:deleteByServiceDataNames>${names.map(name => `<o:name>${name}</o:name>`).join('')}</o:deleteByServiceDataNames></o:updateExpression></o:setServiceData>`

/** The child of this name; an Error when there is none. */
export function child(element: XmlElement, local: string): XmlElement {
  const found = childElements(element).find(one => one.local === local)
  if (found === undefined) throw new Error(`${element.local} has no ${local}`)
  return found
}

export const children = (element: XmlElement, local: string): readonly XmlElement[] =>
  childElements(element).filter(one => one.local === local)

/** The QName that is an element's text. */
export function qnameIn(element: XmlElement, text = textOf(element)): QName {
  const [prefix = '', local] = text.trim().includes(':') ? text.trim().split(':') : ['', text.trim()]
  return qname(element.prefixes.get(prefix) ?? '', local ?? '')
}

/** The QName in an attribute of OGSI. */
export const qnameAttribute = (element: XmlElement, local: string): string => {
  const text = attributeOf(element, OGSI, local)
  return text === undefined ? '' : clark(qnameIn(element, text))
}

/** Handles in a locator. */
export const handlesIn = (locator: XmlElement): readonly string[] => children(locator, 'handle').map(textOf)

/** An ExtendedDateTimeType in an attribute, milliseconds. */
export function timeIn(element: XmlElement, local: string): number {
  const text = attributeOf(element, OGSI, local)
  if (text === undefined) throw new Error(`${element.local} has no ogsi:${local}`)
  return text === 'infinity' ? Number.POSITIVE_INFINITY : Date.parse(text)
}
