import { ContractError } from '../contract-error.ts'
import type { Contract } from '../contract-model.ts'
import { readWsdl, type ServicePort } from '../wsdl-reader.ts'
import { type FetchDocument, gatherDocuments } from './gather-documents.ts'
import { type ForeignWsdl, readForeignWsdl } from './read-foreign-wsdl.ts'

export type AnyWsdl =
  | ForeignWsdl
  | {
      readonly contract: Contract
      readonly ports: readonly ServicePort[]
      readonly omitted?: never
      readonly arrays?: never
    }

/**
 * The WSDL at an address. One of the kind that gridwrap publishes is read to the letter, with all its rules; any other as
 * far as it can be called. Throws {@link ContractError}, XmlError, and what `fetch` throws.
 */
export async function readAnyWsdl(url: string, fetch: FetchDocument): Promise<AnyWsdl> {
  const text = await fetch(url)
  try {
    const { contract, services } = readWsdl(text)
    return { contract, ports: services }
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
  }
  let first: string | undefined = text
  const documents = await gatherDocuments(url, async address => {
    const kept = address === url ? first : undefined
    first = undefined
    return kept ?? fetch(address)
  })
  return readForeignWsdl(documents)
}
