import { noAttributes, type VoAttributes } from '../../core/identity.ts'
import type { Certificate } from '../certificate.ts'
import { ChainRejection } from '../chain-rejection.ts'
import { DerError } from '../der.ts'
import { oid } from '../oids.ts'
import { type PathOptions, validatePath } from '../path-validation.ts'
import { keyProblem, verifySignature } from '../signature.ts'
import type { TrustAnchors } from '../trust-anchors.ts'
import {
  type AttributeCertificate,
  parseAttributeCertificate,
  readAttributeCertificates,
} from './attribute-certificate.ts'
import { isVoName, voOf } from './fqan.ts'
import type { VomsDirectory } from './voms-directory.ts'

export interface AttributeSettings {
  readonly directory: VomsDirectory
  readonly trust: TrustAnchors
  readonly path: PathOptions
  /** Names of this host, for attribute certificates that are meant for certain hosts. */
  readonly hosts: readonly string[]
}

/**
 * The VOMS attributes of a validated path (peer first, up to the end entity). As in VOMS, those of the proxy nearest to
 * the peer that has any are looked at. Each is believed when its VO's signers signed it, for this end entity, for this
 * host, and for now; the others come back with the reason. Never throws.
 */
export function verifyAttributes(
  path: readonly Certificate[],
  endEntity: Certificate,
  settings: AttributeSettings,
): VoAttributes {
  const end = path.indexOf(endEntity)
  const bearer = path.slice(0, end).find(one => extensionOf(one) !== undefined)
  const extension = bearer && extensionOf(bearer)
  if (extension === undefined) return noAttributes
  let all: readonly Buffer[]
  try {
    all = readAttributeCertificates(extension)
  } catch (error) {
    return { ...noAttributes, problems: [`The VOMS extension cannot be read: ${text(error)}`] }
  }
  const taken: AttributeCertificate[] = []
  const problems: string[] = []
  for (const bytes of all) {
    try {
      const one = parseAttributeCertificate(bytes)
      const problem = problemWith(one, endEntity, settings)
      if (problem === undefined) taken.push(one)
      else problems.push(`The attribute certificate of ${one.vo} (${one.host}) is not taken: ${problem}.`)
    } catch (error) {
      problems.push(`An attribute certificate cannot be read: ${text(error)}`)
    }
  }
  return {
    fqans: [...new Set(taken.flatMap(one => one.fqans))],
    generic: taken.flatMap(one => one.generic),
    expires: taken.length === 0 ? undefined : Math.min(...taken.map(one => one.notAfter)),
    problems,
  }
}

const extensionOf = (certificate: Certificate): Buffer | undefined =>
  certificate.extensions.find(one => one.oid === oid.vomsAttributeCertificates)?.value

/** Cheap looks first: signatures are verified only of what would otherwise be taken. */
function problemWith(
  one: AttributeCertificate,
  endEntity: Certificate,
  settings: AttributeSettings,
): string | undefined {
  if (!isVoName(one.vo)) return 'the name of its VO may not stand in the name of a directory'
  const stranger = one.fqans.find(fqan => voOf(fqan) !== one.vo)
  if (stranger !== undefined) return `${stranger} is not of its VO`
  return (
    holderProblem(one.holder, endEntity) ??
    dateProblem(one, settings.path) ??
    targetProblem(one, settings.hosts) ??
    (one.irrevocable ? undefined : 'it does not say that it cannot be revoked (noRevAvail)') ??
    (one.unknownCritical.length > 0
      ? `its critical extension ${one.unknownCritical[0] ?? ''} is not understood here`
      : undefined) ??
    signatureProblem(one, settings)
  )
}

function holderProblem(
  { issuer, serial, subject }: AttributeCertificate['holder'],
  endEntity: Certificate,
): string | undefined {
  const other =
    (issuer !== undefined && !issuer.der.equals(endEntity.issuer.der)) ||
    (serial !== undefined && serial !== endEntity.serial) ||
    (subject !== undefined && !subject.der.equals(endEntity.subject.der))
  if (other && issuer?.der.equals(endEntity.subject.der) === true)
    return `it names its holder by ${endEntity.subject.slash} itself instead of by who certified them; voms-proxy-fake does so without -newformat`
  return other
    ? `it speaks of ${subject?.slash ?? `certificate ${serial ?? ''} of ${issuer?.slash ?? ''}`} and not of ${endEntity.subject.slash}`
    : undefined
}

function dateProblem({ notBefore, notAfter }: AttributeCertificate, options: PathOptions): string | undefined {
  if (notBefore > options.now + (options.clockSkewSeconds ?? 300) * 1000)
    return `it is not valid before ${new Date(notBefore).toISOString()}`
  return notAfter < options.now ? `it expired at ${new Date(notAfter).toISOString()}` : undefined
}

const targetProblem = ({ targets }: AttributeCertificate, hosts: readonly string[]): string | undefined =>
  targets === undefined || targets.some(target => hosts.some(host => host.toLowerCase() === target))
    ? undefined
    : `it is meant for ${targets.filter(Boolean).join(', ') || 'other hosts'} only`

function signatureProblem(one: AttributeCertificate, settings: AttributeSettings): string | undefined {
  const { chains, certificates } = settings.directory.signers(one.vo, one.host)
  if (chains.length === 0 && certificates.length === 0)
    return `nobody is known here who signs for ${one.vo} (there is no ${one.vo}/${one.host}.lsc in ${settings.directory.directory})`
  if (typeof one.signatureAlgorithm === 'string') return one.signatureAlgorithm
  // GFD.182: what the .lsc names comes along in the attribute certificate; what lies here as a certificate need not.
  const sent = signerAmong(one, settings, one.certificates, path =>
    chains.some(chain => chain.every((name, i) => name === namesOf(path)[i])),
  )
  if (sent === undefined) return undefined
  const here = certificates
    .filter(certificate => certificate.subject.der.equals(one.issuer.der))
    .map(certificate => signerAmong(one, settings, [certificate.der], () => true))
  return here.includes(undefined) ? undefined : (here.at(-1) ?? sent)
}

/** The subject of the signer, then the issuer of each certificate above it. */
const namesOf = (path: readonly Certificate[]): string[] => [
  path[0]?.subject.slash ?? '',
  ...path.map(certificate => certificate.issuer.slash),
]

function signerAmong(
  one: AttributeCertificate,
  { trust, path: options }: AttributeSettings,
  chain: readonly Buffer[],
  isKnown: (path: readonly Certificate[]) => boolean,
): string | undefined {
  if (chain.length === 0) return 'the certificate of its signer did not come with it'
  try {
    const { path, endEntity } = validatePath(chain, trust, options)
    const [signer] = path
    if (signer === undefined || signer !== endEntity || !signer.subject.der.equals(one.issuer.der))
      return `its signer ${one.issuer.slash} is not the certificate that came with it`
    if (!isKnown(path)) return `${namesOf(path).slice(0, 2).join(', certified by ')}, does not sign for ${one.vo} here`
    return isSigned(one, signer) ? undefined : `its signature was not made by ${signer.subject.slash}`
  } catch (error) {
    if (error instanceof ChainRejection || error instanceof DerError)
      return `of its signer: ${error.message.replace(/\.$/, '')}`
    throw error
  }
}

const isSigned = (one: AttributeCertificate, { publicKey }: Certificate): boolean =>
  publicKey !== undefined &&
  keyProblem(publicKey) === undefined &&
  typeof one.signatureAlgorithm !== 'string' &&
  verifySignature(one.signatureAlgorithm, one.signed, one.signature, publicKey)

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
