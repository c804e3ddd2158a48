import { type GsiIdentity, noAttributes } from '../core/identity.ts'
import { type AuthorityOptions, checkAuthorities } from './authority-rules.ts'
import { type Certificate, mayUseKey } from './certificate.ts'
import { readChain } from './chain-certificates.ts'
import { ChainRejection, rejection } from './chain-rejection.ts'
import { oid } from './oids.ts'
import { pathsToAnchors } from './path-building.ts'
import type { ProxyGeneration } from './proxy-generation.ts'
import { checkProxies, countProxies } from './proxy-rules.ts'
import { keyProblem } from './signature.ts'
import type { TrustAnchors } from './trust-anchors.ts'

export interface PathOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How far ahead of ours the clock of an issuer may be: on notBefore only. Default 300. */
  readonly clockSkewSeconds?: number
  /** Whether every authority must have a revocation list here. One that is there must be good in any case. */
  readonly crl?: 'required' | 'if-present'
  /** How long after its next update was due a revocation list is still believed. Default 0, as Globus has it. */
  readonly crlGraceSeconds?: number
  /** Whether every authority must have a signing_policy file here, as Globus demands. Default `if-present`. */
  readonly signingPolicy?: 'required' | 'if-present'
  /** The generations of proxies that are taken. Default: those of RFC 3820. */
  readonly proxies?: readonly ProxyGeneration[]
}

export interface ValidatedPath {
  readonly identity: GsiIdentity
  /** From the peer's certificate to the trust anchor. */
  readonly path: readonly Certificate[]
  /** The first certificate of the path that is no proxy: the one that names somebody. */
  readonly endEntity: Certificate
}

interface PathSettings extends AuthorityOptions {
  readonly proxies: readonly ProxyGeneration[]
}

/** Paths of one chain that are looked at when the first is not valid (an authority with several certificates). */
const maximumPaths = 8

/**
 * Decides who the peer is: RFC 5280 section 6.1 from a trust anchor to the end entity, RFC 3820 from there to the peer.
 * `chain` is as it came, the peer's certificate first, the rest in any order. Throws ChainRejection, nothing else.
 */
export function validatePath(chain: readonly Uint8Array[], trust: TrustAnchors, options: PathOptions): ValidatedPath {
  const settings: PathSettings = {
    proxies: options.proxies ?? ['rfc3820'],
    now: options.now,
    skew: (options.clockSkewSeconds ?? 300) * 1000,
    crl: options.crl ?? 'if-present',
    crlGrace: (options.crlGraceSeconds ?? 0) * 1000,
    signingPolicy: options.signingPolicy ?? 'if-present',
  }
  const [leaf, ...others] = readChain(chain)
  let first: ChainRejection | undefined
  let tried = 0
  for (const path of pathsToAnchors(leaf, others, trust)) {
    try {
      return checkPath(path, trust, settings)
    } catch (error) {
      if (!(error instanceof ChainRejection)) throw error
      first ??= error
    }
    if (++tried === maximumPaths) break
  }
  throw first ?? rejection('unknown-issuer', 0, leaf, 'no path leads to a trusted authority.')
}

function checkPath(
  path: readonly [Certificate, ...Certificate[]],
  trust: TrustAnchors,
  options: PathSettings,
): ValidatedPath {
  const proxies = countProxies(path, options.proxies)
  const endEntity = path[proxies]
  if (endEntity === undefined || (proxies > 0 && proxies === path.length - 1)) {
    throw rejection(
      'proxy-issuer',
      proxies - 1,
      path[proxies - 1] ?? path[0],
      'an authority issued it, which may not issue proxies.',
    )
  }
  path.forEach((certificate, i) => {
    checkKey(certificate, i, i < proxies)
    checkNames(certificate, i)
    checkDates(certificate, i, options)
    const [unknown] = certificate.unknownCritical
    if (unknown !== undefined) {
      const why = `its critical extension ${unknown} is not understood here.`
      throw rejection('unknown-critical-extension', i, certificate, why)
    }
    if (i <= proxies) checkExtendedKeyUsage(certificate, i)
  })
  const proxy = checkProxies(path, proxies)
  if (endEntity.basicConstraints?.ca === true || path.length === 1) {
    throw rejection('ca-as-end-entity', proxies, endEntity, 'it is a certification authority and identifies nobody.')
  }
  if (!mayUseKey(path[0], 'digitalSignature')) {
    throw rejection('key-usage', 0, path[0], 'its keyUsage does not let it prove who it is (digitalSignature).')
  }
  checkAuthorities(path.slice(proxies), proxies, trust, options)
  return {
    identity: {
      scheme: 'gsi',
      subject: endEntity.subject.slash,
      issuer: endEntity.issuer.slash,
      proxy,
      expires: Math.min(...path.map(certificate => certificate.notAfter)),
      attributes: noAttributes,
    },
    path,
    endEntity,
  }
}

function checkDates(certificate: Certificate, i: number, options: AuthorityOptions): void {
  if (certificate.notBefore > options.now + options.skew) {
    const why = `it is not valid before ${new Date(certificate.notBefore).toISOString()}, and it is ${new Date(options.now).toISOString()} here.`
    throw rejection('not-yet-valid', i, certificate, why)
  }
  if (certificate.notAfter < options.now) {
    throw rejection('expired', i, certificate, `it expired at ${new Date(certificate.notAfter).toISOString()}.`)
  }
}

function checkNames(certificate: Certificate, i: number): void {
  const { subject } = certificate
  if (subject.rdns.length === 0) throw rejection('empty-name', i, certificate, 'it has no subject name.')
  if (subject.ambiguous !== undefined) {
    const why = `its value "${subject.ambiguous}" would let it be read as another name.`
    throw rejection('ambiguous-name', i, certificate, why)
  }
}

// Proxies live for hours: 1024 bits are taken, as grid software made them for long.
function checkKey(certificate: Certificate, i: number, proxy: boolean): void {
  const problem = keyProblem(certificate.publicKey)
  if (problem !== undefined) throw rejection('unsupported-key', i, certificate, `its key ${problem}.`)
  const bits = certificate.publicKey?.asymmetricKeyDetails?.modulusLength
  const least = proxy ? 1024 : 2048
  if (bits !== undefined && bits < least) {
    throw rejection('weak-key', i, certificate, `its RSA key has ${bits} bits and needs ${least}.`)
  }
}

const tlsPurposes: ReadonlySet<string> = new Set([oid.clientAuth, oid.serverAuth, oid.anyExtendedKeyUsage])

// Either side of TLS will do: host certificates call others too, and Globus has never told the two apart.
function checkExtendedKeyUsage(certificate: Certificate, i: number): void {
  if (certificate.extendedKeyUsage === undefined || certificate.extendedKeyUsage.some(use => tlsPurposes.has(use)))
    return
  throw rejection('extended-key-usage', i, certificate, 'its extKeyUsage is for something else than TLS.')
}
