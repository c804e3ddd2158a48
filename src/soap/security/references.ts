import { clark } from '../../core/qname.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'
import type { Envelope } from '../envelope.ts'
import { ds, envelopedSignature, exclusiveCanonicalization, wsse } from './names.ts'
import type { SecurityHeader } from './security-header.ts'
import { signatureProblem } from './signature-problem.ts'

/** Something that a signature speaks of, and what it is in the message. */
export interface SignedReference {
  readonly id: string
  readonly what: 'body' | 'timestamp' | 'header' | 'token'
  readonly element: XmlElement
}

const mostReferences = 6

/**
 * What a signature speaks of, in its order. Each is an element at the place where it means something: the Body of this
 * envelope, its Timestamp, a header, a token. That is what keeps a signed part from being moved elsewhere, where nobody
 * looks, with another in its place (McIntosh and Austel, "XML signature element wrapping attacks", 2005). Throws
 * `credential-problem`.
 */
export function readReferences(
  root: XmlElement,
  envelope: Envelope,
  { signature, timestamp }: SecurityHeader,
): readonly SignedReference[] {
  const [signedInfo, another] = descendants(root, 'SignedInfo')
  if (signedInfo === undefined || another !== undefined || !childElements(signature).includes(signedInfo))
    throw signatureProblem('The Signature has not one SignedInfo.', 'Sign it once.')
  const elements = childElements(signedInfo).filter(child => child.namespace === ds && child.local === 'Reference')
  if (elements.length === 0 || elements.length > mostReferences)
    throw signatureProblem(`The signature speaks of ${elements.length} parts.`, `It is 1 to ${mostReferences}.`)
  const ids = idsOf(root)
  const places = placesOf(root, envelope, timestamp)
  const references = elements.map(element => {
    checkTransforms(element)
    const id = /^#(.{1,256})$/s.exec(attributeOf(element, '', 'URI') ?? '')?.[1]
    const [target, second] = (id === undefined ? undefined : ids.get(id)) ?? []
    if (id === undefined || target === undefined || /['"]/.test(id))
      throw signatureProblem(
        'The signature speaks of a part that is not in this message.',
        'Refer to parts by their Id.',
      )
    if (second !== undefined)
      throw signatureProblem(
        `More than one element has the Id ${JSON.stringify(id)}, of which the signature speaks.`,
        'Each Id is there once.',
      )
    const what = places.get(target)
    if (what === undefined)
      throw signatureProblem(
        `The signature speaks of ${clark(target)}, which is not the Body, the Timestamp, a header or a token of this message.`,
        'Sign the Body and the Timestamp.',
      )
    return { id, what, element: target }
  })
  if (new Set(references.map(one => one.id)).size < references.length)
    throw signatureProblem('The signature speaks of a part twice.', 'Sign each part once.')
  for (const [what, name] of [
    ['body', 'Body'],
    ['timestamp', 'Timestamp'],
  ] as const)
    if (!references.some(one => one.what === what))
      throw signatureProblem(`The ${name} of the message is not signed.`, 'Sign the Body and the Timestamp.')
  return references
}

function placesOf(
  root: XmlElement,
  { headers }: Envelope,
  timestamp: XmlElement,
): ReadonlyMap<XmlElement, SignedReference['what']> {
  const places = new Map<XmlElement, SignedReference['what']>()
  for (const header of headers) {
    const isSecurity = header.namespace === wsse && header.local === 'Security'
    if (!isSecurity) places.set(header, 'header')
    else
      for (const child of childElements(header))
        if (child.namespace === wsse && child.local === 'BinarySecurityToken') places.set(child, 'token')
  }
  places.set(timestamp, 'timestamp')
  const body = childElements(root).find(child => child.namespace === root.namespace && child.local === 'Body')
  if (body !== undefined) places.set(body, 'body')
  return places
}

/** Exclusive canonicalization says what was signed without anything around it; nothing else is done to it first. */
function checkTransforms(reference: XmlElement): void {
  const names = childElements(reference)
    .filter(child => child.namespace === ds && child.local === 'Transforms')
    .flatMap(childElements)
    .map(transform => attributeOf(transform, '', 'Algorithm') ?? '')
  // The one that leaves the signature out changes nothing where it is not inside; some clients always name it.
  const rest = names[0] === envelopedSignature ? names.slice(1) : names
  if (rest.length !== 1 || rest[0] !== exclusiveCanonicalization)
    throw signatureProblem(
      `A part was signed by way of ${JSON.stringify(names.map(name => name.slice(0, 80)))}.`,
      `Sign it in exclusive canonicalization (${exclusiveCanonicalization}), without comments.`,
    )
}

/** By every attribute that some stack takes for an Id, in whatever namespace. */
function idsOf(root: XmlElement): ReadonlyMap<string, readonly XmlElement[]> {
  const ids = new Map<string, XmlElement[]>()
  const walk = (element: XmlElement): void => {
    for (const { local, value } of element.attributes)
      if (local.toLowerCase() === 'id') ids.set(value, [...(ids.get(value) ?? []).slice(0, 1), element])
    for (const child of childElements(element)) walk(child)
  }
  walk(root)
  return ids
}

function descendants(element: XmlElement, local: string): readonly XmlElement[] {
  const found: XmlElement[] = []
  const walk = (one: XmlElement): void => {
    if (one.local === local) found.push(one)
    for (const child of childElements(one)) walk(child)
  }
  walk(element)
  return found
}
