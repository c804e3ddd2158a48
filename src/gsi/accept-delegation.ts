import type { KeyObject } from 'node:crypto'
import { GridwrapError } from '../core/errors.ts'
import { parseCertificate } from './certificate.ts'
import { ChainRejection } from './chain-rejection.ts'
import { type Credential, makeCredential } from './credential.ts'
import { DerError } from './der.ts'
import { type PathOptions, type ValidatedPath, validatePath } from './path-validation.ts'
import type { TrustAnchors } from './trust-anchors.ts'

/** A credential that somebody delegated, with what validating its chain told. */
export interface DelegatedCredential {
  readonly credential: Credential
  readonly validated: ValidatedPath
}

/**
 * Puts the certificates that came for a key of ours together with it. `issuers` are the chain of whoever signed, so the
 * delegation is taken only when it was made with a credential of the same person, for this key, and would itself be
 * admitted: a proxy that a valid chain leads to. Throws GridwrapError (`credential-problem`), which names the reason.
 */
export function acceptDelegation(
  key: KeyObject,
  certificates: readonly Uint8Array[],
  subject: string,
  trust: TrustAnchors,
  options: PathOptions,
): DelegatedCredential {
  try {
    const validated = validatePath(certificates, trust, options)
    const [own] = validated.path
    if (own?.proxyCertInfo === undefined)
      throw refused('the certificate that was delegated is no RFC 3820 proxy', subject)
    if (validated.identity.proxy === 'independent')
      throw refused('an independent proxy has none of the rights of its issuer', subject)
    if (validated.identity.subject !== subject)
      throw refused(`it is a credential of ${validated.identity.subject}`, subject)
    // The root is everybody's own business; what is handed on are the proxies, the end entity, and those in between.
    const handedOn = certificates.map(parseCertificate).filter(one => !one.subject.der.equals(one.issuer.der))
    const credential = makeCredential(key, handedOn, 'The delegated credential')
    if (credential.certificate.fingerprint !== own.fingerprint)
      throw refused('its proxy certificate is for another key than the one that was asked for', subject)
    return { credential, validated }
  } catch (error) {
    if (error instanceof ChainRejection) throw error.toGridwrapError()
    if (error instanceof DerError) throw refused(`it is not a well-formed certificate: ${error.message}`, subject)
    throw error
  }
}

const refused = (why: string, identity: string): GridwrapError =>
  new GridwrapError('credential-problem', `The delegation of ${identity} is not taken: ${why}.`, {
    hint: 'Delegate again from the credential with which the connection was made.',
    detail: { identity, kind: 'delegation' },
  })
