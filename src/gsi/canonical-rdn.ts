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
 * The relative names of a name in OpenSSL's canonical form: strings as UTF8String, lower case, blanks squeezed. Names
 * that differ only in encoding, case and blanks are the same in it (RFC 5280 section 7.1).
 */
export const canonicalRdns = (name: DistinguishedName): readonly Buffer[] =>
  name.rdns.map(attributes =>
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

// Only ASCII letters and blanks are folded, as OpenSSL does.
const fold = (text: string): string =>
  text
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
