import { SignedXml } from 'xml-crypto'
import type { Credential } from '../../src/gsi/credential.ts'
import { derSequence } from '../../src/gsi/der-writer.ts'
import { soap11 } from '../../src/soap/namespaces.ts'
import {
  base64Binary,
  ds,
  exclusiveCanonicalization,
  wsse,
  wsu,
  x509PkiPath,
  x509v3,
} from '../../src/soap/security/names.ts'

export interface SigningOptions {
  /** Default: one certificate. */
  readonly token?: 'x509v3' | 'pki-path'
  readonly method?: string
  readonly digest?: string
  readonly transforms?: readonly string[]
  readonly created?: Date
  readonly expires?: Date | null
  /** Local names of what is signed. */
  readonly parts?: readonly string[]
  /** XML in the Header, in front of Security. */
  readonly headers?: string
}

/** A SOAP 1.1 message signed by somebody, as clients make them. */
export function signMessage(body: string, signer: Credential, options: SigningOptions = {}): string {
  const { created = new Date(), expires = new Date(created.getTime() + 60_000) } = options
  const { token = 'x509v3', parts = ['Body', 'Timestamp'] } = options
  const certificates = signer.certificates.map(one => one.der)
  const bytes = token === 'x509v3' ? certificates[0] : derSequence(...certificates.toReversed())
  const envelope = `<s:Envelope xmlns:s="${soap11}" xmlns:wsu="${wsu}"><s:Header>${options.headers ?? ''}<wsse:Security xmlns:wsse="${wsse}" s:mustUnderstand="1"><wsse:BinarySecurityToken EncodingType="${base64Binary}" ValueType="${token === 'x509v3' ? x509v3 : x509PkiPath}" wsu:Id="token">${(bytes ?? Buffer.of()).toString('base64')}</wsse:BinarySecurityToken><wsu:Timestamp wsu:Id="timestamp"><wsu:Created>${created.toISOString()}</wsu:Created>${expires === null ? '' : `<wsu:Expires>${expires.toISOString()}</wsu:Expires>`}</wsu:Timestamp></wsse:Security></s:Header><s:Body wsu:Id="body">${body}</s:Body></s:Envelope>`
  const signed = new SignedXml({
    privateKey: signer.toTls().key as string,
    idMode: 'wssecurity',
    signatureAlgorithm: options.method ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: exclusiveCanonicalization,
    getKeyInfoContent: () =>
      `<wsse:SecurityTokenReference xmlns:wsse="${wsse}"><wsse:Reference URI="#token" ValueType="${x509v3}"/></wsse:SecurityTokenReference>`,
  })
  for (const part of parts)
    signed.addReference({
      xpath: `//*[local-name(.)='${part}']`,
      transforms: options.transforms ?? [exclusiveCanonicalization],
      digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    })
  signed.computeSignature(envelope, {
    prefix: 'ds',
    location: { reference: "//*[local-name(.)='Security']", action: 'append' },
    existingPrefixes: { wsu, ds },
  })
  return signed.getSignedXml()
}
