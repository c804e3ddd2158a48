import { z } from 'zod'
import { qname } from '../core/qname.ts'
import type { Locator } from '../ogsi/locator.ts'
import { gridContract } from '../wsdl/base-contract.ts'
import { GRID, OGSI, ogsiOperations } from '../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../wsdl/serializer.ts'
import { decodeAnswer } from './decode-answer.ts'
import { plainError, RemoteFault } from './remote-fault.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'

/** One entry of a registry, as a container tells it. */
export interface RegistryEntry {
  readonly name: string
  readonly title?: string | undefined
  readonly address: string
  /** Who registered it; undefined: it is one of the registry's own container. */
  readonly by?: string | undefined
  readonly until?: string | undefined
  /** The handle of the entry. */
  readonly entry: string
}

/** What a registry of a container lists. Throws GridwrapError, RemoteFault or Unreachable. */
export async function readRegistry(registry: string, connection: SoapConnection): Promise<readonly RegistryEntry[]> {
  const { status, text } = await connection.sendForText('GET', registry, { Accept: 'application/json' }, undefined)
  if (status !== 200) throw plainError(status, text, registry)
  const read = entries.safeParse(json(text))
  if (!read.success) throw new RemoteFault(`${registry} is no registry of a container: its answer lists no entries.`)
  return read.data.entries
}

/**
 * add (OGSI 1.0 section 13.3.1): an entry for a service, until then. Resolves with the handle of the entry, and until when it
 * lasts, which the registry may have made shorter. Throws
 * GridwrapError, RemoteFault or Unreachable.
 */
export async function addToRegistry(
  registry: string,
  service: Locator,
  about: { readonly name: string; readonly title?: string; readonly address: string },
  until: Date,
  connection: SoapConnection,
): Promise<{ readonly entry: string; readonly until: Date | undefined }> {
  const info = new EncodedContent(encodeElement(gridContract, qname(GRID, 'service'), about))
  const request = {
    serviceLocator: { handle: service.handle ?? [], interface: service.interface ?? [] },
    content: { any: [info] },
    terminationTime: { after: until, before: until, timestamp: new Date() },
  }
  const bodyXml = encodeElement(gridContract, ogsiOperations.add, request)
  const answer = await callSoap({ address: registry, action: `${OGSI}#add`, bodyXml }, connection)
  const { serviceLocator, currentTerminationTime } = decodeAnswer<Added>(gridContract, ogsiOperations.add, answer)
  const [entry] = serviceLocator.handle ?? []
  if (entry === undefined) throw new RemoteFault(`${registry} does not say which entry it made.`)
  const { before } = currentTerminationTime
  return { entry, until: before instanceof Date ? before : undefined }
}

interface Added {
  readonly serviceLocator: Locator
  readonly currentTerminationTime: { readonly before?: Date | 'infinity' }
}

const entries = z.object({
  entries: z.array(
    z.object({
      ...{ name: z.string(), address: z.string(), entry: z.string() },
      ...{ title: z.string().optional(), by: z.string().optional(), until: z.string().optional() },
    }),
  ),
})

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
