import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { GridwrapError } from '../../core/errors.ts'
import type { StreamElement } from '../../xml/text-sink.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'
import { XmlReader } from '../../xml/xml-reader.ts'
import { type Envelope, onlyChild } from '../envelope.ts'
import { restrictAlgorithms, type Sha1 } from './algorithms.ts'
import { asRead } from './as-read.ts'
import { ds } from './names.ts'
import { readReferences } from './references.ts'
import { readSecurityHeader, type SecurityHeader } from './security-header.ts'
import { signatureProblem } from './signature-problem.ts'
import { readTimestamp, type Timestamp } from './timestamp.ts'

/** A message whose signature holds: nothing in it but what was signed. Whose certificate it was is not judged yet. */
export interface SignedMessage {
  readonly envelope: Envelope
  readonly timestamp: Timestamp
  /** As it came, the signer's own certificate first. */
  readonly chain: readonly Buffer[]
  /** Of all that was signed, and by whom: the same for the same message. */
  readonly digest: string
}

/**
 * Elements, attributes and declarations: to verify takes a twentieth of a millisecond and more for each, in which nobody
 * else is served.
 */
const mostNodes = 3000
/** Its script and textarea are read as raw text by the library, and by nobody else. */
const xhtml = 'http://www.w3.org/1999/xhtml'

export interface VerifyOptions {
  readonly sha1: Sha1
  readonly streamElement?: StreamElement
}

/**
 * Verifies the signature of a message (SOAP Message Security 1.1; XML Signature); undefined: it has none. `text` is the
 * document that `root` was read from. What is returned was read anew from the very octets that were signed: where another
 * reader of XML sees something else in the message, there is nothing to see. Throws `credential-problem`
 * and `too-large`.
 */
export function verifyMessage(
  text: string,
  root: XmlElement,
  envelope: Envelope,
  options: VerifyOptions,
): SignedMessage | undefined {
  const security = readSecurityHeader(root, envelope)
  if (security === undefined) return undefined
  checkPlain(text, root)
  const references = readReferences(root, envelope, security)
  const key = keyOf(security.chain[0])
  const signed = checkSignature(asRead(text), security, key, options.sha1)
  const parts = references.map((reference, i) => {
    const octets = signed[i] ?? ''
    const element = reread(octets, options.streamElement)
    const { namespace, local } = reference.element
    const isIt = element.namespace === namespace && element.local === local
    if (!isIt || !element.attributes.some(one => one.local.toLowerCase() === 'id' && one.value === reference.id))
      throw signatureProblem('The signature was made for something else.', 'Sign the message anew.')
    return { what: reference.what, octets, element }
  })
  const [body] = parts.filter(part => part.what === 'body')
  const [timestamp] = parts.filter(part => part.what === 'timestamp')
  if (signed.length !== references.length || body === undefined || timestamp === undefined)
    throw signatureProblem('The Body and the Timestamp are not signed.', 'Sign the Body and the Timestamp.')
  // By the key: one certificate can be written in more than one way.
  const digest = createHash('sha256').update(key.export({ format: 'der', type: 'spki' }))
  for (const part of parts) digest.update(`\0${part.octets.length}\0`).update(part.octets)
  return {
    envelope: {
      version: envelope.version,
      headers: parts.filter(part => part.what === 'header').map(part => part.element),
      body: onlyChild(body.element),
    },
    timestamp: readTimestamp(timestamp.element),
    chain: security.chain,
    digest: digest.digest('hex'),
  }
}

/** The octets of what was signed, in the order of its references, once the signature holds. */
function checkSignature(
  text: string,
  { signature }: SecurityHeader,
  publicCert: KeyObject,
  sha1: Sha1,
): readonly string[] {
  const method = childElements(signature)
    .filter(child => child.local === 'SignedInfo')
    .flatMap(childElements)
    .find(child => child.namespace === ds && child.local === 'SignatureMethod')
  const checker = new SignedXml({ publicCert, idMode: 'wssecurity' })
  restrictAlgorithms(
    checker,
    method === undefined ? '' : (attributeOf(method, '', 'Algorithm') ?? ''),
    publicCert,
    sha1,
  )
  let holds: boolean
  try {
    const document = new DOMParser({
      errorHandler: { warning: refuse, error: refuse, fatalError: refuse },
    }).parseFromString(text, 'text/xml')
    const node = document.getElementsByTagNameNS(ds, 'Signature').item(0)
    if (node === null) throw new Error('There is no Signature.')
    checker.loadSignature(node)
    holds = checker.checkSignature(text)
  } catch (error) {
    throw signatureProblem(
      'The signature of the message was not made with the key of its certificate, or is broken.',
      'Sign the message with the key that belongs to the certificate, and change nothing afterwards.',
      'signature',
      error,
    )
  }
  if (holds !== true)
    throw signatureProblem(
      'The message was changed after it was signed.',
      'Change nothing after signing: proxies, loggers and pretty printers do.',
    )
  return checker.getSignedReferences()
}

function keyOf(certificate: Buffer | undefined): KeyObject {
  try {
    return new X509Certificate(certificate ?? Buffer.of()).publicKey
  } catch (error) {
    throw signatureProblem(
      'The certificate of the signature is none.',
      'Send an X.509 certificate.',
      'signature',
      error,
    )
  }
}

function reread(octets: string, streamElement: StreamElement | undefined): XmlElement {
  const reader = new XmlReader(streamElement === undefined ? {} : { streamElement })
  try {
    reader.write(octets)
    return reader.end()
  } catch (error) {
    throw signatureProblem('What was signed cannot be read.', (error as Error).message, 'signature', error)
  }
}

/** What costs much, or is read by the library in another way than by us, has no place in a signed message. */
function checkPlain(text: string, root: XmlElement): void {
  if (text.includes('<!') || text.includes('<?', 1))
    throw signatureProblem(
      'The message has a comment, a CDATA section or a processing instruction.',
      'Sign a message without them.',
    )
  let nodes = text.match(/\sxmlns[:=]/g)?.length ?? 0
  const walk = (element: XmlElement): void => {
    nodes += 1 + element.attributes.length
    if (element.namespace === xhtml)
      throw signatureProblem('The message has an element of XHTML.', 'Sign a message without them.')
    for (const child of childElements(element)) walk(child)
  }
  walk(root)
  if (nodes > mostNodes)
    throw new GridwrapError('too-large', `A signed message may have at most ${mostNodes} elements and attributes.`, {
      hint: 'Give it fewer values, or a file instead of them.',
    })
}

const refuse = (message: string): never => {
  throw new Error(message)
}
