import { RE2JS } from 're2js'
import type { DistinguishedName } from './dn.ts'
import { normalSlash } from './normal-slash.ts'

/** What authorities may sign, by the rules of a `.namespaces` file, in its order. */
export interface Namespaces {
  readonly rules: readonly NamespaceRule[]
}

interface NamespaceRule {
  /** In slash form; undefined: the authority whose file it is. */
  readonly issuer: string | undefined
  readonly permits: boolean
  readonly subject: RE2JS
}

const mostRules = 1000
const longestPattern = 1000

/**
 * Reads a `.namespaces` file (the format of the IGTF, version 1): `TO Issuer "DN" PERMIT Subject "EXPRESSION"`, or
 * `DENY`, with `\` at the end of a line that goes on; `SELF` stands for the authority itself. Expressions are matched
 * against whole names, in linear time. Throws an Error that names the line.
 */
export function parseNamespaces(text: string): Namespaces {
  const rules: NamespaceRule[] = []
  let open = ''
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    open = `${open} ${line.replace(/\\$/, '')}`.trim()
    if (line.endsWith('\\')) continue
    const match = /^TO\s+Issuer\s+(?:"([^"]*)"|(SELF))\s+(PERMIT|DENY)\s+Subject\s+"([^"]*)"$/i.exec(open)
    const pattern = match?.[4]
    if (match === null || pattern === undefined || pattern.length > longestPattern)
      throw new Error(
        `Line ${index + 1} of the namespaces is not: TO Issuer "NAME" PERMIT Subject "EXPRESSION" (but ${JSON.stringify(open.slice(0, 80))}).`,
      )
    if (rules.length === mostRules) throw new Error(`There are more than ${mostRules} rules.`)
    rules.push({
      issuer: match[1] === undefined ? undefined : normalSlash(match[1]),
      permits: match[3]?.toUpperCase() === 'PERMIT',
      subject: compile(pattern, index + 1),
    })
    open = ''
  }
  if (open !== '') throw new Error('The last line of the namespaces goes on, and nothing follows.')
  return { rules }
}

function compile(pattern: string, line: number): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new Error(`Line ${line} of the namespaces: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether the authority may sign this subject: the first rule of this authority that fits the subject decides. */
export function permitsName(namespaces: Namespaces, authority: DistinguishedName, subject: DistinguishedName): boolean {
  const name = normalSlash(authority.slash)
  const rule = namespaces.rules.find(
    ({ issuer, subject: pattern }) => (issuer ?? name) === name && pattern.matches(normalSlash(subject.slash)),
  )
  return rule?.permits === true
}
