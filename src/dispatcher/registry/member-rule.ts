import { GridwrapError } from '../../core/errors.ts'
import { clark, type QName, qname, sameName } from '../../core/qname.ts'
import type { Locator } from '../../ogsi/locator.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { decodeElement } from '../../wsdl/decoder.ts'
import { GRID, OGSI } from '../../wsdl/names.ts'
import { encodeElement } from '../../wsdl/serializer.ts'
import { childElements, type XmlElement } from '../../xml/tree.ts'
import { writeElement } from '../../xml/write-element.ts'

/** What the registry says of every member: g:service of wsdl/grid.xsd. */
export const serviceInfo = qname(GRID, 'service')

const gridService = qname(OGSI, 'GridService')

/**
 * Members are Grid services, and of each the registry says what g:service holds (the membershipContentRule of OGSI 1.0
 * section 13.1.1).
 */
export const membershipRule = { memberInterface: gridService, content: [serviceInfo] }

/** Every portType of OGSI but NotificationSink extends GridService; one of them says as much. */
const isGridService = (name: QName): boolean => name.namespace === OGSI && name.local !== 'NotificationSink'

/**
 * Whether what is said of a member makes it one: a registry asks nobody on a caller's word, so the locator has to say
 * which portTypes it has. Throws GridwrapError (`unsupported-member`).
 */
export function requireMember({ interface: names = [] }: Locator): void {
  if (names.some(isGridService)) return
  throw new GridwrapError(
    'unsupported-member',
    names.length === 0
      ? 'serviceLocator: it does not say which portTypes the service has.'
      : `serviceLocator: ${names.slice(0, 5).map(clark).join(', ')}: none of them is ${clark(gridService)}.`,
    { hint: 'Name all portTypes in the locator, as the service says them in its service data (ogsi:interface).' },
  )
}

const entryContent = qname(OGSI, 'EntryContentType')

/**
 * The content of an entry from what `add` was given: content as it is (ogsi:EntryContentType, also as ogsi:content), or
 * g:service alone. Where g:service is not among it, it is made from the locator. Throws GridwrapError.
 */
export function contentOf(given: XmlElement | undefined, member: Locator): string {
  const elements = given === undefined ? [] : elementsIn(given)
  const own = elements.filter(one => sameName(one, serviceInfo))
  for (const one of own) {
    const [problem] = decodeElement(gridContract, one).problems
    if (problem !== undefined)
      throw new GridwrapError('extensibility-type', `content: ${problem.input}: ${problem.rule}.`)
  }
  const made = own.length > 0 ? '' : encodeElement(gridContract, serviceInfo, infoFrom(member))
  return made + elements.map(one => writeElement(one)).join('')
}

function elementsIn(given: XmlElement): readonly XmlElement[] {
  if (sameName(given, serviceInfo)) return [given]
  if (sameName(given, entryContent) || sameName(given, qname(OGSI, 'content'))) return childElements(given)
  throw new GridwrapError('extensibility-not-supported', `The content ${clark(given)} is not known here.`, {
    hint: `Send ${clark(entryContent)} with the elements of the content inside, or ${clark(serviceInfo)}.`,
  })
}

function infoFrom({ handle = [] }: Locator): object {
  const [address] = handle
  if (address === undefined)
    throw new GridwrapError(
      'content-creation-failed',
      'content: without a handle in the locator nothing is known of the service.',
      {
        hint: `Say what it is with ${clark(serviceInfo)}.`,
      },
    )
  return { name: address.replace(/\/+$/, '').replace(/^.*\//, '').slice(0, 200) || address.slice(0, 200), address }
}
