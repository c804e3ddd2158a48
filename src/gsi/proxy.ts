import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { ProxyKind } from '../core/identity.ts'
import { type Certificate, mayUseKey } from './certificate.ts'
import { extension, randomSerial, signCertificate } from './certificate-builder.ts'
import { keyUsageBit } from './certificate-extensions.ts'
import { type Credential, makeCredential } from './credential.ts'
import { appendCommonName } from './dn.ts'
import { oid } from './oids.ts'
import { generationOf, ownProxyKind } from './proxy-generation.ts'

export interface ProxyOptions {
  /** Lifetime; it never outlives its issuers. Default 12. */
  readonly hours?: number
  /** What its bearer may do. Default: as much as the issuer, `full` or `limited`. */
  readonly kind?: Exclude<ProxyKind, 'none'>
  /** How many proxies may follow below it. Default: any number. */
  readonly pathLength?: number
}

const languages: Record<Exclude<ProxyKind, 'none'>, string> = {
  full: oid.proxyInheritAll,
  limited: oid.proxyLimited,
  independent: oid.proxyIndependent,
}

const backdating = 300_000

const makeKeyPair = promisify(generateKeyPair)

/**
 * Makes an RFC 3820 proxy of a credential, with a new RSA key of `bits` (2048, on libuv's thread pool).
 * Throws GridwrapError (`credential-problem`) when the issuer may not issue one like that.
 */
export async function createProxy(
  issuer: Credential,
  options: ProxyOptions & { readonly bits?: number } = {},
): Promise<Credential> {
  const bits = options.bits ?? 2048
  if (![1024, 2048, 3072, 4096].includes(bits)) {
    throw problem(`A proxy with an RSA key of ${bits} bits cannot be made.`, 'Use 2048, 3072 or 4096 bits.')
  }
  checkIssuer(issuer, options)
  const { privateKey, publicKey } = await makeKeyPair('rsa', { modulusLength: bits })
  return makeCredential(privateKey, [signProxy(issuer, publicKey, options), ...issuer.certificates])
}

/**
 * Signs a proxy certificate for somebody else's key: the one who delegates. The other side has the private half.
 * Throws GridwrapError (`credential-problem`) when the issuer may not issue one like that.
 */
export function signProxy(issuer: Credential, publicKey: KeyObject, options: ProxyOptions = {}): Certificate {
  checkIssuer(issuer, options)
  const now = wallClock()
  const serial = randomSerial(8)
  return signCertificate(
    {
      serial,
      issuer: issuer.certificate.subject,
      // RFC 3820 section 3.4: unique among those of this issuer.
      subject: appendCommonName(issuer.certificate.subject, BigInt(`0x${serial.toString('hex')}`).toString()),
      notBefore: Math.max(now - backdating, issuer.certificate.notBefore),
      notAfter: Math.min(now + (options.hours ?? 12) * 3_600_000, issuer.expires),
      publicKey,
      extensions: [
        extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyEncipherment),
        extension.proxyCertInfo(languages[kindFor(issuer, options)], options.pathLength),
      ],
    },
    issuer.key,
  )
}

const kindFor = (issuer: Credential, options: ProxyOptions): Exclude<ProxyKind, 'none'> =>
  options.kind ?? (ownProxyKind(issuer.certificate) === 'limited' ? 'limited' : 'full')

/** Throws GridwrapError (`credential-problem`) when a credential may not issue a proxy like that. */
export function checkIssuer(issuer: Credential, options: ProxyOptions): void {
  const { certificate, certificates } = issuer
  const name = certificate.subject.slash
  const now = wallClock()
  if (issuer.expires <= now) {
    const expired = new Date(issuer.expires).toISOString()
    throw problem(
      `The credential of ${name} expired at ${expired}.`,
      'Renew it, or make a proxy from one that is valid.',
    )
  }
  if (!((options.hours ?? 12) > 0))
    throw problem('The lifetime of a proxy must be more than 0 hours.', 'Leave it out for 12.')
  const generation = generationOf(certificate)
  if (generation !== undefined && generation !== 'rfc3820') {
    throw problem(
      `${name} is a proxy from before RFC 3820, and proxies of two kinds do not go together.`,
      'Make the new proxy from the certificate with which that one was made.',
    )
  }
  if (certificate.basicConstraints?.ca === true || !mayUseKey(certificate, 'digitalSignature')) {
    throw problem(`The certificate ${name} may not issue proxies.`, 'Use a user or host certificate, or a proxy.')
  }
  certificates.forEach((above, i) => {
    const allowed = above.proxyCertInfo?.pathLength
    if (allowed !== undefined && i + 1 > allowed) {
      throw problem(
        `The proxy ${above.subject.slash} allows ${allowed} below it (its path length), and this would be one more.`,
        'Make the new proxy from the credential from which that one was made.',
      )
    }
  })
  if (ownProxyKind(certificate) === 'limited' && kindFor(issuer, options) === 'full') {
    throw problem(
      `${name} is a limited proxy and cannot issue a full one.`,
      'Make a limited proxy, or use a full one to make it.',
    )
  }
}

const problem = (message: string, hint: string): GridwrapError =>
  new GridwrapError('credential-problem', message, { hint })
