import { errorRow } from '../core/error-table.ts'
import type { GridwrapError } from '../core/errors.ts'
import { qname } from '../core/qname.ts'
import { escapeAttribute, escapeText } from '../xml/xml-escape.ts'
import { type XmlMarkup, XmlWriter } from '../xml/xml-writer.ts'
import { writeEnvelope } from './envelope-writer.ts'
import { NotUnderstoodError } from './must-understand.ts'
import { type SoapVersion, soap11, soap12 } from './namespaces.ts'

/** The local name of the fault code (SOAP 1.1 section 4.4.1, SOAP 1.2 Part 1 section 5.4.6). */
export function faultCode(error: GridwrapError, version: SoapVersion): string {
  const { party } = errorRow(error.code)
  switch (party) {
    case 'client':
      return version === '1.1' ? 'Client' : 'Sender'
    case 'server':
      return version === '1.1' ? 'Server' : 'Receiver'
    case 'version':
      return 'VersionMismatch'
    case 'must-understand':
      return 'MustUnderstand'
  }
}

/**
 * The HTTP status of a fault: always 500 in SOAP 1.1 (section 6.2); in SOAP 1.2 400 when the sender is to blame and 500
 * otherwise (Part 2, section 7.5.2.2).
 */
export const faultStatus = (error: GridwrapError, version: SoapVersion): number =>
  version === '1.2' && faultCode(error, version) === 'Sender' ? 400 : 500

/**
 * A whole fault message. `detailXml`: the content of the detail, with its own namespace declarations. It is left out of
 * faults about the envelope or a header, where SOAP 1.1 section 4.4 forbids it.
 */
export function writeFault(error: GridwrapError, version: SoapVersion, detailXml = ''): string {
  const code = faultCode(error, version)
  const reason = escapeText(error.hint === undefined ? error.message : `${error.message} ${error.hint}`)
  const detail = code === 'VersionMismatch' || code === 'MustUnderstand' ? '' : detailXml
  if (version === '1.1') {
    const detailPart = detail === '' ? '' : `<detail>${detail}</detail>`
    // Without xml:lang: the schema of SOAP 1.1 has no attributes there, and npm's soap takes one for the text.
    const fault = `<faultcode>soap:${code}</faultcode><faultstring>${reason}</faultstring>${detailPart}`
    return writeEnvelope(`<soap:Fault>${fault}</soap:Fault>`, version)
  }
  const detailPart = detail === '' ? '' : `<soap:Detail>${detail}</soap:Detail>`
  const fault =
    `<soap:Code><soap:Value>soap:${code}</soap:Value></soap:Code>` +
    `<soap:Reason><soap:Text xml:lang="en">${reason}</soap:Text></soap:Reason>${detailPart}`
  return writeEnvelope(`<soap:Fault>${fault}</soap:Fault>`, version, faultHeaders(error))
}

/** SOAP 1.2 Part 1: the Upgrade header (section 5.4.7) and the NotUnderstood headers (section 5.4.8). */
function faultHeaders(error: GridwrapError): readonly string[] {
  if (error.code === 'version-mismatch') {
    const supported = [soap12, soap11].map(
      namespace => `<soap:SupportedEnvelope xmlns:e="${escapeAttribute(namespace)}" qname="e:Envelope"/>`,
    )
    return [`<soap:Upgrade>${supported.join('')}</soap:Upgrade>`]
  }
  return error instanceof NotUnderstoodError ? error.headers.map(notUnderstood) : []
}

function notUnderstood(header: { namespace: string; local: string }): XmlMarkup {
  const writer = new XmlWriter({ soap: soap12 })
  return writer.root(qname(soap12, 'NotUnderstood'), { qname: writer.qnameValue(header) })
}
