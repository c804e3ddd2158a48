import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Certificate } from '../../../src/gsi/certificate.ts'
import { extension, randomSerial, signCertificate } from '../../../src/gsi/certificate-builder.ts'
import { type Extension, keyUsageBit } from '../../../src/gsi/certificate-extensions.ts'
import { ChainRejection, type RejectionReason } from '../../../src/gsi/chain-rejection.ts'
import { appendCommonName, type DistinguishedName, nameFromSlashForm } from '../../../src/gsi/dn.ts'
import { oid } from '../../../src/gsi/oids.ts'
import { type PathOptions, type ValidatedPath, validatePath } from '../../../src/gsi/path-validation.ts'
import { makeTrustAnchors, type TrustAnchors } from '../../../src/gsi/trust-anchors.ts'

/** Somebody who has a certificate and its key, and so can sign whatever they like. */
export interface Holder {
  readonly certificate: Certificate
  readonly key: KeyObject
}

export const now = Date.parse('2026-06-01T12:00:00Z')
export const hour = 3_600_000

export const newKey = (): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

interface Wishes {
  readonly extensions?: readonly Extension[]
  readonly notBefore?: number
  readonly notAfter?: number
  readonly issuerName?: DistinguishedName
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
}

/** Signs anything, allowed or not. */
export function issue(issuer: Holder | 'self', subject: string | DistinguishedName, wishes: Wishes = {}): Holder {
  const { privateKey, publicKey } = wishes.keys ?? newKey()
  const name = typeof subject === 'string' ? nameFromSlashForm(subject) : subject
  const certificate = signCertificate(
    {
      serial: randomSerial(),
      issuer: wishes.issuerName ?? (issuer === 'self' ? name : issuer.certificate.subject),
      subject: name,
      notBefore: wishes.notBefore ?? now - hour,
      notAfter: wishes.notAfter ?? now + 12 * hour,
      publicKey,
      extensions: wishes.extensions ?? [],
    },
    issuer === 'self' ? privateKey : issuer.key,
  )
  return { certificate, key: privateKey }
}

export const caExtensions = (pathLength?: number): Extension[] => [
  extension.basicConstraints(true, pathLength),
  extension.keyUsage(keyUsageBit.keyCertSign, keyUsageBit.cRLSign),
]
export const userExtensions: readonly Extension[] = [
  extension.basicConstraints(false),
  extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyEncipherment),
]
const proxyUsage = extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyEncipherment)

export const root = (dn = '/O=Test/CN=Root', wishes: Wishes = {}): Holder =>
  issue('self', dn, { extensions: caExtensions(), ...wishes })
export const user = (ca: Holder, dn: string | DistinguishedName = '/O=Test/CN=Alice', wishes: Wishes = {}): Holder =>
  issue(ca, dn, { extensions: userExtensions, ...wishes })

let serial = 1000

interface ProxyWishes extends Wishes {
  readonly language?: string
  readonly pathLength?: number
  readonly commonName?: string
  readonly subject?: DistinguishedName
}

export const proxy = (issuer: Holder, wishes: ProxyWishes = {}): Holder =>
  issue(issuer, wishes.subject ?? appendCommonName(issuer.certificate.subject, wishes.commonName ?? String(serial++)), {
    extensions: [proxyUsage, extension.proxyCertInfo(wishes.language ?? oid.proxyInheritAll, wishes.pathLength)],
    ...wishes,
  })
export const limited = (issuer: Holder, wishes: ProxyWishes = {}): Holder =>
  proxy(issuer, { language: oid.proxyLimited, ...wishes })
export const independent = (issuer: Holder, wishes: ProxyWishes = {}): Holder =>
  proxy(issuer, { language: oid.proxyIndependent, ...wishes })

export const trusting = (...roots: readonly Holder[]): TrustAnchors =>
  makeTrustAnchors({ certificates: roots.map(({ certificate }) => certificate) })

export const ders = (...chain: readonly Holder[]): Buffer[] => chain.map(({ certificate }) => certificate.der)

export const validate = (
  chain: readonly Uint8Array[],
  trust: TrustAnchors,
  options: Partial<PathOptions> = {},
): ValidatedPath => validatePath(chain, trust, { now, ...options })

/** The rejection, or a failure when the chain is accepted. */
export function rejectionOf(
  chain: readonly Uint8Array[],
  trust: TrustAnchors,
  options: Partial<PathOptions> = {},
): ChainRejection {
  try {
    const { identity } = validate(chain, trust, options)
    throw new Error(`The chain was accepted as ${identity.subject} (${identity.proxy}).`)
  } catch (error) {
    if (error instanceof ChainRejection) return error
    throw error
  }
}

export const reasonOf = (
  chain: readonly Uint8Array[],
  trust: TrustAnchors,
  options: Partial<PathOptions> = {},
): RejectionReason => rejectionOf(chain, trust, options).reason
