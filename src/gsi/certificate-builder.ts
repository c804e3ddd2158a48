import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { type Certificate, parseCertificate } from './certificate.ts'
import type { Extension } from './certificate-extensions.ts'
import { DerReader, derTag } from './der.ts'
import {
  der,
  derBitString,
  derBoolean,
  derExplicit,
  derImplicit,
  derInteger,
  derNamedBits,
  derOctetString,
  derOid,
  derSequence,
  derTime,
} from './der-writer.ts'
import type { DistinguishedName } from './dn.ts'
import { oid } from './oids.ts'
import { signBytes, signingAlgorithm } from './signature.ts'

/** What a new certificate says. Times are milliseconds since the epoch. */
export interface CertificateContents {
  readonly serial: Uint8Array
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBefore: number
  readonly notAfter: number
  readonly publicKey: KeyObject
  readonly extensions: readonly Extension[]
}

/** Makes a certificate, signed with `key`. What it says is the caller's business, but it must be well-formed. */
export const signCertificate = (contents: CertificateContents, key: KeyObject): Certificate =>
  parseCertificate(writeCertificate(contents, key))

/** The same as DER, with nothing checked. */
export function writeCertificate(contents: CertificateContents, key: KeyObject): Buffer {
  const extensions = derSequence(...contents.extensions.map(writeExtension))
  const tbs = derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(contents.serial),
    signingAlgorithm(key),
    contents.issuer.der,
    derSequence(derTime(contents.notBefore), derTime(contents.notAfter)),
    contents.subject.der,
    spkiOf(contents.publicKey),
    ...(contents.extensions.length === 0 ? [] : [derExplicit(3, extensions)]),
  )
  const { algorithm, signature } = signBytes(tbs, key)
  return derSequence(tbs, algorithm, derBitString(signature))
}

export const writeExtension = ({ oid: id, critical, value }: Extension): Buffer =>
  derSequence(derOid(id), ...(critical ? [derBoolean(true)] : []), derOctetString(value))

/** SubjectPublicKeyInfo of a public key, or of the public half of a private one. */
export const spkiOf = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' })

/** A positive serial number nobody can guess, of so many octets (RFC 5280 section 4.1.2.2 allows 20). */
export function randomSerial(octets = 16): Buffer {
  const serial = randomBytes(octets)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

/** The extensions that are written here. */
export const extension = {
  basicConstraints: (ca: boolean, pathLength?: number): Extension => ({
    oid: oid.basicConstraints,
    critical: true,
    value: derSequence(
      ...(ca ? [derBoolean(true)] : []),
      ...(pathLength === undefined ? [] : [derInteger(pathLength)]),
    ),
  }),
  keyUsage: (...bits: readonly number[]): Extension => ({
    oid: oid.keyUsage,
    critical: true,
    value: derNamedBits(bits),
  }),
  extendedKeyUsage: (...purposes: readonly string[]): Extension => ({
    oid: oid.extendedKeyUsage,
    critical: false,
    value: derSequence(...purposes.map(derOid)),
  }),
  subjectAltName: (dns: readonly string[], ips: readonly Uint8Array[] = []): Extension => ({
    oid: oid.subjectAltName,
    critical: false,
    value: derSequence(
      ...dns.map(name => derImplicit(2, Buffer.from(name, 'ascii'))),
      ...ips.map(ip => derImplicit(7, ip)),
    ),
  }),
  subjectKeyId: (key: KeyObject): Extension => ({
    oid: oid.subjectKeyIdentifier,
    critical: false,
    value: derOctetString(keyId(key)),
  }),
  authorityKeyId: (id: Uint8Array): Extension => ({
    oid: oid.authorityKeyIdentifier,
    critical: false,
    value: derSequence(derImplicit(0, id)),
  }),
  /** RFC 3820 section 3.8. */
  proxyCertInfo: (language: string, pathLength?: number, policy?: Uint8Array): Extension => ({
    oid: oid.proxyCertInfo,
    critical: true,
    value: derSequence(
      ...(pathLength === undefined ? [] : [derInteger(pathLength)]),
      derSequence(derOid(language), ...(policy === undefined ? [] : [der(derTag.octetString, policy)])),
    ),
  }),
}

/** SHA-1 over the bits of the key (RFC 5280 section 4.2.1.2, the first method). */
export function keyId(key: KeyObject): Buffer {
  const spki = DerReader.open(spkiOf(key), derTag.sequence, 'The key')
  spki.next(derTag.sequence)
  return createHash('sha1').update(spki.next(derTag.bitString).content.subarray(1)).digest()
}
