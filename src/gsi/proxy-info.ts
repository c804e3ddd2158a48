import { wallClock } from '../core/clock.ts'
import { formatDuration } from '../core/quantities.ts'
import type { Certificate } from './certificate.ts'
import type { Credential } from './credential.ts'
import { generationOf, ownProxyKind, type ProxyGeneration } from './proxy-generation.ts'

/** What there is to say of a credential. */
export interface ProxyInfo {
  readonly subject: string
  readonly issuer: string
  /**
   * Whom Globus takes its bearer for: the subject of the first certificate that inherits nothing from its issuer, which is
   * no proxy or an independent one. Undefined when the file does not hold it.
   */
  readonly identity: string | undefined
  /** In the words of grid-proxy-info. */
  readonly type: string
  readonly kind: 'none' | 'full' | 'limited' | 'independent' | 'unknown'
  readonly generation: ProxyGeneration | undefined
  /** Bits of the key (of the curve, for EC). */
  readonly strength: number
  /** How many proxies may follow it; undefined: any number. */
  readonly proxiesLeft: number | undefined
  readonly path: string | undefined
  readonly expires: Date
  /** Seconds; 0 when it has expired. */
  readonly timeleft: number
  /** What is wrong with it, a sentence each; nobody has asked yet whether its authority is trusted. */
  readonly problems: readonly string[]
}

/** Describes a credential, read from `path` if that is said. */
export function proxyInfo(credential: Credential, path?: string): ProxyInfo {
  const { certificate, certificates } = credential
  const generation = generationOf(certificate)
  const kind = generation === undefined ? 'none' : (ownProxyKind(certificate) ?? 'unknown')
  const named = certificates.find(one => generationOf(one) === undefined || ownProxyKind(one) === 'independent')
  return {
    subject: certificate.subject.slash,
    issuer: certificate.issuer.slash,
    identity: named?.subject.slash,
    type: typeOf(generation, kind),
    kind,
    generation,
    strength: strengthOf(credential),
    proxiesLeft: proxiesLeft(certificates),
    path,
    expires: new Date(credential.expires),
    timeleft: Math.max(0, Math.floor((credential.expires - wallClock()) / 1000)),
    problems: [
      ...certificates.flatMap(problemsOf),
      ...(named === undefined ? ['The certificate of its issuer is not in it.'] : []),
    ],
  }
}

/** RFC 3820 section 3.8.1: each proxy says how many may follow it, and those that did count. */
function proxiesLeft(certificates: readonly Certificate[]): number | undefined {
  const left = certificates.flatMap(({ proxyCertInfo }, below) =>
    proxyCertInfo?.pathLength === undefined ? [] : [Math.max(0, proxyCertInfo.pathLength - below)],
  )
  return left.length === 0 ? undefined : Math.min(...left)
}

const types: Record<ProxyInfo['kind'], string> = {
  none: 'end entity credential',
  full: 'RFC 3820 compliant impersonation proxy',
  limited: 'RFC 3820 compliant limited proxy',
  independent: 'RFC 3820 compliant independent proxy',
  unknown: 'RFC 3820 compliant restricted proxy',
}

function typeOf(generation: ProxyGeneration | undefined, kind: ProxyInfo['kind']): string {
  if (generation === 'legacy') return kind === 'limited' ? 'limited legacy globus proxy' : 'full legacy globus proxy'
  return generation === 'draft' ? types[kind].replace('RFC 3820', 'Proxy draft (pre-RFC)') : types[kind]
}

const weakest = 1024

function problemsOf(certificate: Certificate): string[] {
  const now = wallClock()
  const { subject, notBefore, notAfter, publicKey } = certificate
  const bits = publicKey?.asymmetricKeyDetails?.modulusLength
  return [
    ...(notAfter < now ? [`${subject.slash} expired at ${new Date(notAfter).toISOString()}.`] : []),
    ...(notBefore > now ? [`${subject.slash} is not valid before ${new Date(notBefore).toISOString()}.`] : []),
    ...(bits !== undefined && bits < weakest
      ? [`${subject.slash} has an RSA key of ${bits} bits, which nobody takes.`]
      : []),
  ]
}

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }

function strengthOf({ key }: Credential): number {
  const details = key.asymmetricKeyDetails
  return details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? 256
}

/** The lines that `gridwrap proxy info` prints, laid out as grid-proxy-info does. */
export const formatProxyInfo = (info: ProxyInfo): string =>
  [
    `subject  : ${info.subject}`,
    `issuer   : ${info.issuer}`,
    `identity : ${info.identity ?? 'unknown: the issuer of the proxy is not in the file'}`,
    `type     : ${info.type}`,
    `strength : ${info.strength} bits`,
    ...(info.proxiesLeft === undefined ? [] : [`pathlen  : ${info.proxiesLeft}`]),
    ...(info.path === undefined ? [] : [`path     : ${info.path}`]),
    `timeleft : ${info.timeleft === 0 ? 'expired' : `${clock(info.timeleft)} (${formatDuration(info.timeleft)})`}`,
    ...info.problems.map(problem => `problem  : ${problem}`),
    '',
  ].join('\n')

const clock = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(n => String(n).padStart(2, '0'))
    .join(':')
