import { createHash } from 'node:crypto'
import { canonicalRdns } from './canonical-rdn.ts'
import type { DistinguishedName } from './dn.ts'

/**
 * The eight hexadecimal digits under which OpenSSL 1.0 and later looks a CA up in a directory (`HASH.0`): the first four
 * octets, little-endian, of SHA-1 over the name's canonical form.
 */
export const subjectHash = (name: DistinguishedName): string =>
  littleEndian(
    createHash('sha1')
      .update(Buffer.concat(canonicalRdns(name)))
      .digest(),
  )

/** The older hash (MD5 over the name's DER), under which grid distributions still install a second copy. */
export const oldSubjectHash = (name: DistinguishedName): string =>
  littleEndian(createHash('md5').update(name.der).digest())

const littleEndian = (digest: Buffer): string => digest.readUInt32LE(0).toString(16).padStart(8, '0')
