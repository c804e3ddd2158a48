import { GridwrapError } from '../core/errors.ts'
import { type QName, qname } from '../core/qname.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { xmlNamespace } from '../xml/xml-characters.ts'
import { type SoapVersion, soap11, soap12 } from './namespaces.ts'

/** A fault as a client sees it. */
export interface SoapFault {
  readonly version: SoapVersion
  /** As it was sent: `Client` and `Server` in SOAP 1.1, `Sender` and `Receiver` in SOAP 1.2. */
  readonly code: QName
  readonly subcodes: readonly QName[]
  readonly reason: string
  /** The detail element itself; its children are the service's. */
  readonly detail: XmlElement | undefined
}

export const isFault = (body: XmlElement): boolean =>
  body.local === 'Fault' && (body.namespace === soap11 || body.namespace === soap12)

/** Reads the Fault of either version. Throws `malformed-request` when the element is none, or has no code. */
export function readFault(fault: XmlElement): SoapFault {
  if (!isFault(fault)) throw new GridwrapError('malformed-request', `The element ${fault.local} is not a SOAP Fault.`)
  return fault.namespace === soap11 ? readFault11(fault) : readFault12(fault)
}

function readFault11(fault: XmlElement): SoapFault {
  // SOAP 1.1 section 4.4: the children are in no namespace; some stacks put them into that of the envelope.
  const child = (local: string): XmlElement | undefined =>
    childElements(fault).find(element => element.local === local && ['', soap11].includes(element.namespace))
  return {
    version: '1.1',
    code: qnameIn(child('faultcode')),
    subcodes: [],
    reason: textIn(child('faultstring')),
    detail: child('detail'),
  }
}

function readFault12(fault: XmlElement): SoapFault {
  const code = child12(fault, 'Code')
  const subcodes: QName[] = []
  for (let at = code && child12(code, 'Subcode'); at !== undefined; at = child12(at, 'Subcode'))
    subcodes.push(qnameIn(child12(at, 'Value')))
  const reason = child12(fault, 'Reason')
  const texts = reason === undefined ? [] : childElements(reason).filter(text => text.local === 'Text')
  const english = texts.find(text => attributeOf(text, xmlNamespace, 'lang')?.toLowerCase().startsWith('en'))
  return {
    version: '1.2',
    code: qnameIn(code && child12(code, 'Value')),
    subcodes,
    reason: textIn(english ?? texts[0]),
    detail: child12(fault, 'Detail'),
  }
}

const child12 = (parent: XmlElement, local: string): XmlElement | undefined =>
  childElements(parent).find(element => element.local === local && element.namespace === soap12)

const textIn = (element: XmlElement | undefined): string => (element === undefined ? '' : textOf(element).trim())

/** A QName in text, with the prefixes in scope. A prefix that is not declared is taken as no namespace. */
function qnameIn(element: XmlElement | undefined): QName {
  const text = textIn(element)
  if (element === undefined || text === '')
    throw new GridwrapError('malformed-request', 'The SOAP Fault has no code.', {
      hint: 'The server does not follow SOAP; its administrator may know more.',
    })
  const colon = text.indexOf(':')
  return qname(element.prefixes.get(text.slice(0, Math.max(0, colon))) ?? '', text.slice(colon + 1))
}
