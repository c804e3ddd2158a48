import { clark } from '../../core/qname.ts'
import { parsePkiPath } from '../../gsi/pki-path.ts'
import { attributeOf, childElements, textOf, type XmlElement } from '../../xml/tree.ts'
import type { Envelope } from '../envelope.ts'
import { isForUs } from '../must-understand.ts'
import { base64Binary, ds, wsse, wsu, x509PkiPath, x509v3 } from './names.ts'
import { signatureProblem } from './signature-problem.ts'

/** What a Security header says, not yet verified. */
export interface SecurityHeader {
  readonly signature: XmlElement
  readonly timestamp: XmlElement
  /** The signer's certificates as they came, the signer's own first. */
  readonly chain: readonly Buffer[]
}

const mostTokenCharacters = 128 * 1024
const mostCertificates = 20

/** Whether a header is a Security header that is meant for us. */
const isSecurity = (header: XmlElement, envelope: Pick<Envelope, 'version'>): boolean =>
  header.namespace === wsse && header.local === 'Security' && isForUs(header, envelope.version)

/** Whether a message has a signature for us. */
export const isSigned = (envelope: Envelope): boolean =>
  envelope.headers.some(header => isSecurity(header, envelope) && childElements(header).some(isSignature))

/** The names of headers that are understood here (Clark names): Security, where it holds nothing but what is verified. */
export function understoodHeaders(envelope: Envelope): ReadonlySet<string> {
  const headers = envelope.headers.filter(header => isSecurity(header, envelope))
  return new Set(headers.every(header => childElements(header).every(isVerified)) ? [`{${wsse}}Security`] : [])
}

/** A Timestamp that nobody signed says nothing, and asks for nothing. */
const isVerified = (element: XmlElement): boolean =>
  isSignature(element) ||
  (element.namespace === wsu && element.local === 'Timestamp') ||
  (element.namespace === wsse && element.local === 'BinarySecurityToken')

/**
 * The signature of a message, its timestamp and its certificates (SOAP Message Security 1.1 sections 5 to 8 and 10);
 * undefined: it is not signed. Throws `credential-problem`.
 */
export function readSecurityHeader(root: XmlElement, envelope: Envelope): SecurityHeader | undefined {
  const headers = envelope.headers.filter(header => isSecurity(header, envelope))
  const signatures = headers.flatMap(header => childElements(header).filter(isSignature))
  const [header, second] = headers
  const [signature] = signatures
  if (header === undefined || signature === undefined) return undefined
  if (second !== undefined)
    throw signatureProblem('The message has more than one Security header for this container.', 'Send one.')
  if (signatures.length > 1 || countSignatures(root) > 1)
    throw signatureProblem('The message has more than one Signature.', 'Sign it once.')
  const timestamps = childElements(header).filter(child => child.namespace === wsu && child.local === 'Timestamp')
  const [timestamp] = timestamps
  if (timestamp === undefined || timestamps.length > 1) {
    throw signatureProblem(
      `The Security header has ${timestamps.length === 0 ? 'no' : 'more than one'} wsu:Timestamp.`,
      'A signed message has one Timestamp, which is signed, too: without it, it could be sent again by anybody.',
    )
  }
  return { signature, timestamp, chain: chainOf(signature, header) }
}

const isSignature = (element: XmlElement): boolean => element.namespace === ds && element.local === 'Signature'

function countSignatures(element: XmlElement): number {
  let count = isSignature(element) ? 1 : 0
  for (const child of childElements(element)) count += countSignatures(child)
  return count
}

/** X.509 Certificate Token Profile section 3.2: by reference to a token of the header, or inside of the KeyInfo. */
function chainOf(signature: XmlElement, header: XmlElement): readonly Buffer[] {
  const keyInfo = only(signature, ds, 'KeyInfo')
  const reference = keyInfo === undefined ? undefined : only(keyInfo, wsse, 'SecurityTokenReference')
  const direct = reference === undefined ? undefined : only(reference, wsse, 'Reference')
  const data = only(reference ?? keyInfo, ds, 'X509Data')
  if (direct !== undefined) return tokenChain(direct, header)
  const inside = childElements(data ?? signature).filter(one => one.namespace === ds && one.local === 'X509Certificate')
  if (inside.length > 0 && inside.length <= mostCertificates) return inside.map(one => bytesOf(textOf(one)))
  throw signatureProblem(
    'The Signature does not say with which certificate it was made.',
    'Let its KeyInfo refer to a BinarySecurityToken of the Security header.',
  )
}

function tokenChain(reference: XmlElement, header: XmlElement): readonly Buffer[] {
  const uri = attributeOf(reference, '', 'URI') ?? ''
  const token = childElements(header).find(
    child =>
      child.namespace === wsse &&
      child.local === 'BinarySecurityToken' &&
      uri === `#${attributeOf(child, wsu, 'Id') ?? ''}`,
  )
  if (token === undefined)
    throw signatureProblem(
      `The Security header has no BinarySecurityToken ${JSON.stringify(uri.slice(0, 80))}.`,
      'Let the Signature refer to the token by its wsu:Id.',
    )
  const encoding = attributeOf(token, '', 'EncodingType') ?? base64Binary
  const type = attributeOf(token, '', 'ValueType') ?? x509v3
  if (encoding !== base64Binary || (type !== x509v3 && type !== x509PkiPath))
    throw signatureProblem(
      `A BinarySecurityToken of the type ${JSON.stringify(type.slice(0, 120))} is not taken.`,
      'Send an X509v3 or X509PKIPathv1 token in base64.',
    )
  const bytes = bytesOf(textOf(token))
  if (type === x509v3) return [bytes]
  try {
    return parsePkiPath(bytes, mostCertificates).toReversed()
  } catch (error) {
    throw signatureProblem('The X509PKIPathv1 token is not a PkiPath.', (error as Error).message, 'signature', error)
  }
}

function only(element: XmlElement | undefined, namespace: string, local: string): XmlElement | undefined {
  if (element === undefined) return undefined
  const found = childElements(element).filter(child => child.namespace === namespace && child.local === local)
  if (found.length > 1)
    throw signatureProblem(`${clark(element)} has more than one ${local}.`, 'Send a signature by one key.')
  return found[0]
}

function bytesOf(text: string): Buffer {
  const packed = text.replace(/[ \t\r\n]+/g, '')
  if (packed.length > mostTokenCharacters || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed))
    throw signatureProblem('A certificate of the signature is not base64, or too long.', 'Send it in base64.')
  return Buffer.from(packed, 'base64')
}
