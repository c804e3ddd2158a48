import type { Certificate } from './certificate.ts'
import { readExtensions } from './certificate-extensions.ts'
import { DerError, DerReader, derTag, readDerAt } from './der.ts'
import { readBitString, readIntegerHex, readSmallInteger, readTime } from './der-primitives.ts'
import { type DistinguishedName, readName } from './dn.ts'
import { oid } from './oids.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './signature.ts'

/** A certificate revocation list (RFC 5280 section 5.1); its signature has not been looked at. */
export interface Crl {
  readonly issuer: DistinguishedName
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number | undefined
  /** Serial numbers as in `Certificate.serial`. */
  readonly revoked: ReadonlySet<string>
  readonly tbs: Buffer
  readonly signatureAlgorithm: SignatureAlgorithm | string
  readonly signature: Buffer
}

/**
 * Reads one CRL. Delta, indirect and partitioned lists, and any other critical extension, are refused, because what they
 * leave out would pass as not revoked. Throws DerError.
 */
export function parseCrl(bytes: Uint8Array): Crl {
  const outer = DerReader.open(Buffer.from(bytes), derTag.sequence, 'The revocation list')
  const tbs = outer.next(derTag.sequence)
  const algorithm = outer.next(derTag.sequence)
  const signature = readBitString(outer.next(derTag.bitString), 'The signature').bytes
  outer.end()

  const reader = DerReader.of(tbs, derTag.sequence, 'The revocation list')
  const version = reader.optional(derTag.integer)
  if (version !== undefined && readSmallInteger(version, 'The version') !== 1)
    throw new DerError('This is no CRL version 2.')
  if (!reader.next(derTag.sequence).bytes.equals(algorithm.bytes)) {
    throw new DerError('The signature algorithms inside and outside the signed part differ.')
  }
  const issuer = readName(reader.next(derTag.sequence).bytes)
  const thisUpdate = readTime(reader.any(), 'thisUpdate')
  const hasNext = reader.peek() === derTag.utcTime || reader.peek() === derTag.generalizedTime
  const nextUpdate = hasNext ? readTime(reader.any(), 'nextUpdate') : undefined
  const entries = reader.optional(derTag.sequence)
  const extensions = reader.optional(0xa0)
  reader.end()
  if (extensions !== undefined)
    refuseCritical(new DerReader(extensions.content, 'The extensions').next(derTag.sequence).bytes)
  return {
    issuer,
    thisUpdate,
    nextUpdate,
    revoked: entries === undefined ? new Set() : readEntries(entries.content),
    tbs: tbs.bytes,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
    signature,
  }
}

function readEntries(content: Buffer): ReadonlySet<string> {
  const revoked = new Set<string>()
  let offset = 0
  while (offset < content.length) {
    const entry = readDerAt(content, offset)
    offset += entry.bytes.length
    const reader = DerReader.of(entry, derTag.sequence, 'An entry of the revocation list')
    revoked.add(readIntegerHex(reader.next(derTag.integer), 'A revoked serial number'))
    reader.any()
    const extensions = reader.optional(derTag.sequence)
    reader.end()
    if (extensions !== undefined) refuseCritical(extensions.bytes)
  }
  return revoked
}

const understood: ReadonlySet<string> = new Set([
  oid.crlReason,
  oid.invalidityDate,
  oid.crlNumber,
  oid.authorityKeyIdentifier,
])

function refuseCritical(bytes: Buffer): void {
  for (const extension of readExtensions(readDerAt(bytes, 0))) {
    if (extension.critical && !understood.has(extension.oid)) {
      throw new DerError(`The critical extension ${extension.oid} of the revocation list is not understood here.`)
    }
  }
}

const verified = new WeakMap<Crl, Map<string, boolean>>()

/** Whether the list was signed with the private half of this authority's key; remembered, since lists can be megabytes. */
export function isCrlSignedBy(crl: Crl, authority: Certificate): boolean {
  if (typeof crl.signatureAlgorithm === 'string' || authority.publicKey === undefined) return false
  const known = verified.get(crl) ?? new Map<string, boolean>()
  verified.set(crl, known)
  const key = authority.spki.toString('latin1')
  let good = known.get(key)
  if (good === undefined) {
    good = verifySignature(crl.signatureAlgorithm, crl.tbs, crl.signature, authority.publicKey)
    if (known.size < 8) known.set(key, good)
  }
  return good
}
