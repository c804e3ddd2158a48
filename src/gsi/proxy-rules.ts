import type { ProxyKind } from '../core/identity.ts'
import { type Certificate, mayUseKey } from './certificate.ts'
import { rejection } from './chain-rejection.ts'
import { attributeText, commonNameBeyond } from './dn.ts'
import { oid } from './oids.ts'

const kinds: ReadonlyMap<string, Exclude<ProxyKind, 'none'>> = new Map([
  [oid.proxyInheritAll, 'full'],
  [oid.proxyLimited, 'limited'],
  [oid.proxyIndependent, 'independent'],
])

/** What a proxy's own policy language says; undefined when it is no RFC 3820 proxy or the language is not known here. */
export const ownProxyKind = (certificate: Certificate): Exclude<ProxyKind, 'none'> | undefined =>
  certificate.proxyCertInfo && kinds.get(certificate.proxyCertInfo.language)

/**
 * How many proxies stand at the beginning of a path, by what the certificates say of themselves. Throws ChainRejection
 * for a proxy of a kind from before RFC 3820: GT2 ones are known by their name only, GT3 ones by a draft's OID.
 */
export function countProxies(path: readonly Certificate[]): number {
  let count = 0
  for (const [i, certificate] of path.entries()) {
    if (certificate.draftProxy) {
      throw rejection(
        'draft-proxy',
        i,
        certificate,
        'it is a proxy of the draft that Globus Toolkit 3 used, not of RFC 3820.',
      )
    }
    if (certificate.proxyCertInfo === undefined) {
      if (isLegacyProxy(certificate)) {
        throw rejection(
          'legacy-proxy',
          i,
          certificate,
          'it is a proxy of the old Globus Toolkit 2 kind, not of RFC 3820.',
        )
      }
      break
    }
    count = i + 1
  }
  return count
}

function isLegacyProxy(certificate: Certificate): boolean {
  const commonName = commonNameBeyond(certificate.issuer, certificate.subject)
  return commonName === 'proxy' || commonName === 'limited proxy'
}

/**
 * RFC 3820 section 4 for the first `count` certificates of a path. The strongest restriction among them: below an
 * independent proxy everything is independent. A limited proxy that issues a full one is refused, as Globus does; it may
 * issue limited and independent ones. Throws ChainRejection.
 */
export function checkProxies(path: readonly Certificate[], count: number): ProxyKind {
  let kind: ProxyKind = 'none'
  for (let i = count - 1; i >= 0; i--) {
    const [proxy, issuer] = [path[i], path[i + 1]]
    if (proxy === undefined || issuer === undefined) throw new Error('A path ends in a proxy.')
    const own = checkProxy(proxy, issuer, i)
    if (kind === 'limited' && own === 'full') {
      throw rejection(
        'limited-proxy',
        i,
        proxy,
        'a limited proxy issued it, and may issue only limited or independent ones.',
      )
    }
    kind = kind === 'independent' ? kind : own
  }
  return kind
}

function checkProxy(proxy: Certificate, issuer: Certificate, i: number): Exclude<ProxyKind, 'none'> {
  const info = proxy.proxyCertInfo
  if (info === undefined) throw new Error('A certificate without proxyCertInfo is checked as a proxy.')
  // Section 3.8: the extension is critical, or software that does not know proxies takes one for an ordinary certificate.
  if (!info.critical) throw rejection('proxy-not-critical', i, proxy, 'its proxyCertInfo extension is not critical.')
  // Section 3.1 and 3.2: issued by an end entity or by another proxy, which may sign.
  if (issuer.basicConstraints?.ca === true) {
    throw rejection(
      'proxy-issuer',
      i,
      proxy,
      `${issuer.subject.slash} is a certification authority and may not issue proxies.`,
    )
  }
  if (!mayUseKey(issuer, 'digitalSignature')) {
    throw rejection(
      'key-usage',
      i + 1,
      issuer,
      'its keyUsage does not let it sign, and so not issue proxies (digitalSignature).',
    )
  }
  // Section 3.4
  if (commonNameBeyond(issuer.subject, proxy.subject) === undefined) {
    const last = proxy.subject.rdns.at(-1)?.map(attributeText).join('+') ?? ''
    const why = `its name must be that of its issuer and exactly one more CN, and ends with "${last}".`
    throw rejection('proxy-name', i, proxy, why)
  }
  // Section 3.5
  if (proxy.subjectAltName !== undefined || proxy.issuerAltName) {
    throw rejection('proxy-alternative-name', i, proxy, 'it has an alternative name, which a proxy may not have.')
  }
  // Sections 3.6 and 3.7
  if (proxy.basicConstraints?.ca === true) throw rejection('proxy-is-ca', i, proxy, 'a proxy says it is an authority.')
  if (proxy.keyUsage !== undefined && mayUseKey(proxy, 'keyCertSign')) {
    throw rejection('key-usage', i, proxy, 'a proxy says it may sign certificates (keyCertSign).')
  }
  if (info.pathLength !== undefined && i > info.pathLength) {
    const why = `it allows ${info.pathLength} proxies below it (pCPathLenConstraint), and there are ${i}.`
    throw rejection('proxy-path-length', i, proxy, why)
  }
  const kind = kinds.get(info.language)
  if (kind === undefined) {
    throw rejection('proxy-policy', i, proxy, `its policy language ${info.language} is not known here.`)
  }
  // Section 3.8.2: these languages have no policy text.
  if (info.policy !== undefined)
    throw rejection('proxy-policy', i, proxy, 'it has a policy text where there may be none.')
  return kind
}
