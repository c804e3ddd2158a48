import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import forge from 'node-forge'
import { GridwrapError } from '../core/errors.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type Credential, makeCredential } from './credential.ts'

const mostBytes = 1_048_576

/**
 * The credential in a PKCS#12 file, as browsers and Java keep them: its key and all of its certificates. Loaded only
 * where one is read: the library that knows the many old ciphers is large. Throws GridwrapError (`credential-problem`).
 */
export function readPkcs12(file: string, passphrase: string): Credential {
  const bags = open(file, passphrase)
  const derOf = (node: forge.asn1.Asn1 | undefined): Buffer[] =>
    node === undefined ? [] : [Buffer.from(forge.asn1.toDer(node).getBytes(), 'binary')]
  const keys = [...bags(forge.pki.oids['pkcs8ShroudedKeyBag']), ...bags(forge.pki.oids['keyBag'])].flatMap(bag =>
    bag.key
      ? [
          Buffer.from(
            forge.asn1.toDer(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))).getBytes(),
            'binary',
          ),
        ]
      : derOf(bag.asn1),
  )
  const certificates = bags(forge.pki.oids['certBag']).flatMap(bag =>
    bag.cert ? derOf(forge.pki.certificateToAsn1(bag.cert)) : derOf(bag.asn1),
  )
  const [key] = keys
  if (key === undefined || keys.length > 1)
    throw problem(
      `"${file}" has ${keys.length === 0 ? 'no' : 'more than one'} private key.`,
      'Export one credential with its key.',
    )
  return makeCredential(
    createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
    certificates.map(read),
    `The credential "${file}"`,
  )
}

function open(file: string, passphrase: string): (type: string | undefined) => forge.pkcs12.Bag[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
    if (bytes.length > mostBytes) throw new Error(`It has ${bytes.length} bytes, which is too many.`)
  } catch (error) {
    throw problem(`"${file}" cannot be read. ${text(error)}`, 'Check the path.', error)
  }
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(bytes.toString('binary')))
    const pfx = forge.pkcs12.pkcs12FromAsn1(asn1, false, passphrase)
    return type => (type === undefined ? [] : (pfx.getBags({ bagType: type })[type] ?? []))
  } catch (error) {
    if (/decrypt/i.test(text(error)) && /[^ -~]/.test(passphrase))
      // The library knows only one encoding of a passphrase, where the format has two.
      throw problem(
        `"${file}" is encrypted with a passphrase beyond ASCII in a way that is not read here.`,
        'Export it anew with a plain one, or make PEM of it: openssl pkcs12 -in FILE -out FILE.pem.',
        error,
      )
    throw /password|MAC|decrypt/i.test(text(error))
      ? problem(`The passphrase does not open "${file}".`, 'Give the one with which it was exported.', error)
      : problem(`"${file}" is no PKCS#12 file. ${text(error)}`, 'It mostly ends with .p12 or .pfx.', error)
  }
}

const read = (der: Buffer): Certificate => parseCertificate(der)

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const problem = (message: string, hint: string, cause?: unknown): GridwrapError =>
  new GridwrapError('credential-problem', message, { hint, cause })
