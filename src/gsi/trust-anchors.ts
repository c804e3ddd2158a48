import { type Certificate, isSelfSigned } from './certificate.ts'
import type { Crl } from './crl.ts'
import type { DistinguishedName } from './dn.ts'
import type { Namespaces } from './namespaces-file.ts'
import type { SigningPolicy } from './signing-policy.ts'

/** A file that should be there and cannot be used: what rests on it fails closed. The text says why. */
export interface Unusable {
  readonly unusable: string
}

/** A CA of the directory. Only a self-signed one ends a path; the others help to build one. */
export interface TrustedCertificate {
  readonly certificate: Certificate
  readonly anchor: boolean
}

/** Who is trusted at one moment; immutable. */
export interface TrustAnchors {
  /** Counts up whenever the contents change. */
  readonly generation: number
  readonly size: number
  /** The certificates of the directory with this subject. */
  named(subject: DistinguishedName): readonly TrustedCertificate[]
  /** The revocation lists in this CA's name; their signatures have not been looked at. */
  crlsOf(authority: DistinguishedName): readonly (Crl | Unusable)[]
  signingPolicyOf(authority: DistinguishedName): SigningPolicy | Unusable | undefined
  namespacesOf(authority: DistinguishedName): Namespaces | Unusable | undefined
}

/** What {@link makeTrustAnchors} puts together; the keys are {@link nameKey}s. */
export interface TrustContents {
  readonly certificates: readonly Certificate[]
  readonly crls?: ReadonlyMap<string, readonly (Crl | Unusable)[]>
  readonly signingPolicies?: ReadonlyMap<string, SigningPolicy | Unusable>
  readonly namespaces?: ReadonlyMap<string, Namespaces | Unusable>
  readonly generation?: number
}

/** A name as the key of a map: its DER. */
export const nameKey = (name: DistinguishedName): string => name.der.toString('latin1')

export function makeTrustAnchors(contents: TrustContents): TrustAnchors {
  const byName = new Map<string, TrustedCertificate[]>()
  const seen = new Set<string>()
  for (const certificate of contents.certificates) {
    if (seen.has(certificate.fingerprint)) continue
    seen.add(certificate.fingerprint)
    const key = nameKey(certificate.subject)
    byName.set(key, [...(byName.get(key) ?? []), { certificate, anchor: isAnchor(certificate) }])
  }
  return {
    generation: contents.generation ?? 0,
    size: seen.size,
    named: subject => byName.get(nameKey(subject)) ?? [],
    crlsOf: authority => contents.crls?.get(nameKey(authority)) ?? [],
    signingPolicyOf: authority => contents.signingPolicies?.get(nameKey(authority)),
    namespacesOf: authority => contents.namespaces?.get(nameKey(authority)),
  }
}

// An old root may be signed with SHA-1. Its signature over itself proves nothing: it is trusted for being installed.
const isAnchor = (certificate: Certificate): boolean =>
  certificate.subject.der.equals(certificate.issuer.der) &&
  (typeof certificate.signatureAlgorithm === 'string' || isSelfSigned(certificate))
