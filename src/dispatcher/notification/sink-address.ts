import type { AddressPolicy } from '../../core/address-policy.ts'
import { GridwrapError } from '../../core/errors.ts'
import { bareHost, readHttpAddress } from '../../core/http-address.ts'
import type { Locator } from '../../ogsi/locator.ts'
import { WSDL_SOAP11, WSDL_SOAP12 } from '../../wsdl/names.ts'
import { attributeOf, childElements, type XmlElement } from '../../xml/tree.ts'

/** The addresses of SOAP ports in the WSDL references of a locator. */
export const referenceAddresses = (locator: Locator | undefined): readonly string[] =>
  (locator?.reference ?? []).flatMap(reference =>
    soapAddresses((reference as { readonly any?: readonly XmlElement[] }).any ?? []),
  )

const soapAddresses = (elements: readonly XmlElement[]): readonly string[] =>
  elements.flatMap(one =>
    one.local === 'address' && (one.namespace === WSDL_SOAP11 || one.namespace === WSDL_SOAP12)
      ? [attributeOf(one, '', 'location') ?? '']
      : soapAddresses(childElements(one)),
  )

/**
 * Where the messages of a subscription go: the address in a reference, or the handle, which for services of containers is
 * one (OGSI 1.0 section 11.1.2.1). Throws GridwrapError (`extensibility-type`).
 */
export function sinkAddress(sink: Locator, sinks: AddressPolicy): string {
  const candidates = [...referenceAddresses(sink), ...(sink.handle ?? [])]
  const address = candidates.find(isAddress)
  if (address !== undefined) {
    const host = bareHost(readHttpAddress(address)?.hostname ?? '')
    if (!sinks.surelyRefuses(host)) return address
    throw new GridwrapError('extensibility-type', `sink: this container does not bring messages to ${host}.`, {
      hint: 'It lies inside the site’s own network; the administrator can allow it (notification: allow).',
    })
  }
  throw new GridwrapError(
    'extensibility-type',
    candidates.length === 0
      ? 'sink: it holds neither a handle nor a WSDL reference with an address.'
      : `sink: ${candidates[0]?.slice(0, 200)} is no address to which messages can be sent.`,
    { hint: 'Messages are sent to https, httpg and http addresses.' },
  )
}

function isAddress(text: string): boolean {
  const url = readHttpAddress(text)
  return url !== undefined && url.username === '' && url.password === '' && text.length <= 2048
}
