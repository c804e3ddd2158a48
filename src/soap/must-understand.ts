import { GridwrapError } from '../core/errors.ts'
import { clark, type QName, qname } from '../core/qname.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import type { Envelope } from './envelope.ts'
import { envelopeNamespace, type SoapVersion, soap11, soap12, wsa2004, wsa2005 } from './namespaces.ts'

/** A `must-understand` error that names its headers, for the NotUnderstood headers of SOAP 1.2. */
export class NotUnderstoodError extends GridwrapError {
  readonly headers: readonly QName[]

  constructor(headers: readonly QName[]) {
    const names = headers.slice(0, 5).map(clark).join(', ')
    super('must-understand', `A header that must be understood is not known here: ${names}.`, {
      hint: 'Leave the header out, or send it without mustUnderstand.',
    })
    this.headers = headers
  }
}

/** Roles that this container acts in, besides the absent one, which is the ultimate receiver (SOAP 1.2 section 2.2). */
const ourRoles: ReadonlySet<string> = new Set([
  '',
  'http://schemas.xmlsoap.org/soap/actor/next',
  `${soap12}/role/next`,
  `${soap12}/role/ultimateReceiver`,
])

const anonymousAddresses: ReadonlySet<string> = new Set([
  `${wsa2004}/role/anonymous`,
  `${wsa2005}/anonymous`,
  // No answer wanted: it is sent all the same, on the connection.
  `${wsa2005}/none`,
])

/**
 * Refuses a message with a header that must be understood, is meant for us, and is neither in `understood` (Clark
 * names) nor one of WS-Addressing that asks for nothing but what is done anyway: answering on the connection.
 * Throws {@link NotUnderstoodError}, and `malformed-request` for a mustUnderstand that is no boolean.
 */
export function checkMustUnderstand(envelope: Envelope, understood: ReadonlySet<string>): void {
  const unknown = envelope.headers.filter(
    header =>
      isMandatory(header, envelope.version) &&
      isForUs(header, envelope.version) &&
      !understood.has(clark(header)) &&
      !isHarmlessAddressing(header),
  )
  if (unknown.length > 0) throw new NotUnderstoodError(unknown.map(header => qname(header.namespace, header.local)))
}

function isMandatory(header: XmlElement, version: SoapVersion): boolean {
  const value = attributeOf(header, envelopeNamespace(version), 'mustUnderstand')?.trim()
  if (value === undefined || value === '0' || value === 'false') return false
  // SOAP 1.1 knows 1 and 0 only; `true` is sent by clients that mix the versions, and means what it says.
  if (value === '1' || value === 'true') return true
  throw new GridwrapError(
    'malformed-request',
    `mustUnderstand of the header ${clark(header)} is ${JSON.stringify(value.slice(0, 40))}.`,
    { hint: 'It is 1 or 0, in SOAP 1.2 also true or false.' },
  )
}

/** Whether a header is meant for the ultimate receiver, which is us, or for whoever is next. */
export function isForUs(header: XmlElement, version: SoapVersion): boolean {
  const role = version === '1.1' ? attributeOf(header, soap11, 'actor') : attributeOf(header, soap12, 'role')
  return ourRoles.has((role ?? '').trim())
}

/**
 * WS-Addressing 1.0 Core section 3.2: Action, To, MessageID, From and RelatesTo ask for nothing; ReplyTo and FaultTo do
 * when they name an address of their own.
 */
function isHarmlessAddressing(header: XmlElement): boolean {
  if (header.namespace !== wsa2004 && header.namespace !== wsa2005) return false
  switch (header.local) {
    case 'Action':
    case 'To':
    case 'MessageID':
    case 'From':
    case 'RelatesTo':
      return true
    case 'ReplyTo':
    case 'FaultTo': {
      const address = childElements(header).find(
        child => child.local === 'Address' && child.namespace === header.namespace,
      )
      return address !== undefined && anonymousAddresses.has(textOf(address).trim())
    }
    default:
      return false
  }
}
