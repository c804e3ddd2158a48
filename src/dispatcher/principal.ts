import { parseSlashForm } from '../gsi/dn.ts'
import { normalSlash } from '../gsi/normal-slash.ts'
import { normalFqan } from '../gsi/voms/fqan.ts'
import { invalidParameter } from './invalid-parameter.ts'

/** What people write for a person or a group → the key that shares are kept by. Throws `invalid-input`. */
export function principalKey(text: string): string {
  const fqan = normalFqan(text)
  if (fqan !== undefined) return `fqan:${fqan}`
  try {
    parseSlashForm(text)
  } catch {
    throw invalidParameter(
      'with',
      text,
      'must be a distinguished name (/DC=org/CN=Bob), or a group or role (/vo/group/Role=production)',
    )
  }
  return `gsi:${normalSlash(text)}`
}

/** The other way round. */
export const describePrincipal = (key: string): string => key.replace(/^[a-z]+:/, '')
