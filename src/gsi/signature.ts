import { constants, createPublicKey, type KeyObject, sign, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { DerReader, type DerValue, derTag, readDer } from './der.ts'
import { readOid, readSmallInteger } from './der-primitives.ts'
import { derNull, derOid, derSequence } from './der-writer.ts'
import { brokenSignatures, oid } from './oids.ts'

/** How a signature was made, as far as it is taken here; `problem` says why it is not. */
export interface SignatureAlgorithm {
  readonly oid: string
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly key: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448'
  readonly saltLength?: number
}

const simple: ReadonlyMap<string, Omit<SignatureAlgorithm, 'oid'>> = new Map([
  [oid.sha256WithRsa, { digest: 'sha256', key: 'rsa' }],
  [oid.sha384WithRsa, { digest: 'sha384', key: 'rsa' }],
  [oid.sha512WithRsa, { digest: 'sha512', key: 'rsa' }],
  [oid.ecdsaWithSha256, { digest: 'sha256', key: 'ec' }],
  [oid.ecdsaWithSha384, { digest: 'sha384', key: 'ec' }],
  [oid.ecdsaWithSha512, { digest: 'sha512', key: 'ec' }],
  [oid.ed25519, { digest: null, key: 'ed25519' }],
  [oid.ed448, { digest: null, key: 'ed448' }],
])

const digests: ReadonlyMap<string, 'sha256' | 'sha384' | 'sha512'> = new Map([
  [oid.sha256, 'sha256'],
  [oid.sha384, 'sha384'],
  [oid.sha512, 'sha512'],
])

/** The algorithm an AlgorithmIdentifier names; a text, for the message, when it is not one that is taken. */
export function readSignatureAlgorithm(value: DerValue): SignatureAlgorithm | string {
  const reader = DerReader.of(value, derTag.sequence, 'The signature algorithm')
  const id = readOid(reader.next(derTag.oid), 'The signature algorithm')
  const broken = brokenSignatures.get(id)
  if (broken !== undefined) return `${broken} is broken and not taken`
  const known = simple.get(id)
  if (known !== undefined) return { oid: id, ...known }
  if (id === oid.rsaPss)
    return readPss(reader) ?? 'RSASSA-PSS is taken with one SHA-2 digest throughout, and not like this'
  return `signature algorithm ${id} is not known`
}

// RFC 4055 section 3.1: [0] hash, [1] MGF1 with a hash, [2] salt length, [3] trailer.
function readPss(algorithm: DerReader): SignatureAlgorithm | undefined {
  const parameters = DerReader.of(algorithm.any(), derTag.sequence, 'The parameters of RSASSA-PSS')
  const parts = new Map(parameters.rest(4).map(part => [part.tag, part.content]))
  const [hash, mask, salt] = [parts.get(0xa0), parts.get(0xa1), parts.get(0xa2)]
  if (hash === undefined || mask === undefined || salt === undefined || parts.has(0xa3)) return undefined
  const digest = digestOf(hash)
  const generator = DerReader.open(mask, derTag.sequence, 'The mask generator')
  if (readOid(generator.next(derTag.oid), 'The mask generator') !== oid.mgf1) return undefined
  if (digest === undefined || digestOf(generator.any().bytes) !== digest) return undefined
  return { oid: oid.rsaPss, digest, key: 'rsa-pss', saltLength: readSmallInteger(readDer(salt), 'The salt length') }
}

const digestOf = (algorithm: Uint8Array): 'sha256' | 'sha384' | 'sha512' | undefined =>
  digests.get(readOid(DerReader.open(algorithm, derTag.sequence, 'A digest algorithm').next(derTag.oid), 'A digest'))

/** Whether `signature` over exactly these bytes was made with the private half of this key. Never throws. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  bytes: Uint8Array,
  signature: Uint8Array,
  publicKey: KeyObject,
): boolean {
  const type = publicKey.asymmetricKeyType
  const fits = type === algorithm.key || (algorithm.key === 'rsa-pss' && type === 'rsa')
  if (!fits) return false
  const input: VerifyKeyObjectInput = { key: publicKey }
  if (algorithm.key === 'rsa-pss') {
    input.padding = constants.RSA_PKCS1_PSS_PADDING
    if (algorithm.saltLength !== undefined) input.saltLength = algorithm.saltLength
  }
  try {
    return verify(algorithm.digest, bytes, input, signature)
  } catch {
    return false
  }
}

/** Signs with SHA-256, or as the key's own kind demands; the AlgorithmIdentifier and the signature. */
export function signBytes(
  bytes: Uint8Array,
  key: KeyObject,
): { readonly algorithm: Buffer; readonly signature: Buffer } {
  const algorithm = signingAlgorithm(key)
  const digest = key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'ed448' ? null : 'sha256'
  return { algorithm, signature: sign(digest, bytes, key) }
}

/** The AlgorithmIdentifier with which {@link signBytes} signs. */
export function signingAlgorithm(key: KeyObject): Buffer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return derSequence(derOid(oid.sha256WithRsa), derNull())
    case 'ec':
      return derSequence(derOid(oid.ecdsaWithSha256))
    case 'ed25519':
      return derSequence(derOid(oid.ed25519))
    case 'ed448':
      return derSequence(derOid(oid.ed448))
    default:
      throw new Error(`A key of type ${key.asymmetricKeyType} cannot sign here; use RSA, EC or Ed25519.`)
  }
}

/** The public key of a SubjectPublicKeyInfo, or undefined when OpenSSL does not know it. */
export function readPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** Why a key is not taken at all, or undefined. The bounds on RSA also bound the cost of verifying a signature. */
export function keyProblem(key: KeyObject | undefined): string | undefined {
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key?.asymmetricKeyDetails ?? {}
  switch (key?.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength <= 8192 && publicExponent >= 3n && publicExponent < 2n ** 33n
        ? undefined
        : 'is an RSA key of more than 8192 bits or with an unusual exponent'
    case 'ec':
      return curves.has(namedCurve) ? undefined : 'is on an elliptic curve other than P-256, P-384 and P-521'
    case 'ed25519':
    case 'ed448':
      return undefined
    default:
      return 'is none of RSA, EC, Ed25519 and Ed448'
  }
}
