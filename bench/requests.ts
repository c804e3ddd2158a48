import type { QName } from '../src/core/qname.ts'
import { writeEnvelope } from '../src/soap/envelope-writer.ts'
import type { Contract } from '../src/wsdl/contract-model.ts'
import { encodeElement } from '../src/wsdl/serializer.ts'

/** Requests as they go over the wire. */

export const getRequest = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** A SOAP 1.1 call as stubs send it. */
export function soapRequest(path: string, contract: Contract, operation: QName, parameters: object): string {
  const body = writeEnvelope(encodeElement(contract, operation, parameters), '1.1')
  return [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: text/xml; charset=utf-8',
    `SOAPAction: "${operation.namespace}/${operation.local}"`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** The same request for the bare server, which has its answers at paths of its own. */
export const atPath = (request: string, path: string): string => request.replace(/^(\w+) \S+/, `$1 ${path}`)

export const bodyBytes = (request: string): number => Buffer.byteLength(request.slice(request.indexOf('\r\n\r\n') + 4))
