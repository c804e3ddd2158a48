import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto'
import type { Certificate } from './certificate.ts'
import type { Credential } from './credential.ts'
import { derTag } from './der.ts'
import { der, derExplicit, derInteger, derNull, derOctetString, derOid, derSequence, derSetOf } from './der-writer.ts'

const id = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  certBag: '1.2.840.113549.1.12.10.1.3',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha1And3Des: '1.2.840.113549.1.12.1.3',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha1: '1.3.14.3.2.26',
} as const

export interface Pkcs12Options {
  /** What programs show the credential as. */
  readonly name: string
  /** With Triple-DES and SHA-1, for programs that know nothing newer (Mono, old Java). */
  readonly legacy?: boolean
}

const rounds = 100_000
const legacyRounds = 2048

/**
 * A PKCS#12 file (RFC 7292) of a credential: key and certificates, both encrypted, under a MAC. AES-256 and SHA-256, as
 * OpenSSL 3 makes it.
 */
export function writePkcs12(
  credential: Credential,
  passphrase: string,
  { name, legacy = false }: Pkcs12Options,
): Buffer {
  const scheme = legacy ? legacyScheme(passphrase) : modernScheme(passphrase)
  const own = createHash('sha1').update(credential.certificate.der).digest()
  const key = safeBag(
    id.shroudedKeyBag,
    derSequence(scheme.algorithm, derOctetString(scheme.encrypt(pkcs8(credential.key)))),
    attributes(name, own),
  )
  const certificates = credential.certificates.map((certificate, i) =>
    certBag(certificate, i === 0 ? attributes(name, own) : []),
  )
  const second = legacy ? legacyScheme(passphrase) : modernScheme(passphrase)
  const encrypted = derSequence(
    derInteger(0),
    derSequence(derOid(id.data), second.algorithm, der(0x80, second.encrypt(derSequence(...certificates)))),
  )
  const safe = derSequence(
    derSequence(derOid(id.encryptedData), derExplicit(0, encrypted)),
    derSequence(derOid(id.data), derExplicit(0, derOctetString(derSequence(key)))),
  )
  return derSequence(
    derInteger(3),
    derSequence(derOid(id.data), derExplicit(0, derOctetString(safe))),
    macData(safe, passphrase, legacy),
  )
}

const pkcs8 = (key: KeyObject): Buffer =>
  createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'pkcs8', format: 'der' })

const safeBag = (type: string, content: Buffer, own: readonly Buffer[]): Buffer =>
  derSequence(derOid(type), derExplicit(0, content), ...(own.length === 0 ? [] : [derSetOf(own)]))

const certBag = (certificate: Certificate, own: readonly Buffer[]): Buffer =>
  safeBag(id.certBag, derSequence(derOid(id.x509Certificate), derExplicit(0, derOctetString(certificate.der))), own)

const attributes = (name: string, keyId: Buffer): Buffer[] => [
  derSequence(derOid(id.friendlyName), derSetOf([der(derTag.bmpString, bmp(name))])),
  derSequence(derOid(id.localKeyId), derSetOf([derOctetString(keyId)])),
]

const bmp = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

interface Scheme {
  readonly algorithm: Buffer
  encrypt(bytes: Buffer): Buffer
}

/** PBES2 with PBKDF2 (RFC 8018 section 6.2). */
function modernScheme(passphrase: string): Scheme {
  const [salt, iv] = [randomBytes(16), randomBytes(16)]
  const derivation = derSequence(
    derOid(id.pbkdf2),
    derSequence(derOctetString(salt), derInteger(rounds), derSequence(derOid(id.hmacSha256), derNull())),
  )
  const cipher = derSequence(derOid(id.aes256Cbc), derOctetString(iv))
  return {
    algorithm: derSequence(derOid(id.pbes2), derSequence(derivation, cipher)),
    encrypt: bytes => {
      const key = pbkdf2Sync(Buffer.from(passphrase, 'utf8'), salt, rounds, 32, 'sha256')
      const made = createCipheriv('aes-256-cbc', key, iv)
      return Buffer.concat([made.update(bytes), made.final()])
    },
  }
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C). */
function legacyScheme(passphrase: string): Scheme {
  const salt = randomBytes(8)
  return {
    algorithm: derSequence(derOid(id.sha1And3Des), derSequence(derOctetString(salt), derInteger(legacyRounds))),
    encrypt: bytes => {
      const derive = (purpose: number, size: number): Buffer =>
        pkcs12Key('sha1', passphrase, salt, legacyRounds, purpose, size)
      const made = createCipheriv('des-ede3-cbc', derive(1, 24), derive(2, 8))
      return Buffer.concat([made.update(bytes), made.final()])
    },
  }
}

function macData(content: Buffer, passphrase: string, legacy: boolean): Buffer {
  const [digest, digestId, size] = legacy ? (['sha1', id.sha1, 20] as const) : (['sha256', id.sha256, 32] as const)
  const salt = randomBytes(16)
  const key = pkcs12Key(digest, passphrase, salt, legacyRounds, 3, size)
  const mac = createHmac(digest, key).update(content).digest()
  return derSequence(
    derSequence(derSequence(derOid(digestId), derNull()), derOctetString(mac)),
    derOctetString(salt),
    derInteger(legacyRounds),
  )
}

/** The key derivation of RFC 7292 appendix B.2; `purpose` is its ID: 1 a key, 2 an initialization vector, 3 a MAC. */
function pkcs12Key(
  digest: 'sha1' | 'sha256',
  passphrase: string,
  salt: Buffer,
  iterations: number,
  purpose: number,
  size: number,
): Buffer {
  const block = 64
  const filled = (bytes: Buffer): Buffer =>
    bytes.length === 0 ? bytes : Buffer.alloc(block * Math.ceil(bytes.length / block), bytes)
  const diversifier = Buffer.alloc(block, purpose)
  let input = Buffer.concat([filled(salt), filled(Buffer.concat([bmp(passphrase), Buffer.alloc(2)]))])
  const key: Buffer[] = []
  for (let made = 0; made < size; ) {
    let hash = createHash(digest).update(diversifier).update(input).digest()
    for (let i = 1; i < iterations; i++) hash = createHash(digest).update(hash).digest()
    key.push(hash)
    made += hash.length
    const plus = BigInt(`0x${Buffer.alloc(block, hash).toString('hex')}`) + 1n
    input = Buffer.concat(
      Array.from({ length: input.length / block }, (_, i) => {
        const sum = BigInt(`0x${input.subarray(i * block, (i + 1) * block).toString('hex')}`) + plus
        return Buffer.from((sum & (2n ** 512n - 1n)).toString(16).padStart(block * 2, '0'), 'hex')
      }),
    )
  }
  return Buffer.concat(key).subarray(0, size)
}
