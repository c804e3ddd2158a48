import type { Credential } from './credential.ts'
import { writePrivately } from './write-privately.ts'

/**
 * Exports a credential, for example one that was delegated, into a file as Globus programs read it (`X509_USER_PROXY`): mode
 * 0600, in one step. With a passphrase its key is encrypted. Throws the errors of node:fs.
 */
export const writeCredential = (file: string, credential: Credential, passphrase?: string): Promise<void> =>
  writePrivately(file, credential.toPem(passphrase))
