import type { ProxyKind } from '../core/identity.ts'
import type { Certificate } from './certificate.ts'
import type { ProxyCertInfo } from './certificate-extensions.ts'
import { commonNameBeyond } from './dn.ts'
import { oid } from './oids.ts'

/** Proxies of RFC 3820; of the draft before it (Globus Toolkit 3); and those before that (Globus Toolkit 2). */
export const proxyGenerations = ['rfc3820', 'draft', 'legacy'] as const
export type ProxyGeneration = (typeof proxyGenerations)[number]

const kinds: ReadonlyMap<string, Exclude<ProxyKind, 'none'>> = new Map([
  [oid.proxyInheritAll, 'full'],
  [oid.proxyLimited, 'limited'],
  [oid.proxyIndependent, 'independent'],
])

/** The kind that a policy language stands for; undefined when it is not known here. */
export const kindOfLanguage = (language: string): Exclude<ProxyKind, 'none'> | undefined => kinds.get(language)

/** Of which generation a proxy is, by what it says of itself; undefined when it is no proxy. */
export function generationOf(certificate: Certificate): ProxyGeneration | undefined {
  if (certificate.draftProxyCertInfo !== undefined) return 'draft'
  if (certificate.proxyCertInfo !== undefined) return 'rfc3820'
  return legacyKind(certificate) === undefined ? undefined : 'legacy'
}

/** What an RFC 3820 proxy, or one of the draft, says of itself. */
export const infoOf = (certificate: Certificate): ProxyCertInfo | undefined =>
  certificate.draftProxyCertInfo ?? certificate.proxyCertInfo

/** Proxies of Globus Toolkit 2 have no extension: their name is their issuer's and `CN=proxy` or `CN=limited proxy`. */
export function legacyKind(certificate: Certificate): 'full' | 'limited' | undefined {
  const commonName = commonNameBeyond(certificate.issuer, certificate.subject)
  return commonName === 'proxy' ? 'full' : commonName === 'limited proxy' ? 'limited' : undefined
}

/** What a proxy's own policy says; undefined when it is no proxy, or one whose policy is not known here. */
export function ownProxyKind(certificate: Certificate): Exclude<ProxyKind, 'none'> | undefined {
  const info = infoOf(certificate)
  return info === undefined ? legacyKind(certificate) : kindOfLanguage(info.language)
}

/** The first of a credential's certificates that is no proxy: the one that names somebody. */
export const endEntityOf = (certificates: readonly Certificate[]): Certificate | undefined =>
  certificates.find(certificate => generationOf(certificate) === undefined)
