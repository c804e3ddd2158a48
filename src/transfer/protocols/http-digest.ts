import type { IncomingHttpHeaders } from 'node:http'
import type { ChecksumName } from '../../core/checksum.ts'

/** Names in `Repr-Digest` (RFC 9530 section 5) and in the older `Digest` (RFC 3230) that grid storage speaks. */
const modern: Readonly<Partial<Record<ChecksumName, string>>> = { SHA256: 'sha-256', SHA512: 'sha-512' }
const old: Readonly<Record<ChecksumName, string>> = {
  ADLER32: 'adler32',
  MD5: 'md5',
  SHA1: 'sha',
  SHA256: 'sha-256',
  SHA512: 'sha-512',
}

/** What asks a server for a digest of a file. */
export const wantedDigests = (names: readonly ChecksumName[]): Record<string, string> => ({
  'Want-Repr-Digest': names.flatMap(name => (modern[name] === undefined ? [] : [`${modern[name]}=5`])).join(', '),
  'Want-Digest': names.map(name => old[name]).join(','),
})

/** The first of these digests that an answer has. */
export function digestIn(
  headers: IncomingHttpHeaders,
  names: readonly ChecksumName[],
): { readonly name: ChecksumName; readonly value: string } | undefined {
  const found = new Map<string, string>()
  for (const part of one(headers['repr-digest']).split(',')) {
    const [, name, value] = /^\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]+):\s*$/.exec(part) ?? []
    if (name !== undefined) found.set(name, Buffer.from(value ?? '', 'base64').toString('hex'))
  }
  for (const part of one(headers['digest']).split(',')) {
    const [, name, value = ''] = /^\s*([A-Za-z0-9-]+)=(\S+)\s*$/.exec(part) ?? []
    if (name === undefined || found.has(name.toLowerCase())) continue
    // ADLER32 is told in hexadecimal, the others in base64 (RFC 3230 section 4.1.1).
    found.set(
      name.toLowerCase(),
      /^adler32$/i.test(name) ? value.toLowerCase().padStart(8, '0') : Buffer.from(value, 'base64').toString('hex'),
    )
  }
  for (const name of names) {
    const value = found.get(old[name])
    if (value !== undefined && value !== '') return { name, value }
  }
  return undefined
}

const one = (header: string | readonly string[] | undefined): string =>
  typeof header === 'string' ? header : (header ?? []).join(',')
