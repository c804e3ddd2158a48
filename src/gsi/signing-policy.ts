import type { DistinguishedName } from './dn.ts'
import { matchesPattern } from './name-pattern.ts'
import { normalSlash } from './normal-slash.ts'

/** What one authority may sign, by the patterns of its signing_policy file. */
export interface SigningPolicy {
  /** By authority, in slash form: patterns of subjects, in which `*` stands for anything. */
  readonly subjects: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads a Globus signing_policy file (the EACL syntax): `access_id_CA X509 'DN'`, then `pos_rights globus CA:sign` and
 * `cond_subjects globus '"PATTERN" "PATTERN"'`. Throws an Error that names the line.
 */
export function parseSigningPolicy(text: string): SigningPolicy {
  const subjects = new Map<string, string[]>()
  let authority: string | undefined
  let maySign = false
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const words = tokens(line, index + 1)
    const [keyword, definer, value] = words
    if (keyword === undefined) continue
    if (definer === undefined || value === undefined || words.length > 3) {
      throw new Error(`Line ${index + 1} of the signing policy has not the three words "KEYWORD AUTHORITY VALUE".`)
    }
    if (keyword.startsWith('access_id_')) {
      authority = keyword === 'access_id_CA' && definer.toLowerCase() === 'x509' ? normalSlash(value) : undefined
      maySign = false
    } else if (keyword === 'pos_rights') {
      maySign = definer === 'globus' && value === 'CA:sign'
    } else if (keyword === 'neg_rights') {
      throw new Error(`Line ${index + 1} of the signing policy has neg_rights, which are not understood here.`)
    } else if (keyword === 'cond_subjects') {
      if (authority === undefined || !maySign || definer !== 'globus') continue
      subjects.set(authority, [...(subjects.get(authority) ?? []), ...patterns(value, index + 1)])
    } else throw new Error(`Line ${index + 1} of the signing policy begins with the unknown word "${keyword}".`)
  }
  return { subjects }
}

// A word, or anything between single or double quotes; # begins a comment outside quotes.
function tokens(line: string, number: number): string[] {
  const words: string[] = []
  let rest = line.trim()
  while (rest !== '' && !rest.startsWith('#')) {
    const quote = rest.startsWith("'") || rest.startsWith('"') ? rest.slice(0, 1) : undefined
    const end = quote === undefined ? rest.search(/\s/) : rest.indexOf(quote, 1)
    if (quote !== undefined && end < 0)
      throw new Error(`Line ${number} of the signing policy has a quote without its end.`)
    words.push(quote === undefined ? rest.slice(0, end < 0 ? rest.length : end) : rest.slice(1, end))
    rest = end < 0 ? '' : rest.slice(quote === undefined ? end : end + 1).trimStart()
  }
  return words
}

function patterns(value: string, number: number): string[] {
  const text = value.trim()
  if (!text.includes('"')) return text === '' ? [] : [normalSlash(text)]
  return tokens(text, number).map(normalSlash)
}

/** Whether the authority may sign this subject; false also when the file does not speak of the authority. */
export const maySign = (policy: SigningPolicy, authority: DistinguishedName, subject: DistinguishedName): boolean =>
  (policy.subjects.get(normalSlash(authority.slash)) ?? []).some(pattern =>
    matchesPattern(pattern, normalSlash(subject.slash)),
  )
