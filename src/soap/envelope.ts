import { GridwrapError } from '../core/errors.ts'
import { clark } from '../core/qname.ts'
import { childElements, type XmlElement } from '../xml/tree.ts'
import { type SoapVersion, soap11, soap12 } from './namespaces.ts'

export interface Envelope {
  readonly version: SoapVersion
  readonly headers: readonly XmlElement[]
  /** The only child of the Body: its name is the operation (or the fault). */
  readonly body: XmlElement
}

/**
 * Takes an envelope apart (SOAP 1.1 section 4, SOAP 1.2 Part 1 section 5). `encodingStyle` and other attributes are
 * left alone; references between elements (`href`, multi-reference `id`) mean nothing here and are left to the schema
 * of the operation, which does not allow them. Throws `version-mismatch` and `malformed-request`.
 */
export function readEnvelope(root: XmlElement): Envelope {
  if (root.local !== 'Envelope')
    throw malformed(`The root element is ${clark(root)}, not a SOAP Envelope.`, 'Send a SOAP 1.1 or 1.2 envelope.')
  const version = versionOf(root.namespace)
  refuseText(root, 'Envelope')
  let header: XmlElement | undefined
  let body: XmlElement | undefined
  for (const child of childElements(root)) {
    if (child.namespace === root.namespace && child.local === 'Header' && header === undefined && body === undefined)
      header = child
    else if (child.namespace === root.namespace && child.local === 'Body' && body === undefined) body = child
    else if (child.namespace === root.namespace || version === '1.2' || body === undefined)
      throw malformed(
        `The Envelope has an element ${clark(child)} where none is allowed.`,
        'An Envelope holds one Header, which may be left out, and then one Body.',
      )
    // SOAP 1.1 section 4: other qualified elements may follow the Body.
  }
  if (body === undefined) throw malformed('The Envelope has no Body.', 'Put the operation into one Body element.')
  refuseText(body, 'Body')
  if (header !== undefined) refuseText(header, 'Header')
  return { version, headers: header === undefined ? [] : childElements(header), body: onlyChild(body) }
}

function versionOf(namespace: string): SoapVersion {
  if (namespace === soap11) return '1.1'
  if (namespace === soap12) return '1.2'
  throw new GridwrapError(
    'version-mismatch',
    `The Envelope is in the namespace ${JSON.stringify(namespace)}, which is neither SOAP 1.1 nor SOAP 1.2.`,
    { hint: `Use ${soap11} or ${soap12}.` },
  )
}

/** What a Body holds. Throws `malformed-request` unless it is one element. */
export function onlyChild(body: XmlElement): XmlElement {
  const found = childElements(body)
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  const names = found.slice(0, 5).map(clark).join(', ')
  throw malformed(
    first === undefined ? 'The Body is empty.' : `The Body has ${found.length} elements: ${names}.`,
    'The Body must hold one element, named as the operation.',
  )
}

function refuseText(element: XmlElement, name: string): void {
  const text = element.children.find(child => typeof child === 'string' && /[^ \t\r\n]/.test(child))
  if (typeof text === 'string')
    throw malformed(
      `There is text directly inside the ${name}: ${JSON.stringify(text.trim().slice(0, 40))}.`,
      `The ${name} may hold only elements.`,
    )
}

const malformed = (message: string, hint: string): GridwrapError =>
  new GridwrapError('malformed-request', message, { hint })
