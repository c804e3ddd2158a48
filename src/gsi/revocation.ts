import { type Certificate, mayUseKey } from './certificate.ts'
import { rejection } from './chain-rejection.ts'
import { type Crl, isCrlSignedBy } from './crl.ts'
import type { TrustAnchors } from './trust-anchors.ts'

export interface RevocationOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly skew: number
  readonly crl: 'required' | 'if-present'
  /** How long after its next update was due a list is still believed, in milliseconds. */
  readonly crlGrace: number
}

/**
 * Throws ChainRejection when `certificate` is revoked by `issuer`, or when the revocation list that should say so is
 * there and unusable: once a list is installed it must be kept good (so does Globus).
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  position: number,
  trust: TrustAnchors,
  options: RevocationOptions,
): void {
  const lists = trust.crlsOf(issuer.subject)
  if (lists.length === 0) {
    if (options.crl === 'if-present') return
    throw rejection(
      'crl-missing',
      position,
      certificate,
      `there is no revocation list of ${issuer.subject.slash} here.`,
    )
  }
  const signed: Crl[] = []
  let problem = 'it is not signed by it'
  for (const list of lists) {
    if ('unusable' in list) problem = list.unusable
    else if (mayUseKey(issuer, 'cRLSign') && isCrlSignedBy(list, issuer)) {
      signed.push(list)
    }
  }
  if (signed.length === 0) {
    const why = `the revocation list of ${issuer.subject.slash} cannot be used: ${problem}.`
    throw rejection('crl-invalid', position, certificate, why)
  }
  // An expired list still names what was revoked; that is the better message.
  if (signed.some(list => list.revoked.has(certificate.serial))) {
    const why = `it was revoked by ${issuer.subject.slash} (serial number ${certificate.serial}).`
    throw rejection('revoked', position, certificate, why)
  }
  if (!signed.some(list => isCurrent(list, options))) {
    const until = Math.max(...signed.map(list => list.nextUpdate ?? list.thisUpdate))
    const why = `the revocation list of ${issuer.subject.slash} is not current (next update was due ${new Date(until).toISOString()}).`
    throw rejection('crl-expired', position, certificate, why)
  }
}

const isCurrent = (list: Crl, options: RevocationOptions): boolean =>
  list.thisUpdate <= options.now + options.skew &&
  (list.nextUpdate === undefined || options.now <= list.nextUpdate + options.crlGrace)
