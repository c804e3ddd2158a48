import { DerError, DerReader, type DerValue, derTag, readDer } from './der.ts'
import { readBoolean, readNamedBits, readOid, readSmallInteger } from './der-primitives.ts'
import { type DistinguishedName, readName } from './dn.ts'
import { oid } from './oids.ts'

/** One extension as it stands in the certificate (RFC 5280 section 4.2). `value` is what the OCTET STRING holds. */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Buffer
}

/** Bits of KeyUsage (RFC 5280 section 4.2.1.3) that matter here. */
export const keyUsageBit = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const

/** RFC 3820 section 3.8. */
export interface ProxyCertInfo {
  readonly critical: boolean
  readonly pathLength: number | undefined
  /** The policy language, a dotted OID. */
  readonly language: string
  readonly policy: Buffer | undefined
}

/** The forms of GeneralName (RFC 5280 section 4.2.1.6) that are told apart; the others keep only their tag number. */
export type GeneralName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly text: string }
  | { readonly kind: 'ip'; readonly octets: Buffer }
  | { readonly kind: 'directory'; readonly name: DistinguishedName }
  | { readonly kind: 'other'; readonly form: number }

/** RFC 5280 section 4.2.1.10. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** Everything the extensions of a certificate say that is understood here. */
export interface UnderstoodExtensions {
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined
  readonly keyUsage: ReadonlySet<number> | undefined
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly subjectAltName: readonly GeneralName[] | undefined
  readonly issuerAltName: boolean
  readonly nameConstraints: NameConstraints | undefined
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly proxyCertInfo: ProxyCertInfo | undefined
  /** The same of the draft that Globus Toolkit 3 used. */
  readonly draftProxyCertInfo: ProxyCertInfo | undefined
  readonly unknownCritical: readonly string[]
}

// Policies are understood in the sense of RFC 5280 section 6.1: with any-policy asked for and no requireExplicitPolicy
// (policyConstraints, critical, is not in this list) they decide nothing. The same holds for CRL distribution points.
const understood: ReadonlySet<string> = new Set([
  oid.basicConstraints,
  oid.keyUsage,
  oid.extendedKeyUsage,
  oid.subjectAltName,
  oid.issuerAltName,
  oid.nameConstraints,
  oid.subjectKeyIdentifier,
  oid.authorityKeyIdentifier,
  oid.proxyCertInfo,
  oid.proxyCertInfoDraft,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.inhibitAnyPolicy,
  oid.crlDistributionPoints,
])

/** The extensions of a TBSCertificate or of a CRL: at most 64, none twice (RFC 5280 section 4.2). Throws DerError. */
export function readExtensions(value: DerValue): Extension[] {
  const seen = new Set<string>()
  return DerReader.of(value, derTag.sequence, 'The list of extensions')
    .rest(64)
    .map(entry => {
      const reader = DerReader.of(entry, derTag.sequence, 'An extension')
      const id = readOid(reader.next(derTag.oid), 'The type of an extension')
      if (seen.has(id)) throw new DerError(`The extension ${id} is there twice.`)
      seen.add(id)
      const critical = reader.optional(derTag.boolean)
      const content = reader.next(derTag.octetString).content
      reader.end()
      return { oid: id, critical: critical !== undefined && readBoolean(critical, 'A critical flag'), value: content }
    })
}

/** What a certificate's extensions mean. Throws DerError when one that is understood is ill-formed. */
export function understandExtensions(extensions: readonly Extension[]): UnderstoodExtensions {
  const find = (id: string): Extension | undefined => extensions.find(extension => extension.oid === id)
  const read = <T>(id: string, reader: (value: Buffer, critical: boolean) => T): T | undefined => {
    const extension = find(id)
    return extension === undefined ? undefined : reader(extension.value, extension.critical)
  }
  return {
    basicConstraints: read(oid.basicConstraints, readBasicConstraints),
    keyUsage: read(oid.keyUsage, value => readNamedBits(readDer(value), 'keyUsage')),
    extendedKeyUsage: read(oid.extendedKeyUsage, readExtendedKeyUsage),
    subjectAltName: read(oid.subjectAltName, value => readGeneralNames(readDer(value), 'subjectAltName')),
    issuerAltName: find(oid.issuerAltName) !== undefined,
    nameConstraints: read(oid.nameConstraints, readNameConstraints),
    subjectKeyId: read(oid.subjectKeyIdentifier, readSubjectKeyId),
    authorityKeyId: read(oid.authorityKeyIdentifier, readAuthorityKeyId),
    proxyCertInfo: read(oid.proxyCertInfo, readProxyCertInfo),
    draftProxyCertInfo: read(oid.proxyCertInfoDraft, readDraftProxyCertInfo),
    unknownCritical: extensions.filter(({ oid: id, critical }) => critical && !understood.has(id)).map(e => e.oid),
  }
}

function readBasicConstraints(value: Buffer): { ca: boolean; pathLength: number | undefined } {
  const reader = DerReader.open(value, derTag.sequence, 'basicConstraints')
  const ca = reader.optional(derTag.boolean)
  const pathLength = reader.optional(derTag.integer)
  reader.end()
  return {
    ca: ca !== undefined && readBoolean(ca, 'cA of basicConstraints'),
    pathLength: pathLength && readSmallInteger(pathLength, 'pathLenConstraint of basicConstraints'),
  }
}

const readExtendedKeyUsage = (value: Buffer): string[] =>
  DerReader.open(value, derTag.sequence, 'extKeyUsage')
    .rest(64)
    .map(purpose => readOid(purpose, 'A purpose of extKeyUsage'))

function readSubjectKeyId(value: Buffer): string {
  const id = readDer(value)
  if (id.tag !== derTag.octetString) throw new DerError('subjectKeyIdentifier is no octet string.')
  return id.content.toString('hex')
}

export function readAuthorityKeyId(value: Buffer): string | undefined {
  const reader = DerReader.open(value, derTag.sequence, 'authorityKeyIdentifier')
  return reader
    .rest(3)
    .find(part => part.tag === 0x80)
    ?.content.toString('hex')
}

function readProxyCertInfo(value: Buffer, critical: boolean): ProxyCertInfo {
  const reader = DerReader.open(value, derTag.sequence, 'proxyCertInfo')
  const pathLength = reader.optional(derTag.integer)
  const policy = readProxyPolicy(reader.next(derTag.sequence))
  reader.end()
  return { critical, pathLength: pathLength && readSmallInteger(pathLength, 'pCPathLenConstraint'), ...policy }
}

/** As Globus Toolkit 3 wrote it: the policy first, then the path length under an explicit tag. */
function readDraftProxyCertInfo(value: Buffer, critical: boolean): ProxyCertInfo {
  const reader = DerReader.open(value, derTag.sequence, 'proxyCertInfo')
  const policy = readProxyPolicy(reader.next(derTag.sequence))
  const tagged = reader.optional(0xa1)
  reader.end()
  const pathLength = tagged && readSmallInteger(readDer(tagged.content), 'pCPathLenConstraint')
  return { critical, pathLength, ...policy }
}

function readProxyPolicy(value: DerValue): Pick<ProxyCertInfo, 'language' | 'policy'> {
  const policy = DerReader.of(value, derTag.sequence, 'The policy of proxyCertInfo')
  const language = readOid(policy.next(derTag.oid), 'The policy language of proxyCertInfo')
  const text = policy.optional(derTag.octetString)
  policy.end()
  return { language, policy: text?.content }
}

/** GeneralNames: at most 256. */
export const readGeneralNames = (value: DerValue, what: string): GeneralName[] =>
  DerReader.of(value, derTag.sequence, what)
    .rest(256)
    .map(part => readGeneralName(part, what))

export function readGeneralName(value: DerValue, what: string): GeneralName {
  switch (value.tag) {
    case 0x81:
      return { kind: 'email', text: value.content.toString('latin1') }
    case 0x82:
      return { kind: 'dns', text: value.content.toString('latin1') }
    case 0x86:
      return { kind: 'uri', text: value.content.toString('latin1') }
    case 0x87:
      return { kind: 'ip', octets: value.content }
    case 0xa4:
      return { kind: 'directory', name: readName(value.content) }
    case 0xa0:
    case 0xa3:
    case 0xa5:
    case 0x88:
      return { kind: 'other', form: value.tag & 0x1f }
    default:
      throw new DerError(`${what} has a name of an unknown form (tag 0x${value.tag.toString(16)}).`)
  }
}

function readNameConstraints(value: Buffer): NameConstraints {
  const reader = DerReader.open(value, derTag.sequence, 'nameConstraints')
  const permitted = reader.optional(0xa0)
  const excluded = reader.optional(0xa1)
  reader.end()
  const subtrees = (part: DerValue | undefined): GeneralName[] =>
    part === undefined
      ? []
      : new DerReader(part.content, 'nameConstraints').rest(256).map(subtree => {
          const base = DerReader.of(subtree, derTag.sequence, 'A subtree of nameConstraints')
          const name = readGeneralName(base.any(), 'nameConstraints')
          // minimum and maximum are not used (RFC 5280 section 4.2.1.10).
          base.end()
          return name
        })
  return { permitted: subtrees(permitted), excluded: subtrees(excluded) }
}
