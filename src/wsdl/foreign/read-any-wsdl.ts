import { ContractError } from '../contract-error.ts'
import { readWsdl } from '../wsdl-reader.ts'
import type { DescribedService } from './described-service.ts'
import { type FetchDocument, gatherDocuments } from './gather-documents.ts'
import { readForeignWsdl } from './read-foreign-wsdl.ts'
import { isGwsdl, readGwsdl } from './read-gwsdl.ts'

/**
 * The WSDL or GWSDL at an address. A WSDL of the kind that gridwrap publishes is read to the letter, with all its rules; any
 * other as far as it can be called. Throws {@link ContractError}, XmlError, and what `fetch` throws.
 */
export async function readAnyWsdl(url: string, fetch: FetchDocument): Promise<DescribedService> {
  const text = await fetch(url)
  try {
    const { contract, services } = readWsdl(text)
    return { contract, ports: services, omitted: [], arrays: new Set() }
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
  }
  let first: string | undefined = text
  const documents = await gatherDocuments(url, async address => {
    const kept = address === url ? first : undefined
    first = undefined
    return kept ?? fetch(address)
  })
  return isGwsdl(documents) ? readGwsdl(documents, url) : readForeignWsdl(documents)
}
