import { DerError, derTag, readDer, readDerAt } from './der.ts'

/**
 * The certificates of a PkiPath (X.509 section 10, `SEQUENCE OF Certificate`), as they stand in it: that of the nearest
 * to the trust anchor first, the end's own last. Throws DerError.
 */
export function parsePkiPath(bytes: Uint8Array, most: number): readonly Buffer[] {
  const { tag, content } = readDer(bytes)
  if (tag !== derTag.sequence) throw new DerError('A PkiPath is a SEQUENCE of certificates.')
  const certificates: Buffer[] = []
  for (let offset = 0; offset < content.length; ) {
    const certificate = readDerAt(content, offset)
    certificates.push(certificate.bytes)
    offset += certificate.bytes.length
    if (certificates.length > most) throw new DerError(`A PkiPath of more than ${most} certificates is not taken.`)
  }
  if (certificates.length === 0) throw new DerError('A PkiPath without a certificate names nobody.')
  return certificates
}
