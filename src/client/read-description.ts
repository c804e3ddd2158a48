import { readFile, stat } from 'node:fs/promises'
import { GridwrapError } from '../core/errors.ts'
import { ContractError } from '../wsdl/contract-error.ts'
import type { DescribedService } from '../wsdl/foreign/described-service.ts'
import { XmlError } from '../xml/xml-error.ts'
import { textIn } from './bounded-text.ts'
import { plainError, RemoteFault } from './remote-fault.ts'
import type { SoapConnection } from './soap-call.ts'

const mostOfWsdl = 8 * 1024 * 1024

/**
 * What a service says of itself: the WSDL or GWSDL at an address (https, http, file) with what it imports, or, where the
 * address is that of the service and says something else, the one behind `?wsdl`. Throws ContractError and XmlError for
 * what is none, GridwrapError, RemoteFault or Unreachable.
 */
export async function readDescription(address: string, connection: SoapConnection): Promise<DescribedService> {
  try {
    return await readAt(address, connection)
  } catch (error) {
    if (!mayBeService(address) || !isOtherDocument(error)) throw error
    // What went wrong first is what is known of the address that was given.
    return readAt(`${address}?wsdl`, connection).catch((second: unknown) => {
      throw isOtherDocument(second) ? error : second
    })
  }
}

/** What an OGSI reference holds: a WSDL, of which `at` is the address. */
export async function readReference(at: string, wsdl: string, connection: SoapConnection): Promise<DescribedService> {
  const { readAnyWsdl } = await import('../wsdl/foreign/read-any-wsdl.ts')
  return readAnyWsdl(at, async url => (url === at ? wsdl : fetchText(url, connection)))
}

async function readAt(address: string, connection: SoapConnection): Promise<DescribedService> {
  // Loaded by those who need it only: start-up is felt.
  const { readAnyWsdl } = await import('../wsdl/foreign/read-any-wsdl.ts')
  // Files are read where a file imports them: what comes over the network says nothing about this machine.
  const local = /^file:/i.test(address)
  return readAnyWsdl(address, url => (local && /^file:/i.test(url) ? fileText(url) : fetchText(url, connection)))
}

const mayBeService = (address: string): boolean => /^https?:[^?#]*$/i.test(address)

/** The address answers, but not with a contract. */
const isOtherDocument = (error: unknown): boolean =>
  error instanceof ContractError || error instanceof XmlError || error instanceof RemoteFault

async function fileText(url: string): Promise<string> {
  const file = new URL(url)
  const { size } = await stat(file).then(one => (one.isFile() ? one : Promise.reject(new Error(`${url} is no file`))))
  if (size > mostOfWsdl) throw new GridwrapError('too-large', `${url} has more than ${mostOfWsdl} bytes.`)
  return textIn(await readFile(file), 'text/xml', url)
}

/** A document over http or https, within the limits of contracts. Throws GridwrapError, RemoteFault or Unreachable. */
export async function fetchText(url: string, connection: SoapConnection): Promise<string> {
  const { status, text } = await connection.sendForText('GET', url, {}, undefined, mostOfWsdl)
  if (status !== 200) throw plainError(status, text, url)
  return text
}
