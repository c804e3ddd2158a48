import { type Certificate, isSelfIssued, mayUseKey } from './certificate.ts'
import { rejection } from './chain-rejection.ts'
import { constraintBroken } from './name-constraints.ts'
import { permitsName } from './namespaces-file.ts'
import { checkRevocation, type RevocationOptions } from './revocation.ts'
import { maySign } from './signing-policy.ts'
import type { TrustAnchors } from './trust-anchors.ts'

export interface AuthorityOptions extends RevocationOptions {
  readonly signingPolicy: 'required' | 'if-present'
}

/**
 * RFC 5280 section 6.1 for the part of a path from the end entity (first, at `offset` in the whole path) to the trust
 * anchor (last), below which there may be proxies. Dates, keys and names are looked at for the whole path elsewhere.
 * Throws ChainRejection.
 */
export function checkAuthorities(
  path: readonly Certificate[],
  offset: number,
  trust: TrustAnchors,
  options: AuthorityOptions,
): void {
  path.forEach((certificate, i) => {
    const issuer = path[i + 1]
    const position = offset + i
    if (i > 0) checkAuthority(certificate, path, i, offset)
    if (issuer === undefined) return
    checkRevocation(certificate, issuer, position, trust, options)
    if (!isSelfIssued(certificate)) checkSigningPolicy(certificate, issuer, position, trust, options)
  })
}

function checkAuthority(authority: Certificate, path: readonly Certificate[], i: number, offset: number): void {
  const position = offset + i
  const below = path[i - 1]
  const constraints = authority.basicConstraints
  // A root of X.509 version 1 has no extensions; it is an authority because it is installed as one.
  const oldRoot = authority.version === 1 && i === path.length - 1
  if (constraints?.ca !== true && !oldRoot) {
    const why = `it issued ${below?.subject.slash ?? 'another certificate'} and is no certification authority (basicConstraints).`
    throw rejection('not-a-ca', position, authority, why)
  }
  if (!mayUseKey(authority, 'keyCertSign')) {
    throw rejection('key-usage', position, authority, 'its keyUsage does not let it sign certificates (keyCertSign).')
  }
  // Self-issued certificates do not count (RFC 5280 section 4.2.1.9), nor do proxies (RFC 3820 section 4.2).
  const intermediates = path.slice(1, i).filter(certificate => !isSelfIssued(certificate)).length
  if (constraints?.pathLength !== undefined && intermediates > constraints.pathLength) {
    const why = `its pathLenConstraint allows ${constraints.pathLength} authorities below it, and there are ${intermediates}.`
    throw rejection('path-length', position, authority, why)
  }
  if (authority.nameConstraints === undefined) return
  path.slice(0, i).forEach((certificate, j) => {
    if (j > 0 && isSelfIssued(certificate)) return
    const broken = authority.nameConstraints && constraintBroken(authority.nameConstraints, certificate)
    if (broken !== undefined) throw rejection('name-constraints', offset + j, certificate, `${broken}.`)
  })
}

function checkSigningPolicy(
  certificate: Certificate,
  issuer: Certificate,
  position: number,
  trust: TrustAnchors,
  options: AuthorityOptions,
): void {
  const policy = trust.signingPolicyOf(issuer.subject)
  const authority = issuer.subject.slash
  const isNamed = checkNamespaces(certificate, issuer, position, trust)
  if (policy === undefined) {
    if (isNamed || options.signingPolicy === 'if-present') return
    throw rejection(
      'signing-policy-missing',
      position,
      certificate,
      `there is neither a signing_policy nor a namespaces file of ${authority} here.`,
    )
  }
  if ('unusable' in policy) {
    const why = `the signing_policy file of ${authority} cannot be used: ${policy.unusable}`
    throw rejection('signing-policy-invalid', position, certificate, why)
  }
  if (!maySign(policy, issuer.subject, certificate.subject)) {
    throw rejection(
      'signing-policy',
      position,
      certificate,
      `the signing policy of ${authority} does not let it issue this name.`,
    )
  }
}

/** Where there is a namespaces file, what it says holds beside the signing policy. Whether there is one. */
function checkNamespaces(
  certificate: Certificate,
  issuer: Certificate,
  position: number,
  trust: TrustAnchors,
): boolean {
  const namespaces = trust.namespacesOf(issuer.subject)
  if (namespaces === undefined) return false
  const authority = issuer.subject.slash
  if ('unusable' in namespaces) {
    const why = `the namespaces file of ${authority} cannot be used: ${namespaces.unusable}`
    throw rejection('signing-policy-invalid', position, certificate, why)
  }
  if (permitsName(namespaces, issuer.subject, certificate.subject)) return true
  const why = `the namespaces of ${authority} do not let it issue this name.`
  throw rejection('signing-policy', position, certificate, why)
}
