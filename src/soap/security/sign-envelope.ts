import { createPrivateKey, createSign, type KeyLike, KeyObject } from 'node:crypto'
import { type SignatureAlgorithm, SignedXml } from 'xml-crypto'
import { newId } from '../../core/ids.ts'
import type { Credential } from '../../gsi/credential.ts'
import { derSequence } from '../../gsi/der-writer.ts'
import { writeEnvelope } from '../envelope-writer.ts'
import type { SoapVersion } from '../namespaces.ts'
import { asRead } from './as-read.ts'
import { base64Binary, ds, exclusiveCanonicalization, wsse, wsu, x509PkiPath } from './names.ts'

const signedForMs = 5 * 60_000
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
const methods = {
  rsa: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  ec: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
} as const

/**
 * A whole message like {@link writeEnvelope} makes, signed: its Body and a Timestamp, with the certificates in an
 * X509PKIPathv1 token (SOAP Message Security 1.1, X.509 Certificate Token Profile). `now`: milliseconds since the epoch.
 */
export function writeSignedEnvelope(bodyXml: string, version: SoapVersion, signer: Credential, now: number): string {
  const token = derSequence(...signer.certificates.map(one => one.der).toReversed()).toString('base64')
  const id = newId()
  const moment = (ms: number): string => new Date(ms).toISOString()
  const security = `<wsse:Security xmlns:wsse="${wsse}" xmlns:wsu="${wsu}" soap:mustUnderstand="${version === '1.1' ? '1' : 'true'}"><wsse:BinarySecurityToken EncodingType="${base64Binary}" ValueType="${x509PkiPath}" wsu:Id="token-${id}">${token}</wsse:BinarySecurityToken><wsu:Timestamp wsu:Id="timestamp-${id}"><wsu:Created>${moment(now)}</wsu:Created><wsu:Expires>${moment(now + signedForMs)}</wsu:Expires></wsu:Timestamp></wsse:Security>`
  const envelope = writeEnvelope(bodyXml, version, [security]).replace(
    '<soap:Body>',
    `<soap:Body xmlns:wsu="${wsu}" wsu:Id="body-${id}">`,
  )
  const method = signer.key.asymmetricKeyType === 'ec' ? methods.ec : methods.rsa
  const signed = new SignedXml({
    privateKey: signer.key,
    idMode: 'wssecurity',
    signatureAlgorithm: method,
    canonicalizationAlgorithm: exclusiveCanonicalization,
    getKeyInfoContent: () =>
      `<wsse:SecurityTokenReference xmlns:wsse="${wsse}"><wsse:Reference URI="#token-${id}" ValueType="${x509PkiPath}"/></wsse:SecurityTokenReference>`,
  })
  signed.SignatureAlgorithms = { [method]: signerBy(method) }
  // Names in the content of elements need their prefixes; exclusive canonicalization sees only those of elements.
  const prefixes = [...new Set([...bodyXml.matchAll(/\sxmlns:([^\s=]+)\s*=/g)].map(match => match[1] ?? ''))]
  for (const [part, inclusiveNamespacesPrefixList] of [
    [`body-${id}`, prefixes],
    [`timestamp-${id}`, []],
  ] as const)
    signed.addReference({
      xpath: `//*[@*[local-name(.)='Id']='${part}']`,
      transforms: [exclusiveCanonicalization],
      digestAlgorithm: sha256,
      inclusiveNamespacesPrefixList: [...inclusiveNamespacesPrefixList],
    })
  signed.computeSignature(asRead(envelope), {
    prefix: 'ds',
    location: { reference: `//*[local-name(.)='Security' and namespace-uri(.)='${wsse}']`, action: 'append' },
    existingPrefixes: { wsu, ds },
  })
  return signed.getSignedXml()
}

const signerBy = (method: string): (new () => SignatureAlgorithm) =>
  class implements SignatureAlgorithm {
    getSignature(material: string, key: KeyLike): string {
      const privateKey = key instanceof KeyObject ? key : createPrivateKey(key)
      return createSign('sha256').update(material).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }, 'base64')
    }
    verifySignature(): never {
      throw new Error('Nothing is verified here.')
    }
    getAlgorithmName(): string {
      return method
    }
  }
