import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { GridwrapError } from '../core/errors.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type PemBlock, readPem, writePem } from './pem.ts'

/** A private key and the certificates that go with it: its own first, then its issuers as far as they are known. */
export interface Credential {
  readonly key: KeyObject
  readonly certificate: Certificate
  /** Own certificate first, each one's issuer behind it; what belongs to no place in that order is left out. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** Milliseconds since the epoch at which the first of the certificates expires. */
  readonly expires: number
  /**
   * The proxy file form: certificate, key, issuers. Holds the private key: write it with mode 0600. With a passphrase the
   * key is encrypted (PKCS#8, AES-256).
   */
  toPem(passphrase?: string): string
  /** What node:tls needs to present this credential. */
  toTls(): Pick<SecureContextOptions, 'cert' | 'key'>
}

/** Where a credential is: the text of a PEM file, one file with everything, or a certificate and a key file. */
export type CredentialSource =
  | { readonly pem: string; readonly keyPem?: string; readonly passphrase?: string }
  | { readonly file: string; readonly keyFile?: string; readonly passphrase?: string }

/** Puts a key and its certificates together. Throws GridwrapError when the key is not the first certificate's. */
export function makeCredential(key: KeyObject, all: readonly Certificate[], where = 'The credential'): Credential {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const own = all.find(candidate => candidate.publicKey?.export({ format: 'der', type: 'spki' }).equals(spki) === true)
  if (own === undefined) {
    throw problem(
      `${where} has ${all.length === 0 ? 'no certificate' : 'a private key that belongs to none of its certificates'}.`,
      'Give the certificate and the key that were made together.',
    )
  }
  const certificates = inOrder(own, all)
  return {
    key,
    certificate: own,
    certificates,
    expires: Math.min(...certificates.map(certificate => certificate.notAfter)),
    toPem: passphrase => credentialPem(key, certificates, passphrase),
    toTls: () => ({
      cert: certificates.map(certificate => writePem('CERTIFICATE', certificate.der)).join(''),
      key: keyPem(key),
    }),
  }
}

function inOrder(own: Certificate, all: readonly Certificate[]): [Certificate, ...Certificate[]] {
  const ordered: [Certificate, ...Certificate[]] = [own]
  let last = own
  while (ordered.length < 32) {
    const next = all.find(
      candidate =>
        candidate.subject.der.equals(last.issuer.der) && !ordered.some(c => c.fingerprint === candidate.fingerprint),
    )
    if (next === undefined) break
    ordered.push(next)
    last = next
  }
  return ordered
}

const credentialPem = (
  key: KeyObject,
  [own, ...issuers]: readonly [Certificate, ...Certificate[]],
  passphrase: string | undefined,
): string =>
  [
    writePem('CERTIFICATE', own.der),
    keyPem(key, passphrase),
    ...issuers.map(issuer => writePem('CERTIFICATE', issuer.der)),
  ].join('')

// Globus programs of every age read PKCS#1; other kinds of keys have only PKCS#8.
export const keyPem = (key: KeyObject, passphrase?: string): string =>
  (passphrase === undefined
    ? key.export(key.asymmetricKeyType === 'rsa' ? { type: 'pkcs1', format: 'pem' } : { type: 'pkcs8', format: 'pem' })
    : key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
  ).toString()

/**
 * Reads a credential: certificates and key in any order, keys in PKCS#1, SEC 1 or PKCS#8, encrypted ones with
 * `passphrase`. Files with a key must be readable by their owner only. Throws GridwrapError (`credential-problem`).
 */
export function readCredential(source: CredentialSource): Credential {
  const where = 'file' in source ? `The credential "${source.file}"` : 'The credential'
  const texts = 'file' in source ? readFiles(source.file, source.keyFile) : [source.pem, source.keyPem ?? '']
  let blocks: PemBlock[]
  try {
    blocks = texts.flatMap(readPem)
  } catch (error) {
    throw problem(
      `${where} is no PEM file. ${text(error)}`,
      'A proxy file begins with -----BEGIN CERTIFICATE-----.',
      error,
    )
  }
  const keys = blocks.filter(block => block.label.endsWith('PRIVATE KEY'))
  const [keyBlock] = keys
  if (keyBlock === undefined || keys.length > 1) {
    throw problem(
      `${where} has ${keys.length === 0 ? 'no' : 'more than one'} private key.`,
      'Give the key file as well, or a proxy file, which holds both.',
    )
  }
  return makeCredential(readKey(keyBlock, source.passphrase, where), readCertificates(blocks, where), where)
}

function readFiles(file: string, keyFile: string | undefined): string[] {
  return [...new Set([file, keyFile ?? file])].map(path => {
    try {
      const content = readBounded(path)
      if (content.includes('PRIVATE KEY-----')) checkPermissions(path)
      return content
    } catch (error) {
      if (error instanceof GridwrapError) throw error
      throw problem(
        `The credential file "${path}" cannot be read. ${text(error)}`,
        'Check the path, or make a proxy.',
        error,
      )
    }
  })
}

function readBounded(path: string): string {
  const { size } = statSync(path)
  if (size > 1_048_576) throw new Error(`It has ${size} bytes, which is too many for a credential.`)
  return readFileSync(path, 'latin1')
}

function checkPermissions(path: string): void {
  const { mode, uid } = statSync(path)
  const user = process.getuid?.()
  if (user === undefined) return
  if ((mode & 0o177) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0')
    throw problem(
      `The file "${path}" holds a private key and has mode ${octal}; others could use it.`,
      `chmod 600 ${path}`,
    )
  }
  if (uid !== user && uid !== 0 && user !== 0) {
    throw problem(
      `The file "${path}" holds a private key and belongs to user ${uid}, not to you.`,
      'Make a credential of your own.',
    )
  }
}

/** The private key of a PEM text, encrypted or not. Throws GridwrapError (`credential-problem`). */
export function readPrivateKey(pem: string, passphrase?: string): KeyObject {
  const [block] = readPem(pem)
  if (block === undefined) throw problem('There is no private key.', 'Give a PEM file that holds one.')
  return readKey(block, passphrase, 'The file')
}

function readKey(block: PemBlock, passphrase: string | undefined, where: string): KeyObject {
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || block.bytes === undefined
  if (encrypted && passphrase === undefined) {
    throw problem(`${where} has an encrypted private key.`, 'Give its passphrase, or make a proxy from it first.')
  }
  try {
    return createPrivateKey({ key: block.text, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    throw encrypted
      ? problem(`${where} has a private key that this passphrase does not open.`, 'Give the right passphrase.', error)
      : problem(`${where} has a private key that cannot be read.`, 'It must be PKCS#1, SEC 1 or PKCS#8 in PEM.', error)
  }
}

function readCertificates(blocks: readonly PemBlock[], where: string): Certificate[] {
  try {
    return blocks.flatMap(block =>
      block.label === 'CERTIFICATE' && block.bytes !== undefined ? [parseCertificate(block.bytes)] : [],
    )
  } catch (error) {
    throw problem(`${where} has a certificate that cannot be read. ${text(error)}`, 'Make it anew.', error)
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const problem = (message: string, hint: string, cause?: unknown): GridwrapError =>
  new GridwrapError('credential-problem', message, { hint, cause })
