import type { VoAttributes } from '../../core/identity.ts'
import {
  type Extension,
  type GeneralName,
  readExtensions,
  readGeneralName,
  readGeneralNames,
} from '../certificate-extensions.ts'
import { DerError, DerReader, type DerValue, derTag } from '../der.ts'
import { readBitString, readIntegerHex, readOid, readSmallInteger, readTime } from '../der-primitives.ts'
import type { DistinguishedName } from '../dn.ts'
import { oid } from '../oids.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../signature.ts'
import { normalFqan } from './fqan.ts'

/** A VOMS attribute certificate (RFC 5755, GFD.182), read from its DER; nothing in it has been verified. */
export interface AttributeCertificate {
  /** Of whom it speaks: the issuer and serial number of a certificate, its subject, or both. */
  readonly holder: {
    readonly issuer: DistinguishedName | undefined
    readonly serial: string | undefined
    readonly subject: DistinguishedName | undefined
  }
  readonly issuer: DistinguishedName
  /** Lower-case hexadecimal. */
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
  readonly vo: string
  /** The host of the server that issued it, as it says itself. */
  readonly host: string
  /** In the order of the certificate, the first is the primary one. */
  readonly fqans: readonly string[]
  readonly generic: VoAttributes['generic']
  /** The hosts for which it is meant; undefined: for all. */
  readonly targets: readonly string[] | undefined
  /** Certificates that came with it: its issuer's, and perhaps those above. */
  readonly certificates: readonly Buffer[]
  /** Whether it says that nobody revokes it (noRevAvail): nobody here could ask. */
  readonly irrevocable: boolean
  readonly unknownCritical: readonly string[]
  readonly signed: Buffer
  readonly signatureAlgorithm: SignatureAlgorithm | string
  readonly signature: Buffer
}

/** How many attribute certificates of one proxy are read, and how long one may be, in octets. */
export const attributeCertificateLimits = { number: 16, bytes: 131_072, fqans: 512, generic: 256 } as const

/** The attribute certificates in the value of a proxy's VOMS extension, as DER. Throws DerError. */
export function readAttributeCertificates(extension: Uint8Array): readonly Buffer[] {
  const outer = DerReader.open(extension, derTag.sequence, 'The VOMS extension')
  const lists = outer.rest(attributeCertificateLimits.number)
  const all = lists.flatMap(list =>
    DerReader.of(list, derTag.sequence, 'A list of attribute certificates').rest(attributeCertificateLimits.number),
  )
  if (all.length > attributeCertificateLimits.number)
    throw new DerError(`There are more than ${attributeCertificateLimits.number} attribute certificates.`)
  return all.map(one => one.bytes)
}

/** Reads one attribute certificate. Strict DER, nothing behind it. Throws DerError. */
export function parseAttributeCertificate(bytes: Uint8Array): AttributeCertificate {
  if (bytes.length > attributeCertificateLimits.bytes)
    throw new DerError(`An attribute certificate of ${bytes.length} bytes is too long.`)
  const whole = DerReader.open(Buffer.from(bytes), derTag.sequence, 'The attribute certificate')
  const info = whole.next(derTag.sequence)
  const algorithm = whole.next(derTag.sequence)
  const signature = readBitString(whole.next(derTag.bitString), 'The signature')
  whole.end()
  if (signature.unusedBits !== 0) throw new DerError('The signature is not whole octets.')

  const reader = DerReader.of(info, derTag.sequence, 'The attribute certificate')
  if (readSmallInteger(reader.next(derTag.integer), 'The version') !== 1)
    throw new DerError('The attribute certificate is not of version 2.')
  const holder = readHolder(reader.next(derTag.sequence))
  const issuer = readIssuer(reader.next(0xa0))
  if (!reader.next(derTag.sequence).bytes.equals(algorithm.bytes))
    throw new DerError('The signature algorithms inside and outside the signed part differ.')
  const serial = readIntegerHex(reader.next(derTag.integer), 'The serial number')
  const validity = DerReader.of(reader.next(derTag.sequence), derTag.sequence, 'The validity')
  const notBefore = readTime(validity.next(derTag.generalizedTime), 'notBefore')
  const notAfter = readTime(validity.next(derTag.generalizedTime), 'notAfter')
  validity.end()
  const attributes = readAttributes(reader.next(derTag.sequence))
  reader.optional(derTag.bitString)
  const extensions = reader.optional(derTag.sequence)
  reader.end()
  return {
    holder,
    issuer,
    serial,
    notBefore,
    notAfter,
    ...attributes,
    ...understand(extensions === undefined ? [] : readExtensions(extensions), attributes),
    signed: info.bytes,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
    signature: signature.bytes,
  }
}

const directoryName = (names: readonly GeneralName[], what: string): DistinguishedName => {
  const [name, ...more] = names
  if (name?.kind !== 'directory' || more.length > 0) throw new DerError(`${what} is not one distinguished name.`)
  return name.name
}

/** GeneralNames under an implicit tag: the same octets with another first one. */
const namesIn = (value: DerValue, what: string): GeneralName[] =>
  readGeneralNames({ ...value, tag: derTag.sequence }, what)

// RFC 5755 section 4.2.2. A digest of an object says nothing of a person and is not taken.
function readHolder(value: DerValue): AttributeCertificate['holder'] {
  const reader = DerReader.of(value, derTag.sequence, 'The holder')
  const base = reader.optional(0xa0)
  const entity = reader.optional(0xa1)
  reader.end()
  if (base === undefined && entity === undefined) throw new DerError('The attribute certificate names no holder.')
  const subject = entity && directoryName(namesIn(entity, 'The holder'), 'The holder')
  if (base === undefined) return { issuer: undefined, serial: undefined, subject }
  const inner = new DerReader(base.content, 'The holder')
  const issuer = directoryName(readGeneralNames(inner.next(derTag.sequence), 'The holder'), "The holder's issuer")
  const serial = readIntegerHex(inner.next(derTag.integer), "The holder's serial number")
  inner.optional(derTag.bitString)
  inner.end()
  return { issuer, serial, subject }
}

// RFC 5755 section 4.2.3: v2Form with nothing but a name.
function readIssuer(value: DerValue): DistinguishedName {
  const reader = new DerReader(value.content, 'The issuer')
  const issuer = directoryName(readGeneralNames(reader.next(derTag.sequence), 'The issuer'), 'The issuer')
  reader.end()
  return issuer
}

function readAttributes(value: DerValue): Pick<AttributeCertificate, 'vo' | 'host' | 'fqans'> {
  for (const attribute of DerReader.of(value, derTag.sequence, 'The attributes').rest(64)) {
    const reader = DerReader.of(attribute, derTag.sequence, 'An attribute')
    const type = readOid(reader.next(derTag.oid), 'The type of an attribute')
    const values = reader.next(derTag.set)
    reader.end()
    if (type === oid.vomsFqans) return readFqans(values)
  }
  throw new DerError('The attribute certificate has no FQAN.')
}

// GFD.182 section 3.4.1: one IetfAttrSyntax, whose policy authority is the URI `vo://host:port`.
function readFqans(set: DerValue): Pick<AttributeCertificate, 'vo' | 'host' | 'fqans'> {
  const [syntax, ...more] = DerReader.of(set, derTag.set, 'The FQANs').rest(2)
  if (syntax === undefined || more.length > 0) throw new DerError('The FQANs are not one list.')
  const reader = DerReader.of(syntax, derTag.sequence, 'The FQANs')
  const [authority] = namesIn(reader.next(0xa0), 'The policy authority')
  const uri = authority?.kind === 'uri' ? /^([^:/?#]{1,128}):\/\/([^:/?#]{1,255}):\d{1,5}$/.exec(authority.text) : null
  const [, vo, host] = uri ?? []
  if (vo === undefined || host === undefined)
    throw new DerError('The policy authority is not of the form vo://host:port.')
  const values = DerReader.of(reader.next(derTag.sequence), derTag.sequence, 'The FQANs')
  reader.end()
  const fqans = values.rest(attributeCertificateLimits.fqans).map(one => {
    const fqan = one.tag === derTag.octetString ? normalFqan(one.content.toString('latin1')) : undefined
    if (fqan === undefined) throw new DerError(`"${one.content.toString('latin1').slice(0, 80)}" is no FQAN.`)
    return fqan
  })
  if (fqans.length === 0) throw new DerError('The attribute certificate has no FQAN.')
  return { vo, host, fqans: [...new Set(fqans)] }
}

const understood: ReadonlySet<string> = new Set([
  oid.vomsCertificates,
  oid.vomsGenericAttributes,
  oid.targetInformation,
  oid.noRevocationAvailable,
  oid.authorityKeyIdentifier,
])

function understand(
  extensions: readonly Extension[],
  authority: Pick<AttributeCertificate, 'vo' | 'host'>,
): Pick<AttributeCertificate, 'certificates' | 'generic' | 'targets' | 'irrevocable' | 'unknownCritical'> {
  const valueFor = (id: string): Buffer | undefined => extensions.find(extension => extension.oid === id)?.value
  const [certificates, generic, targets] = [
    valueFor(oid.vomsCertificates),
    valueFor(oid.vomsGenericAttributes),
    valueFor(oid.targetInformation),
  ]
  return {
    certificates: certificates === undefined ? [] : readCertificates(certificates),
    generic: generic === undefined ? [] : readGeneric(generic, authority),
    targets: targets && readTargets(targets),
    irrevocable: valueFor(oid.noRevocationAvailable) !== undefined,
    unknownCritical: extensions.filter(one => one.critical && !understood.has(one.oid)).map(one => one.oid),
  }
}

const readCertificates = (value: Buffer): Buffer[] =>
  DerReader.open(value, derTag.sequence, 'The certificates of the issuer')
    .rest(4)
    .flatMap(list => DerReader.of(list, derTag.sequence, 'The certificates of the issuer').rest(16))
    .map(certificate => certificate.bytes)

// GFD.182 section 3.6: lists of triples, each list with its policy authority.
function readGeneric(value: Buffer, { vo, host }: Pick<AttributeCertificate, 'vo' | 'host'>): VoAttributes['generic'] {
  const text = (part: DerValue): string => part.content.toString('utf8')
  const lists = DerReader.open(value, derTag.sequence, 'The generic attributes')
    .rest(4)
    .flatMap(one => DerReader.of(one, derTag.sequence, 'The generic attributes').rest(16))
  return lists.flatMap(list => {
    const reader = DerReader.of(list, derTag.sequence, 'A list of generic attributes')
    const [authority] = readGeneralNames(reader.next(derTag.sequence), 'The policy authority')
    if (authority?.kind !== 'uri' || !authority.text.startsWith(`${vo}://${host}:`))
      throw new DerError('The generic attributes are those of another VO.')
    const tags = DerReader.of(reader.next(derTag.sequence), derTag.sequence, 'A list of generic attributes')
    reader.end()
    return tags.rest(attributeCertificateLimits.generic).map(tag => {
      const triple = DerReader.of(tag, derTag.sequence, 'A generic attribute')
      const [name, content, qualifier] = [triple.next(0x04), triple.next(0x04), triple.next(0x04)].map(text)
      triple.end()
      return { vo, name: name ?? '', value: content ?? '', qualifier: qualifier ?? '' }
    })
  })
}

/**
 * RFC 5755 section 4.3.2: hosts as names or URIs. VOMS leaves out some of the layers, so names are taken at any depth;
 * a name of another form is a host that is nobody's, which keeps the certificate from being taken everywhere.
 */
function readTargets(value: Buffer): string[] {
  const found: string[] = []
  const walk = (part: DerValue, depth: number): void => {
    if (depth > 6 || found.length > 256) throw new DerError('The targets are too many or too deep.')
    if (part.tag === derTag.sequence || part.tag === 0xa0)
      for (const inner of new DerReader(part.content, 'The targets').rest(256)) walk(inner, depth + 1)
    else {
      const name = readGeneralName(part, 'A target')
      found.push(name.kind === 'dns' || name.kind === 'uri' ? hostOf(name.text) : '')
    }
  }
  for (const part of DerReader.open(value, derTag.sequence, 'The targets').rest(256)) walk(part, 0)
  return found
}

const hostOf = (text: string): string =>
  text
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[:/].*$/s, '')
    .toLowerCase()
