import { matchesPattern } from '../gsi/name-pattern.ts'
import { normalSlash } from '../gsi/normal-slash.ts'
import { attributeLabels, attributeTypes } from '../gsi/oids.ts'
import { normalFqan } from '../gsi/voms/fqan.ts'

/**
 * What people write to mean somebody: a distinguished name, in which `*` stands for anything, or a group or role of a
 * virtual organization, which may end in `/*` for all that is below it. In whichever spelling, it is compared in one.
 */
export type NamePattern =
  | { readonly kind: 'name'; readonly pattern: string }
  | { readonly kind: 'fqan'; readonly fqan: string; readonly below: boolean }

/** Undefined when the text is neither. */
export function parseNamePattern(text: string): NamePattern | undefined {
  const below = text.endsWith('/*')
  const fqan = normalFqan(below ? text.slice(0, -2) : text)
  if (fqan !== undefined) return { kind: 'fqan', fqan, below }
  if (text === '*') return { kind: 'name', pattern: '*' }
  // A name, or a pattern of one, has attributes that there are: /astro* and /astro/Role=* would be pieces of a group.
  const labels = [...text.matchAll(/\/([A-Za-z0-9.]+)=/g)].map(match => match[1] ?? '')
  const known = labels.every(label => attributeTypes.has(label.toLowerCase()) || /^\d+(\.\d+)+$/.test(label))
  return /^[/*]/.test(text) && labels.length > 0 && known ? { kind: 'name', pattern: normalName(text) } : undefined
}

/** The same spellings as in names of certificates, also behind a `*`. */
const normalName = (text: string): string =>
  text.startsWith('/')
    ? normalSlash(text)
    : normalSlash(text).replace(/\/([A-Za-z0-9.]+)=/g, (whole, label: string) => {
        const type = attributeTypes.get(label.toLowerCase())
        const known = type === undefined ? undefined : attributeLabels.get(type)
        return known === undefined ? whole : `/${known}=`
      })

/** Whether somebody with this name and these groups and roles is meant; which of them it was. */
export function meant(pattern: NamePattern, subject: string, fqans: readonly string[]): string | undefined {
  if (pattern.kind === 'name') return matchesPattern(pattern.pattern, subject) ? subject : undefined
  return fqans.find(fqan => fqan === pattern.fqan || (pattern.below && fqan.startsWith(`${pattern.fqan}/`)))
}
