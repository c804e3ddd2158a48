import { keyId } from './certificate-builder.ts'
import type { Credential } from './credential.ts'
import {
  derBitString,
  derExplicit,
  derImplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derTime,
} from './der-writer.ts'
import { oid } from './oids.ts'
import { signBytes, signingAlgorithm } from './signature.ts'

/**
 * A revocation list of version 2 (RFC 5280 section 5), DER. `serials` are hexadecimal, `now` in milliseconds since the
 * epoch, `lifetime` in milliseconds until the next list is due; both dates lie in the past when `lifetime` is negative.
 */
export function writeCrl(authority: Credential, serials: Iterable<string>, now: number, lifetime: number): Buffer {
  const thisUpdate = Math.min(now, now + lifetime) - 1000
  const entries = [...serials].map(serial =>
    derSequence(
      derInteger(Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex')),
      derTime(thisUpdate),
    ),
  )
  const extensions = derSequence(
    derSequence(derOid(oid.authorityKeyIdentifier), derOctetString(derSequence(derImplicit(0, keyId(authority.key))))),
    derSequence(derOid(oid.crlNumber), derOctetString(derInteger(now))),
  )
  const tbs = derSequence(
    derInteger(1),
    signingAlgorithm(authority.key),
    authority.certificate.subject.der,
    derTime(thisUpdate),
    derTime(now + lifetime),
    ...(entries.length === 0 ? [] : [derSequence(...entries)]),
    derExplicit(0, extensions),
  )
  const { algorithm, signature } = signBytes(tbs, authority.key)
  return derSequence(tbs, algorithm, derBitString(signature))
}
