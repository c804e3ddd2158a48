import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { writePem } from './pem.ts'
import { subjectHash } from './subject-hash.ts'

export interface InstallOptions {
  /** DER of its revocation list, if it has one. */
  readonly crl?: Uint8Array
  /** Subjects it may sign, with `*`. Default: everything below its own name without its CN. */
  readonly subjects?: readonly string[]
}

/**
 * Installs an authority in a directory in the layout of X509_CERT_DIR: `HASH.0`, `HASH.signing_policy` and, with a list,
 * `HASH.r0`. Replaces the files of before, each at once. Returns the hash. Rejects as the file system does.
 */
export async function installAuthority(
  directory: string,
  certificate: Certificate,
  options: InstallOptions = {},
): Promise<string> {
  const hash = subjectHash(certificate.subject)
  const name = certificate.subject.slash
  const front = name.replace(/\/CN=[^/]*$/, '')
  const subjects = options.subjects ?? [`${front}/*`]
  await mkdir(directory, { recursive: true })
  await replace(join(directory, `${hash}.0`), writePem('CERTIFICATE', certificate.der))
  await replace(
    join(directory, `${hash}.signing_policy`),
    [
      `access_id_CA   X509    '${name}'`,
      'pos_rights     globus  CA:sign',
      `cond_subjects  globus  '${subjects.map(subject => `"${subject}"`).join(' ')}'`,
      '',
    ].join('\n'),
  )
  if (options.crl !== undefined) await replace(join(directory, `${hash}.r0`), writePem('X509 CRL', options.crl))
  return hash
}

// Readers look at any moment: a file is there whole or not at all.
async function replace(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, content, { mode: 0o644 })
  await rename(draft, path)
}
