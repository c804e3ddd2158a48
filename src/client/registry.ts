import { qname } from '../core/qname.ts'
import type { Locator } from '../ogsi/locator.ts'
import { gridContract } from '../wsdl/base-contract.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { GRID, OGSI, ogsiOperations } from '../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../wsdl/serializer.ts'
import { plainError } from './remote-fault.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'

/** One entry of a registry, as a container tells it. */
export interface RegistryEntry {
  readonly name: string
  readonly title?: string
  readonly address: string
  /** Who registered it; undefined: it is one of the registry's own container. */
  readonly by?: string
  readonly until?: string
  /** The handle of the entry. */
  readonly entry: string
}

/** What a registry of a container lists. Throws GridwrapError, RemoteFault or Unreachable. */
export async function readRegistry(registry: string, connection: SoapConnection): Promise<readonly RegistryEntry[]> {
  const { status, text } = await connection.sendForText('GET', registry, { Accept: 'application/json' }, undefined)
  if (status !== 200) throw plainError(status, text, registry)
  return (JSON.parse(text) as { readonly entries: readonly RegistryEntry[] }).entries
}

/**
 * add (OGSI 1.0 section 13.3.1): an entry for a service, until then. Resolves with the handle of the entry. Throws
 * GridwrapError, RemoteFault or Unreachable.
 */
export async function addToRegistry(
  registry: string,
  service: Locator,
  about: { readonly name: string; readonly title?: string; readonly address: string },
  until: Date,
  connection: SoapConnection,
): Promise<string> {
  const info = new EncodedContent(encodeElement(gridContract, qname(GRID, 'service'), about))
  const request = {
    serviceLocator: { handle: service.handle ?? [], interface: service.interface ?? [] },
    content: { any: [info] },
    terminationTime: { after: until, before: until, timestamp: new Date() },
  }
  const bodyXml = encodeElement(gridContract, ogsiOperations.add, request)
  const answer = await callSoap({ address: registry, action: `${OGSI}#add`, bodyXml }, connection)
  const { serviceLocator } = decodeElement<{ readonly serviceLocator: Locator }>(gridContract, answer).value
  return serviceLocator.handle?.[0] ?? ''
}
