import { GridwrapError } from '../core/errors.ts'
import type { Locator } from '../ogsi/locator.ts'
import { gridContract } from '../wsdl/base-contract.ts'
import { OGSI, ogsiOperations } from '../wsdl/names.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { decodeAnswer } from './decode-answer.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'

/** Resolvers that send one on, one after the other. */
const mostResolvers = 8

/**
 * findByHandle (OGSI 1.0 section 10.2.1): where a service is now. A resolver that names another is followed. `not`: the
 * locator that did not work. Throws GridwrapError (`invalid-handle`, `no-such-service`, `not-found`, …), RemoteFault, Unreachable.
 */
export async function resolveHandle(
  handle: string,
  resolver: string,
  connection: SoapConnection,
  not?: Locator,
): Promise<Locator> {
  const parameters = { handleSet: { handle: [handle] }, ...(not === undefined ? {} : { gsrExclusionSet: not }) }
  const bodyXml = encodeElement(gridContract, ogsiOperations.findByHandle, parameters)
  const asked = new Set<string>()
  for (let address = resolver; ; ) {
    asked.add(address)
    try {
      const answer = await callSoap({ address, action: `${OGSI}#findByHandle`, bodyXml }, connection)
      return decodeAnswer<{ readonly locator: Locator }>(gridContract, ogsiOperations.findByHandle, answer).locator
    } catch (error) {
      const next = nextResolver(error)
      if (next === undefined) throw error
      if (asked.has(next) || asked.size >= mostResolvers)
        throw new GridwrapError(
          'redirection',
          `The resolvers asked for ${handle} send each other on: ${[...asked].join(', ')}.`,
        )
      address = next
    }
  }
}

/** Of a RedirectionFault: who else to ask. */
function nextResolver(error: unknown): string | undefined {
  if (!(error instanceof GridwrapError) || error.code !== 'redirection') return undefined
  const { ogsi } = error.detail
  const { locator } = (ogsi ?? {}) as { readonly locator?: Locator }
  return locator?.handle?.find(one => /^https?:/i.test(one))
}
