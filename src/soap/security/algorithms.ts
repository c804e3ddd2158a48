import { createVerify, type KeyObject } from 'node:crypto'
import type { SignatureAlgorithm, SignedXml } from 'xml-crypto'
import { ds, envelopedSignature, exclusiveCanonicalization } from './names.ts'
import { signatureProblem } from './signature-problem.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const sha1 = { signature: `${ds}rsa-sha1`, digest: `${ds}sha1` }

/** Signature methods (RFC 9231 section 2.3) by name: which key they are made with, and which hash. */
const methods: ReadonlyMap<string, { readonly key: 'rsa' | 'ec'; readonly hash: string }> = new Map([
  [sha1.signature, { key: 'rsa', hash: 'sha1' }],
  [`${more}rsa-sha256`, { key: 'rsa', hash: 'sha256' }],
  [`${more}rsa-sha384`, { key: 'rsa', hash: 'sha384' }],
  [`${more}rsa-sha512`, { key: 'rsa', hash: 'sha512' }],
  [`${more}ecdsa-sha256`, { key: 'ec', hash: 'sha256' }],
  [`${more}ecdsa-sha384`, { key: 'ec', hash: 'sha384' }],
  [`${more}ecdsa-sha512`, { key: 'ec', hash: 'sha512' }],
])

/** Whether SHA-1, for which different messages with one digest can be made, is good enough. */
export type Sha1 = 'accept' | 'refuse'

/** Leaves the library only what is taken here. Throws `credential-problem` for a signature of another kind. */
export function restrictAlgorithms(signed: SignedXml, method: string, key: KeyObject, allowed: Sha1): void {
  const known = methods.get(method)
  if (known === undefined || (method === sha1.signature && allowed === 'refuse')) {
    const taken = [...methods.keys()].filter(name => name !== sha1.signature || allowed === 'accept')
    throw signatureProblem(
      `The signature method ${JSON.stringify(method.slice(0, 120))} is not taken.`,
      `Sign with one of: ${taken.map(name => name.slice(name.indexOf('#') + 1)).join(', ')}.`,
    )
  }
  if (key.asymmetricKeyType !== known.key)
    throw signatureProblem(
      `The signature says ${method.slice(method.indexOf('#') + 1)}, and its certificate has a key of the kind ${key.asymmetricKeyType ?? 'unknown'}.`,
      'Sign with the method of the key.',
    )
  signed.SignatureAlgorithms = { [method]: verifierOf(method, known.hash) }
  const { [sha1.digest]: weak, ...strong } = signed.HashAlgorithms
  signed.HashAlgorithms = allowed === 'accept' && weak !== undefined ? { ...strong, [sha1.digest]: weak } : strong
  signed.CanonicalizationAlgorithms = Object.fromEntries(
    Object.entries(signed.CanonicalizationAlgorithms).filter(
      ([name]) => name === exclusiveCanonicalization || name === envelopedSignature,
    ),
  )
}

function verifierOf(method: string, hash: string): new () => SignatureAlgorithm {
  return class implements SignatureAlgorithm {
    getSignature(): never {
      throw new Error('Nothing is signed here.')
    }
    verifySignature(material: string, key: KeyObject, value: string): boolean {
      // XML Signature writes an ECDSA signature as r and s, one after the other (RFC 9231 section 2.3.6).
      return createVerify(hash).update(material).verify({ key, dsaEncoding: 'ieee-p1363' }, value, 'base64')
    }
    getAlgorithmName(): string {
      return method
    }
  }
}
