import { createHash } from 'node:crypto'
import { derTag } from './der.ts'
import { der, derOid, derSequence, derSetOf } from './der-writer.ts'
import { attributeText, type DistinguishedName } from './dn.ts'

const folded: ReadonlySet<number> = new Set([
  derTag.utf8String,
  derTag.printableString,
  derTag.teletexString,
  derTag.ia5String,
  derTag.visibleString,
  derTag.universalString,
  derTag.bmpString,
])

/**
 * The eight hexadecimal digits under which OpenSSL 1.0 and later looks a CA up in a directory (`HASH.0`): the first four
 * octets, little-endian, of SHA-1 over the name's canonical form: strings as UTF8String, lower case, blanks squeezed.
 */
export function subjectHash(name: DistinguishedName): string {
  const canonical = name.rdns.map(attributes =>
    derSetOf(
      attributes.map(attribute =>
        derSequence(
          derOid(attribute.type),
          folded.has(attribute.tag)
            ? der(derTag.utf8String, Buffer.from(fold(attributeText(attribute)), 'utf8'))
            : der(attribute.tag, attribute.octets),
        ),
      ),
    ),
  )
  return littleEndian(createHash('sha1').update(Buffer.concat(canonical)).digest())
}

/** The older hash (MD5 over the name's DER), under which grid distributions still install a second copy. */
export const oldSubjectHash = (name: DistinguishedName): string =>
  littleEndian(createHash('md5').update(name.der).digest())

const littleEndian = (digest: Buffer): string => digest.readUInt32LE(0).toString(16).padStart(8, '0')

// Only ASCII letters and blanks are folded, as OpenSSL does.
const fold = (text: string): string =>
  text
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
