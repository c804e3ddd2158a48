import { generateKeyPair, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { wallClock } from '../core/clock.ts'
import type { Certificate } from './certificate.ts'
import { extension, keyId, randomSerial, signCertificate } from './certificate-builder.ts'
import { keyUsageBit } from './certificate-extensions.ts'
import { type Credential, makeCredential } from './credential.ts'
import { writeCrl } from './crl-builder.ts'
import { type DistinguishedName, nameFromSlashForm } from './dn.ts'
import { ipOctets } from './ip-octets.ts'
import { oid } from './oids.ts'

export type KeyKind = 'rsa' | 'ec'

export interface AuthorityOptions {
  /** In slash form: `/O=My Grid/CN=My CA`. */
  readonly dn: string
  readonly days?: number
  /** RSA with 3072 bits, or EC on P-256. Default rsa: old grid software has nothing else. */
  readonly key?: KeyKind
}

export interface HostOptions {
  /** DNS names and IP addresses, the first of which is the CN. */
  readonly names: readonly string[]
  /** Default: the authority's name without its CN, and CN=NAME. */
  readonly dn?: string
  readonly days?: number
  readonly key?: KeyKind
}

export interface UserOptions {
  readonly dn: string
  readonly days?: number
  readonly key?: KeyKind
}

/** A small certification authority: for `gridwrap init`, the demo and the tests. No substitute for one that is run. */
export interface Authority {
  readonly certificate: Certificate
  readonly credential: Credential
  issueHost(options: HostOptions): Promise<Credential>
  issueUser(options: UserOptions): Promise<Credential>
  /** From now on every list of {@link Authority.crl} names this certificate. */
  revoke(certificate: Certificate): void
  /** A new revocation list, DER. Its number is the time, so that it grows. Default: due in 365 days. */
  crl(options?: { readonly days?: number }): Buffer
}

const day = 86_400_000
const makeKeyPair = promisify(generateKeyPair)

const newKey = async (kind: KeyKind, bits = 2048): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> =>
  kind === 'rsa' ? makeKeyPair('rsa', { modulusLength: bits }) : makeKeyPair('ec', { namedCurve: 'prime256v1' })

/** Makes a new authority with a self-signed certificate, valid 10 years unless said otherwise. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const { privateKey, publicKey } = await newKey(options.key ?? 'rsa', 3072)
  const name = nameFromSlashForm(options.dn)
  const now = wallClock()
  const certificate = signCertificate(
    {
      serial: randomSerial(),
      issuer: name,
      subject: name,
      notBefore: now - 300_000,
      notAfter: now + (options.days ?? 3650) * day,
      publicKey,
      extensions: [
        extension.basicConstraints(true),
        extension.keyUsage(keyUsageBit.keyCertSign, keyUsageBit.cRLSign),
        extension.subjectKeyId(publicKey),
      ],
    },
    privateKey,
  )
  return openAuthority(makeCredential(privateKey, [certificate]))
}

/** Goes on with an authority made before; `revoked` are the serial numbers on its last list. */
export function openAuthority(credential: Credential, revoked: Iterable<string> = []): Authority {
  const { certificate, key } = credential
  const serials = new Set(revoked)
  const issue = async (
    subject: DistinguishedName,
    options: { readonly days?: number; readonly key?: KeyKind },
    extensions: Parameters<typeof signCertificate>[0]['extensions'],
  ): Promise<Credential> => {
    const { privateKey, publicKey } = await newKey(options.key ?? 'rsa')
    const now = wallClock()
    const issued = signCertificate(
      {
        serial: randomSerial(),
        issuer: certificate.subject,
        subject,
        notBefore: Math.max(now - 300_000, certificate.notBefore),
        notAfter: Math.min(now + (options.days ?? 365) * day, certificate.notAfter),
        publicKey,
        extensions: [
          extension.basicConstraints(false),
          extension.keyUsage(keyUsageBit.digitalSignature, keyUsageBit.keyEncipherment),
          ...extensions,
          extension.subjectKeyId(publicKey),
          extension.authorityKeyId(keyId(key)),
        ],
      },
      key,
    )
    return makeCredential(privateKey, [issued])
  }
  return {
    certificate,
    credential,
    issueHost: async options => {
      const [first] = options.names
      if (first === undefined) throw new Error('A host certificate needs at least one name.')
      const ips = options.names.filter(name => isIP(name) !== 0).map(ipOctets)
      const dns = options.names.filter(name => isIP(name) === 0)
      const front = certificate.subject.slash.replace(/\/CN=[^/]*$/, '')
      return issue(nameFromSlashForm(options.dn ?? `${front}/CN=${first}`), options, [
        extension.extendedKeyUsage(oid.serverAuth, oid.clientAuth),
        extension.subjectAltName(dns, ips),
      ])
    },
    issueUser: async options =>
      issue(nameFromSlashForm(options.dn), options, [extension.extendedKeyUsage(oid.clientAuth)]),
    revoke: revokedCertificate => void serials.add(revokedCertificate.serial),
    crl: (options = {}) => writeCrl(credential, serials, wallClock(), (options.days ?? 365) * day),
  }
}
