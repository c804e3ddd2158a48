import { GridwrapError } from '../core/errors.ts'
import type { Certificate } from './certificate.ts'

/** Why a chain is not valid. Closed: docs/gsi-outcomes.md and the tests speak in these words. */
export const rejectionReasons = [
  'empty-chain',
  'chain-too-long',
  'malformed',
  'bad-signature',
  'weak-signature',
  'weak-key',
  'unsupported-key',
  'unknown-issuer',
  'untrusted-root',
  'expired',
  'not-yet-valid',
  'not-a-ca',
  'ca-as-end-entity',
  'key-usage',
  'extended-key-usage',
  'path-length',
  'unknown-critical-extension',
  'name-constraints',
  'ambiguous-name',
  'empty-name',
  'revoked',
  'crl-missing',
  'crl-invalid',
  'crl-expired',
  'signing-policy-missing',
  'signing-policy-invalid',
  'signing-policy',
  'legacy-proxy',
  'draft-proxy',
  'mixed-proxies',
  'proxy-not-critical',
  'proxy-name',
  'proxy-is-ca',
  'proxy-alternative-name',
  'proxy-path-length',
  'proxy-policy',
  'proxy-issuer',
  'limited-proxy',
  'voms-attributes',
] as const

export type RejectionReason = (typeof rejectionReasons)[number]

/** A chain that was not accepted: which of its certificates, and why, in a sentence fit for the peer and the log. */
export class ChainRejection extends Error {
  override readonly name = 'ChainRejection'
  readonly reason: RejectionReason
  /** The place in the path, 0 is the peer's own certificate; for `malformed`, in the chain as it came. */
  readonly position: number
  /** The subject of the certificate in slash form; undefined when it could not be read. */
  readonly certificate: string | undefined

  constructor(reason: RejectionReason, position: number, certificate: string | undefined, why: string) {
    super(
      certificate === undefined
        ? `Certificate ${position + 1} of the chain: ${why}`
        : `Certificate ${position + 1} of the chain (${certificate}): ${why}`,
    )
    this.reason = reason
    this.position = position
    this.certificate = certificate
  }

  /** The same as a fault that may be told to the caller. */
  toGridwrapError(): GridwrapError {
    return new GridwrapError('credential-problem', this.message, {
      hint:
        hints[this.reason] ??
        'Ask the administrator of the container, or your certification authority, about this certificate.',
      detail: { kind: this.reason, ...(this.certificate === undefined ? {} : { identity: this.certificate }) },
      cause: this,
    })
  }
}

const renew = 'Make a new proxy, with `gridwrap proxy init` or grid-proxy-init, and call again.'
const hints: Partial<Record<RejectionReason, string>> = {
  expired: renew,
  'legacy-proxy': 'Make an RFC 3820 proxy: `gridwrap proxy init`, or grid-proxy-init -rfc.',
  'draft-proxy': 'Make an RFC 3820 proxy: `gridwrap proxy init`, or grid-proxy-init -rfc.',
  'proxy-path-length': 'Use the proxy from which this one was made, or make one with a larger path length.',
  'not-yet-valid': 'Compare the clocks of the two hosts.',
  'unknown-issuer': "Ask the container's administrator to install your certification authority in X509_CERT_DIR.",
  'untrusted-root': "Ask the container's administrator to install your certification authority in X509_CERT_DIR.",
  'voms-attributes': 'Make a proxy with new attributes (voms-proxy-init), or one without.',
  'weak-key': 'Make a proxy or a certificate with an RSA key of 2048 bits.',
}

/** The rejection of one certificate of a path. */
export const rejection = (
  reason: RejectionReason,
  position: number,
  certificate: Certificate,
  why: string,
): ChainRejection => new ChainRejection(reason, position, certificate.subject.slash, why)
