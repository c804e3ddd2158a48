import { DerReader, derTag, readDer } from './der.ts'
import { readOid } from './der-primitives.ts'
import { der, derOid, derSequence, derSetOf } from './der-writer.ts'
import { attributeLabels, attributeTypes, oid } from './oids.ts'

/** One attribute of a name: its type, its string type, and its octets as they stand in the certificate. */
export interface NameAttribute {
  readonly type: string
  readonly tag: number
  readonly octets: Buffer
}

/** A distinguished name (RFC 5280 section 4.1.2.4). Two names are the same when their DER is. */
export interface DistinguishedName {
  readonly der: Buffer
  readonly rdns: readonly (readonly NameAttribute[])[]
  /** As Globus prints it: `/DC=org/CN=Alice`; octets outside printable ASCII as `\xC3`. */
  readonly slash: string
  /** The value because of which the slash form could be read as another name, if there is one. */
  readonly ambiguous: string | undefined
}

/** The DER of a Name, read. At most 64 relative names of at most 8 attributes. Throws DerError. */
export function readName(bytes: Uint8Array): DistinguishedName {
  const value = readDer(bytes)
  const rdns = DerReader.of(value, derTag.sequence, 'A name')
    .rest(64)
    .map(set => {
      const attributes = DerReader.of(set, derTag.set, 'A relative name').rest(8)
      return attributes.map(attribute => readAttribute(attribute.bytes))
    })
  return describe(value.bytes, rdns)
}

function readAttribute(bytes: Uint8Array): NameAttribute {
  const reader = DerReader.open(bytes, derTag.sequence, 'An attribute of a name')
  const type = readOid(reader.next(derTag.oid), 'The type of an attribute')
  const value = reader.any()
  reader.end()
  return { type, tag: value.tag, octets: value.content }
}

function describe(bytes: Buffer, rdns: readonly (readonly NameAttribute[])[]): DistinguishedName {
  let slash = ''
  let ambiguous: string | undefined
  for (const attributes of rdns) {
    attributes.forEach((attribute, i) => {
      const text = printable(attribute.octets)
      // A literal backslash-x would read as an escaped octet; /X= and +X= as the beginning of another attribute.
      if (/[/+][A-Za-z0-9.]+=/.test(text) || attribute.octets.includes('\\x')) ambiguous ??= text
      slash += `${i === 0 ? '/' : '+'}${attributeLabels.get(attribute.type) ?? attribute.type}=${text}`
    })
  }
  return { der: bytes, rdns, slash, ambiguous }
}

const printable = (octets: Buffer): string =>
  Array.from(octets, octet =>
    octet >= 0x20 && octet < 0x7f
      ? String.fromCharCode(octet)
      : `\\x${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')

/** The text of an attribute's value, whatever its string type; octets that are no text come as replacement characters. */
export function attributeText(attribute: NameAttribute): string {
  switch (attribute.tag) {
    case derTag.bmpString:
      return attribute.octets.length % 2 === 0 ? Buffer.from(attribute.octets).swap16().toString('utf16le') : '\ufffd'
    case derTag.universalString:
      return codePoints(attribute.octets)
    case derTag.utf8String:
      return attribute.octets.toString('utf8')
    default:
      return attribute.octets.toString('latin1')
  }
}

function codePoints(octets: Buffer): string {
  let text = ''
  for (let i = 0; i + 4 <= octets.length; i += 4) {
    const point = octets.readUInt32BE(i)
    text += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd'
  }
  return text
}

/** The name as LDAP writes it (RFC 4514): last relative name first, `CN=Alice,DC=org`. */
export const rfc4514 = (name: DistinguishedName): string =>
  [...name.rdns]
    .reverse()
    .map(attributes =>
      [...attributes]
        .reverse()
        .map(attribute => {
          const label = attributeLabels.get(attribute.type)
          return label === undefined
            ? `${attribute.type}=#${der(attribute.tag, attribute.octets).toString('hex')}`
            : `${label}=${escape4514(attributeText(attribute))}`
        })
        .join('+'),
    )
    .join(',')

// RFC 4514 section 2.4
const escape4514 = (text: string): string =>
  text
    .replace(/[\\",+;<>]/g, '\\$&')
    .replace(/[\u0000-\u001f\u007f]/g, c => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')

/** Attributes of a slash-form text, for display and for making new names; never to compare certificates with. */
export function parseSlashForm(text: string): { readonly label: string; readonly value: string }[] {
  const parts = text.split(/\/(?=[A-Za-z0-9.]+=)/)
  if (parts[0] !== '' || parts.length < 2) {
    throw new Error(`"${text}" is no distinguished name in slash form; write it like /DC=org/DC=example/CN=Alice.`)
  }
  return parts.slice(1).map(part => {
    const at = part.indexOf('=')
    return { label: part.slice(0, at), value: part.slice(at + 1) }
  })
}

/** A new name from its slash form, every attribute a relative name of its own. Throws when a label is not known. */
export const nameFromSlashForm = (text: string): DistinguishedName =>
  readName(
    derSequence(
      ...parseSlashForm(text).map(({ label, value }) => {
        const type = /^\d+(\.\d+)+$/.test(label) ? label : attributeTypes.get(label.toLowerCase())
        if (type === undefined) {
          throw new Error(
            `"${label}" in "${text}" is no known attribute; use C, O, OU, DC, CN, L, ST, UID or a dotted OID.`,
          )
        }
        return relativeName(type, value)
      }),
    ),
  )

// RFC 5280 appendix A.1: countryName and serialNumber are PrintableString, domainComponent and emailAddress IA5String.
function relativeName(type: string, value: string): Buffer {
  const ia5 = type === oid.domainComponent || type === oid.emailAddress
  const printableOnly = type === '2.5.4.6' || type === '2.5.4.5'
  const tag = ia5 ? derTag.ia5String : printableOnly ? derTag.printableString : derTag.utf8String
  return derSetOf([derSequence(derOid(type), der(tag, Buffer.from(value, 'utf8')))])
}

/** The name with one more relative name, a CN, behind it; the octets in front stay as they are (RFC 3820 section 3.4). */
export const appendCommonName = (name: DistinguishedName, commonName: string): DistinguishedName =>
  readName(
    derSequence(
      readDer(name.der).content,
      derSetOf([derSequence(derOid(oid.commonName), der(derTag.printableString, Buffer.from(commonName, 'ascii')))]),
    ),
  )

/** The CN that `name` has beyond `base`, when it is `base` and exactly one more single-valued CN; else undefined. */
export function commonNameBeyond(base: DistinguishedName, name: DistinguishedName): string | undefined {
  const [last, ...more] = name.rdns.at(-1) ?? []
  if (name.rdns.length !== base.rdns.length + 1 || last?.type !== oid.commonName || more.length > 0) return undefined
  const front = readDer(base.der).content
  return readDer(name.der).content.subarray(0, front.length).equals(front) ? attributeText(last) : undefined
}
