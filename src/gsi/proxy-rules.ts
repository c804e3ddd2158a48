import type { ProxyKind } from '../core/identity.ts'
import { type Certificate, mayUseKey } from './certificate.ts'
import { rejection } from './chain-rejection.ts'
import { attributeText, commonNameBeyond } from './dn.ts'
import { generationOf, infoOf, kindOfLanguage, legacyKind, type ProxyGeneration } from './proxy-generation.ts'

/**
 * How many proxies stand at the beginning of a path, by what the certificates say of themselves. Throws ChainRejection
 * for a generation that is not taken, and for two generations in one path, as Globus does.
 */
export function countProxies(path: readonly Certificate[], taken: readonly ProxyGeneration[]): number {
  let first: ProxyGeneration | undefined
  for (const [i, certificate] of path.entries()) {
    const generation = generationOf(certificate)
    if (generation === undefined) return i
    if (!taken.includes(generation)) throw notTaken(generation, i, certificate)
    first ??= generation
    if (certificate.proxyCertInfo !== undefined && certificate.draftProxyCertInfo !== undefined)
      throw rejection('mixed-proxies', i, certificate, 'it says twice, and differently, what it is.')
    if (generation !== first) {
      const why = `it is ${names[generation]}, and the one below it ${names[first]}.`
      throw rejection('mixed-proxies', i, certificate, why)
    }
  }
  return path.length
}

const names: Record<ProxyGeneration, string> = {
  rfc3820: 'a proxy of RFC 3820',
  draft: 'a proxy of the draft that Globus Toolkit 3 used',
  legacy: 'a proxy of the old Globus Toolkit 2 kind',
}

const notTaken = (generation: ProxyGeneration, i: number, certificate: Certificate) =>
  generation === 'rfc3820'
    ? rejection('proxy-policy', i, certificate, 'proxies of RFC 3820 are not taken here.')
    : rejection(`${generation}-proxy`, i, certificate, `it is ${names[generation]}, not of RFC 3820.`)

/**
 * RFC 3820 section 4 for the first `count` certificates of a path. The strongest restriction among them: below an
 * independent proxy everything is independent. A limited proxy that issues a full one is refused, as Globus does; it may
 * issue limited and independent ones. Below a limited proxy of the old kind everything is limited. Throws ChainRejection.
 */
export function checkProxies(path: readonly Certificate[], count: number): ProxyKind {
  let kind: ProxyKind = 'none'
  for (let i = count - 1; i >= 0; i--) {
    const [proxy, issuer] = [path[i], path[i + 1]]
    if (proxy === undefined || issuer === undefined) throw new Error('A path ends in a proxy.')
    const legacy = legacyKind(proxy)
    const own =
      infoOf(proxy) === undefined && legacy !== undefined
        ? checkLegacy(proxy, issuer, i, legacy)
        : checkProxy(proxy, issuer, i)
    if (kind === 'limited' && own === 'full' && infoOf(proxy) !== undefined) {
      throw rejection(
        'limited-proxy',
        i,
        proxy,
        'a limited proxy issued it, and may issue only limited or independent ones.',
      )
    }
    kind = kind === 'independent' || (kind === 'limited' && own === 'full') ? kind : own
  }
  return kind
}

/** What Globus Toolkit 2 asks of its proxies, and no more. */
function checkLegacy(proxy: Certificate, issuer: Certificate, i: number, kind: 'full' | 'limited'): 'full' | 'limited' {
  checkCommon(proxy, issuer, i)
  // OpenSSL, and so Globus, takes their issuer for an authority: of a key usage that it has, this must be part.
  if (!mayUseKey(issuer, 'keyCertSign')) {
    throw rejection(
      'key-usage',
      i + 1,
      issuer,
      'its keyUsage does not let it sign certificates (keyCertSign), which proxies of Globus Toolkit 2 need.',
    )
  }
  return kind
}

function checkCommon(proxy: Certificate, issuer: Certificate, i: number): void {
  // Section 3.1: issued by an end entity or by another proxy.
  if (issuer.basicConstraints?.ca === true) {
    throw rejection(
      'proxy-issuer',
      i,
      proxy,
      `${issuer.subject.slash} is a certification authority and may not issue proxies.`,
    )
  }
  // Section 3.4
  if (commonNameBeyond(issuer.subject, proxy.subject) === undefined) {
    const last = proxy.subject.rdns.at(-1)?.map(attributeText).join('+') ?? ''
    const why = `its name must be that of its issuer and exactly one more CN, and ends with "${last}".`
    throw rejection('proxy-name', i, proxy, why)
  }
  // Section 3.7
  if (proxy.basicConstraints?.ca === true) throw rejection('proxy-is-ca', i, proxy, 'a proxy says it is an authority.')
}

function checkProxy(proxy: Certificate, issuer: Certificate, i: number): Exclude<ProxyKind, 'none'> {
  const info = infoOf(proxy)
  if (info === undefined) throw new Error('A certificate without proxyCertInfo is checked as a proxy.')
  // Section 3.8: the extension is critical, or software that does not know proxies takes one for an ordinary certificate.
  if (!info.critical) throw rejection('proxy-not-critical', i, proxy, 'its proxyCertInfo extension is not critical.')
  checkCommon(proxy, issuer, i)
  // Section 3.2: whoever issued it may sign.
  if (!mayUseKey(issuer, 'digitalSignature')) {
    throw rejection(
      'key-usage',
      i + 1,
      issuer,
      'its keyUsage does not let it sign, and so not issue proxies (digitalSignature).',
    )
  }
  // Section 3.5
  if (proxy.subjectAltName !== undefined || proxy.issuerAltName) {
    throw rejection('proxy-alternative-name', i, proxy, 'it has an alternative name, which a proxy may not have.')
  }
  // Section 3.6
  if (proxy.keyUsage !== undefined && mayUseKey(proxy, 'keyCertSign')) {
    throw rejection('key-usage', i, proxy, 'a proxy says it may sign certificates (keyCertSign).')
  }
  if (info.pathLength !== undefined && i > info.pathLength) {
    const why = `it allows ${info.pathLength} proxies below it (pCPathLenConstraint), and there are ${i}.`
    throw rejection('proxy-path-length', i, proxy, why)
  }
  const kind = kindOfLanguage(info.language)
  if (kind === undefined) {
    throw rejection('proxy-policy', i, proxy, `its policy language ${info.language} is not known here.`)
  }
  // Section 3.8.2: these languages have no policy text.
  if (info.policy !== undefined)
    throw rejection('proxy-policy', i, proxy, 'it has a policy text where there may be none.')
  return kind
}
