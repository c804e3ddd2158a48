import type { KeyObject } from 'node:crypto'
import { extension, spkiOf, writeExtension } from './certificate-builder.ts'
import { DerError, DerReader, derTag } from './der.ts'
import { readBitString, readSmallInteger } from './der-primitives.ts'
import { der, derBitString, derInteger, derOid, derSequence, derSetOf } from './der-writer.ts'
import { oid } from './oids.ts'
import { keyProblem, readPublicKey, readSignatureAlgorithm, signBytes, verifySignature } from './signature.ts'

/** The longest certification request that is read: octets. */
export const maximumRequestSize = 65_536

/**
 * A PKCS#10 certification request (RFC 2986 section 4) for a proxy with this key. The name in it says nothing: whoever
 * delegates gives the proxy their own name and one CN more. It asks for a full RFC 3820 proxy, which clients read as "an
 * RFC 3820 one"; whether it is full or limited is theirs to say.
 */
export function writeProxyRequest(key: KeyObject): Buffer {
  const wanted = derSequence(writeExtension(extension.proxyCertInfo(oid.proxyInheritAll)))
  const attributes = der(0xa0, derSequence(derOid(oid.extensionRequest), derSetOf([wanted])))
  const name = derSequence(
    derSetOf([derSequence(derOid(oid.commonName), der(derTag.utf8String, Buffer.from('delegation')))]),
  )
  const information = derSequence(derInteger(0), name, spkiOf(key), attributes)
  const { algorithm, signature } = signBytes(information, key)
  return derSequence(information, algorithm, derBitString(signature))
}

/**
 * The public key of a certification request, after its signature has shown that the other side has the private half.
 * Nothing else in the request is looked at. Throws DerError.
 */
export function readProxyRequest(bytes: Uint8Array): KeyObject {
  if (bytes.length > maximumRequestSize)
    throw new DerError(`A certification request of ${bytes.length} bytes is longer than ${maximumRequestSize}.`)
  const outer = DerReader.open(bytes, derTag.sequence, 'The certification request')
  const information = outer.next(derTag.sequence)
  const algorithm = readSignatureAlgorithm(outer.next(derTag.sequence))
  const signature = readBitString(outer.next(derTag.bitString), 'The signature of the certification request')
  outer.end()
  const inner = DerReader.of(information, derTag.sequence, 'The certification request')
  if (readSmallInteger(inner.next(derTag.integer), 'The version of the certification request') !== 0)
    throw new DerError('The certification request is not of version 1.')
  inner.next(derTag.sequence)
  const key = readPublicKey(inner.next(derTag.sequence).bytes)
  const problem = keyProblem(key)
  if (key === undefined || problem !== undefined)
    throw new DerError(`The key of the certification request ${problem ?? 'cannot be read'}.`)
  if (typeof algorithm === 'string') throw new DerError(`The certification request cannot be checked: ${algorithm}.`)
  if (signature.unusedBits !== 0 || !verifySignature(algorithm, information.bytes, signature.bytes, key))
    throw new DerError('The certification request is not signed with its own key.')
  return key
}
