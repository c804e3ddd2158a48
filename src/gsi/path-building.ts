import { type Certificate, isSelfIssued, isSignedWith } from './certificate.ts'
import { type ChainRejection, rejection } from './chain-rejection.ts'
import { keyProblem } from './signature.ts'
import type { TrustAnchors } from './trust-anchors.ts'

/** Signatures that are verified at most in the search for paths of one chain. */
const signatureBudget = 64

interface Step {
  readonly certificate: Certificate
  readonly anchor: boolean
}

/**
 * The paths from the peer's certificate to a trust anchor, one after the other, peer first: each certificate's issuer name
 * is the next one's subject, byte for byte, and its signature was made with the next one's key. The order in which the
 * peer sent the issuers, duplicates, and what does not belong to the path make no difference. Throws ChainRejection when
 * there is not a single path.
 */
export function* pathsToAnchors(
  leaf: Certificate,
  others: readonly Certificate[],
  trust: TrustAnchors,
): Generator<readonly [Certificate, ...Certificate[]]> {
  let budget = signatureBudget
  let deepest: ChainRejection | undefined
  const fail = (error: ChainRejection): void => {
    if (deepest === undefined || error.position > deepest.position) deepest = error
  }
  function* extend(
    path: readonly [Certificate, ...Certificate[]],
  ): Generator<readonly [Certificate, ...Certificate[]]> {
    const last = path.at(-1) ?? path[0]
    const candidates = issuersOf(last, others, trust).filter(
      ({ certificate }) => !path.some(step => step.fingerprint === certificate.fingerprint),
    )
    let signed = false
    let weak: string | undefined
    for (const { certificate, anchor } of candidates) {
      if (budget-- <= 0) return fail(tooHard(path.length - 1, last))
      weak = problemWithSignature(last, certificate)
      if (weak !== undefined || certificate.publicKey === undefined) continue
      if (!isSignedWith(last, certificate.publicKey)) continue
      signed = true
      if (anchor) {
        yield [...path, certificate]
      } else yield* extend([...path, certificate])
    }
    if (!signed) fail(noIssuer(path.length - 1, last, candidates.length, weak))
  }
  let found = trust.named(leaf.subject).some(step => step.anchor && step.certificate.fingerprint === leaf.fingerprint)
  if (found) yield [leaf]
  for (const path of extend([leaf])) {
    found = true
    yield path
  }
  if (!found) throw deepest ?? noIssuer(0, leaf, 0, undefined)
}

function issuersOf(certificate: Certificate, others: readonly Certificate[], trust: TrustAnchors): Step[] {
  const trusted = trust.named(certificate.issuer)
  const known = new Set(trusted.map(step => step.certificate.fingerprint))
  const sent = others.filter(other => other.subject.der.equals(certificate.issuer.der) && !known.has(other.fingerprint))
  return [
    ...trusted.filter(step => step.anchor),
    ...sent.map(other => ({ certificate: other, anchor: false })),
    ...trusted.filter(step => !step.anchor),
  ]
}

function problemWithSignature(certificate: Certificate, issuer: Certificate): string | undefined {
  if (typeof certificate.signatureAlgorithm === 'string') return certificate.signatureAlgorithm
  const problem = keyProblem(issuer.publicKey)
  return problem === undefined ? undefined : `its issuer's key ${problem}`
}

function noIssuer(position: number, last: Certificate, candidates: number, weak: string | undefined): ChainRejection {
  const issuer = last.issuer.slash
  if (candidates > 0 && weak !== undefined) return rejection('weak-signature', position, last, `${weak}.`)
  if (isSelfIssued(last)) {
    return rejection('untrusted-root', position, last, 'it is self-signed and not among the trusted authorities here.')
  }
  return candidates > 0
    ? rejection('bad-signature', position, last, `its signature was not made by ${issuer}.`)
    : rejection(
        'unknown-issuer',
        position,
        last,
        `its issuer ${issuer} is neither in the chain nor among the trusted authorities here.`,
      )
}

const tooHard = (position: number, last: Certificate): ChainRejection =>
  rejection(
    'chain-too-long',
    position,
    last,
    `no path to a trusted authority was found in ${signatureBudget} signatures.`,
  )
