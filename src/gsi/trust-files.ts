import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type Crl, parseCrl } from './crl.ts'
import { type Namespaces, parseNamespaces } from './namespaces-file.ts'
import { readPem } from './pem.ts'
import { parseSigningPolicy, type SigningPolicy } from './signing-policy.ts'

/** What one file of a directory of trusted authorities says, by what its name says it is. */
export type TrustFileContent =
  | { readonly kind: 'certificate'; readonly certificates: readonly Certificate[] }
  | { readonly kind: 'crl'; readonly crl: Crl }
  | { readonly kind: 'signing-policy'; readonly policy: SigningPolicy }
  | { readonly kind: 'namespaces'; readonly namespaces: Namespaces }
  | { readonly kind: 'broken'; readonly of: TrustFileKind; readonly why: string }

export type TrustFileKind = 'certificate' | 'crl' | 'signing-policy' | 'namespaces'

/** A file as the directory shows it; `stamp` changes when its contents do. */
export interface TrustFile {
  readonly name: string
  /** The eight digits before the dot. */
  readonly hash: string
  readonly kind: TrustFileKind
  readonly stamp: string
}

const maximumFiles = 8192
const maximumSizes: Record<TrustFileKind, number> = {
  certificate: 262_144,
  crl: 33_554_432,
  'signing-policy': 262_144,
  namespaces: 262_144,
}

const kinds: ReadonlyMap<string, TrustFileKind> = new Map([
  ['signing_policy', 'signing-policy'],
  ['namespaces', 'namespaces'],
])

/** The files of an X509_CERT_DIR that have a meaning: `HASH.N`, `HASH.rN`, `HASH.signing_policy`, `HASH.namespaces`. Throws as readdir does. */
export function listTrustFiles(directory: string): TrustFile[] {
  const files: TrustFile[] = []
  for (const name of readdirSync(directory)
    .sort()
    .slice(0, maximumFiles * 2)) {
    const [, hash, ending] = /^([0-9a-f]{8})\.(\d{1,3}|r\d{1,3}|signing_policy|namespaces)$/.exec(name) ?? []
    if (hash === undefined || ending === undefined || files.length === maximumFiles) continue
    const kind = kinds.get(ending) ?? (ending.startsWith('r') ? 'crl' : 'certificate')
    files.push({ name, hash, kind, stamp: stampOf(join(directory, name)) })
  }
  return files
}

function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch {
    return 'unreadable'
  }
}

/** Reads one file. Never throws: a broken file says why, and hurts only itself. */
export function readTrustFile(directory: string, file: TrustFile): TrustFileContent {
  const path = join(directory, file.name)
  try {
    const { size } = statSync(path)
    if (size > maximumSizes[file.kind]) throw new Error(`It has ${size} bytes, more than ${maximumSizes[file.kind]}.`)
    return parse(readFileSync(path), file.kind)
  } catch (error) {
    return { kind: 'broken', of: file.kind, why: error instanceof Error ? error.message : String(error) }
  }
}

function parse(bytes: Buffer, kind: TrustFileKind): TrustFileContent {
  switch (kind) {
    case 'signing-policy':
      return { kind, policy: parseSigningPolicy(bytes.toString('utf8')) }
    case 'namespaces':
      return { kind, namespaces: parseNamespaces(bytes.toString('utf8')) }
    case 'crl': {
      const [list, ...more] = ders(bytes, ['X509 CRL'])
      if (list === undefined || more.length > 0)
        throw new Error(`It has ${more.length + (list ? 1 : 0)} revocation lists and not one.`)
      return { kind, crl: parseCrl(list) }
    }
    case 'certificate': {
      const certificates = ders(bytes, ['CERTIFICATE', 'X509 CERTIFICATE']).map(parseCertificate)
      if (certificates.length === 0) throw new Error('There is no certificate in it.')
      return { kind, certificates }
    }
  }
}

// PEM, or bare DER, which begins with the octet of a SEQUENCE.
function ders(bytes: Buffer, labels: readonly string[]): Buffer[] {
  if (bytes[0] === 0x30) return [bytes]
  return readPem(bytes.toString('latin1')).flatMap(block =>
    block.bytes !== undefined && labels.includes(block.label) ? [block.bytes] : [],
  )
}
