import { meant, parseNamePattern } from '../../authz/name-patterns.ts'
import { fqansOf, type Identity } from '../../core/identity.ts'
import type { Export } from '../gridftp-settings.ts'

/** What somebody may do with the files of an export; undefined: it does not exist for them. */
export function rightIn(
  { read, write, anonymous }: Pick<Export, 'read' | 'write' | 'anonymous'>,
  identity: Identity,
): 'read' | 'write' | undefined {
  if (identity.scheme === 'gsi') {
    const among = (patterns: readonly string[]): boolean =>
      patterns.some(text => {
        const pattern = parseNamePattern(text)
        return pattern !== undefined && meant(pattern, identity.subject, fqansOf(identity)) !== undefined
      })
    if (among(write)) return 'write'
    if (among(read)) return 'read'
  }
  return anonymous ? 'read' : undefined
}
