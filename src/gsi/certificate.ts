import { createHash, type KeyObject } from 'node:crypto'
import {
  type Extension,
  keyUsageBit,
  readExtensions,
  type UnderstoodExtensions,
  understandExtensions,
} from './certificate-extensions.ts'
import { DerError, DerReader, derTag } from './der.ts'
import { readBitString, readIntegerHex, readSmallInteger, readTime } from './der-primitives.ts'
import { type DistinguishedName, readName } from './dn.ts'
import { readPublicKey, readSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './signature.ts'

/** A certificate, read by ourselves from its DER (RFC 5280 section 4.1); nothing in it has been verified. */
export interface Certificate extends UnderstoodExtensions {
  readonly der: Buffer
  /** SHA-256 over the DER, lower-case hexadecimal. */
  readonly fingerprint: string
  readonly version: 1 | 2 | 3
  /** Lower-case hexadecimal without leading zeros. */
  readonly serial: string
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  /** Milliseconds since the epoch; `notAfter` is the last moment of validity. */
  readonly notBefore: number
  readonly notAfter: number
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer
  /** Undefined when OpenSSL does not know this kind of key. */
  readonly publicKey: KeyObject | undefined
  readonly extensions: readonly Extension[]
  /** The signed bytes, exactly as they came. */
  readonly tbs: Buffer
  /** A text says why the algorithm is not taken. */
  readonly signatureAlgorithm: SignatureAlgorithm | string
  readonly signature: Buffer
}

/** The longest certificate that is read: octets. */
export const maximumCertificateSize = 65_536

/** Reads one certificate. Strict DER, nothing behind it, no extension twice. Throws DerError. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > maximumCertificateSize) {
    throw new DerError(`A certificate of ${bytes.length} bytes is longer than ${maximumCertificateSize}.`)
  }
  // A copy: the bytes that were looked at must stay what they were.
  const whole = Buffer.from(bytes)
  const outer = DerReader.open(whole, derTag.sequence, 'The certificate')
  const tbs = outer.next(derTag.sequence)
  const algorithm = outer.next(derTag.sequence)
  const signature = readBitString(outer.next(derTag.bitString), 'The signature')
  outer.end()
  if (signature.unusedBits !== 0) throw new DerError('The signature is not whole octets.')

  const reader = DerReader.of(tbs, derTag.sequence, 'The certificate')
  const version = readVersion(reader)
  const serial = readIntegerHex(reader.next(derTag.integer), 'The serial number')
  // RFC 5280 section 4.1.1.2: what is said of the signature inside is what is said outside.
  if (!reader.next(derTag.sequence).bytes.equals(algorithm.bytes)) {
    throw new DerError('The signature algorithms inside and outside the signed part differ.')
  }
  const issuer = readName(reader.next(derTag.sequence).bytes)
  const validity = DerReader.of(reader.next(derTag.sequence), derTag.sequence, 'The validity')
  const notBefore = readTime(validity.any(), 'notBefore')
  const notAfter = readTime(validity.any(), 'notAfter')
  validity.end()
  const subject = readName(reader.next(derTag.sequence).bytes)
  const spki = reader.next(derTag.sequence).bytes
  const extensions = readTail(reader, version)

  const key: { read?: KeyObject | undefined } = {}
  return {
    ...understandExtensions(extensions),
    der: whole,
    fingerprint: createHash('sha256').update(whole).digest('hex'),
    version,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    get publicKey() {
      if (!('read' in key)) key.read = readPublicKey(spki)
      return key.read
    },
    extensions,
    tbs: tbs.bytes,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
    signature: signature.bytes,
  }
}

function readVersion(reader: DerReader): 1 | 2 | 3 {
  const explicit = reader.optional(0xa0)
  if (explicit === undefined) return 1
  const inner = new DerReader(explicit.content, 'The version')
  const version = readSmallInteger(inner.next(derTag.integer), 'The version')
  inner.end()
  if (version !== 1 && version !== 2)
    throw new DerError(`Version ${version + 1} is not a version of X.509 certificates.`)
  return version === 1 ? 2 : 3
}

function readTail(reader: DerReader, version: 1 | 2 | 3): Extension[] {
  // The unique identifiers of X.509 version 2; nobody looks at them.
  if (version >= 2) {
    reader.optional(0x81)
    reader.optional(0x82)
  }
  const extensions = version === 3 ? reader.optional(0xa3) : undefined
  reader.end()
  if (extensions === undefined) return []
  const inner = new DerReader(extensions.content, 'The extensions')
  const list = readExtensions(inner.next(derTag.sequence))
  inner.end()
  return list
}

/** Whether the certificate's signature was made with the private half of this key. */
export const isSignedWith = (certificate: Certificate, publicKey: KeyObject): boolean =>
  typeof certificate.signatureAlgorithm !== 'string' &&
  verifySignature(certificate.signatureAlgorithm, certificate.tbs, certificate.signature, publicKey)

/** Subject and issuer are the same name and the key has signed its own certificate. */
export const isSelfSigned = (certificate: Certificate): boolean =>
  isSelfIssued(certificate) && certificate.publicKey !== undefined && isSignedWith(certificate, certificate.publicKey)

export const isSelfIssued = (certificate: Certificate): boolean =>
  certificate.subject.der.equals(certificate.issuer.der)

/** Whether a certificate's key usage, when it has one, lets its key do this. */
export const mayUseKey = (certificate: Certificate, use: keyof typeof keyUsageBit): boolean =>
  certificate.keyUsage?.has(keyUsageBit[use]) ?? true
