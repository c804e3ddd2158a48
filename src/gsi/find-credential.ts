import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { GridwrapError } from '../core/errors.ts'
import { type Credential, readCredential } from './credential.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The file in which a user's proxy is kept by custom: `X509_USER_PROXY`, else `/tmp/x509up_u<uid>`. */
export const proxyFile = (env: Environment = process.env): string =>
  env['X509_USER_PROXY'] ?? `/tmp/x509up_u${process.getuid?.() ?? 0}`

/** The files of a user's long-lived credential: `X509_USER_CERT` and `X509_USER_KEY`, else those in `~/.globus`. */
export function userCredentialFiles(env: Environment = process.env): {
  readonly file: string
  readonly keyFile: string
} {
  const home = join(env['HOME'] ?? homedir(), '.globus')
  return {
    file: env['X509_USER_CERT'] ?? join(home, 'usercert.pem'),
    keyFile: env['X509_USER_KEY'] ?? join(home, 'userkey.pem'),
  }
}

/** The directory of trusted authorities: `X509_CERT_DIR`, `~/.globus/certificates` when it is there, `/etc/grid-security/certificates`. */
export function trustDirectory(env: Environment = process.env): string {
  const own = join(env['HOME'] ?? homedir(), '.globus', 'certificates')
  return env['X509_CERT_DIR'] ?? (existsSync(own) ? own : '/etc/grid-security/certificates')
}

/**
 * The credential where grid users keep it, the first of: `X509_USER_PROXY`, `/tmp/x509up_u<uid>`,
 * `X509_USER_CERT`/`X509_USER_KEY`, `~/.globus`. A place that is named in the environment must hold one.
 * Throws GridwrapError (`credential-problem`), which lists the places when there is none.
 */
export function findCredential(env: Environment = process.env, passphrase?: string): Credential {
  const proxy = proxyFile(env)
  if (env['X509_USER_PROXY'] !== undefined || existsSync(proxy)) return readCredential({ file: proxy })
  const files = userCredentialFiles(env)
  if (env['X509_USER_CERT'] !== undefined || existsSync(files.file)) {
    return readCredential({ ...files, ...(passphrase === undefined ? {} : { passphrase }) })
  }
  throw new GridwrapError(
    'credential-problem',
    `There is no credential: neither ${proxy} nor ${files.file} is there.`,
    {
      hint: 'Make a proxy with `gridwrap proxy init` or grid-proxy-init, or set X509_USER_PROXY.',
    },
  )
}
