import { normalSlash } from '../gsi/normal-slash.ts'

/** One line of a grid-mapfile: a distinguished name in slash form and the accounts it may use, the first by default. */
export interface GridmapEntry {
  readonly subject: string
  readonly accounts: readonly string[]
  readonly line: number
}

export interface GridmapProblem {
  readonly line: number
  readonly message: string
}

const mostLines = 200_000

/**
 * Reads a grid-mapfile (Globus): `"/DC=org/CN=Alice" alice,portal`, `#` comments, `\xHH` and `\"` escapes inside quotes.
 * A broken line is reported and hurts no other.
 */
export function parseGridmap(text: string): {
  readonly entries: readonly GridmapEntry[]
  readonly problems: readonly GridmapProblem[]
} {
  const entries: GridmapEntry[] = []
  const problems: GridmapProblem[] = []
  const lines = text.split('\n')
  if (lines.length > mostLines)
    problems.push({ line: mostLines, message: `more than ${mostLines} lines; the rest is not read` })
  for (const [index, raw] of lines.slice(0, mostLines).entries()) {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) continue
    const match = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))\s+(\S+(?:\s*,\s*\S+)*)\s*$/.exec(content)
    const subject = match === null ? undefined : match[1] === undefined ? match[2] : unescapeName(match[1])
    const accounts = match?.[3]?.split(',').map(account => account.trim()) ?? []
    if (subject === undefined || !subject.startsWith('/')) {
      problems.push({
        line: index + 1,
        message: `"${content.slice(0, 80)}" is not: "/distinguished/name" account[,account]`,
      })
    } else if (!accounts.every(account => /^[A-Za-z_.][A-Za-z0-9_.-]{0,63}$/.test(account))) {
      problems.push({ line: index + 1, message: `"${match?.[3] ?? ''}" is not a list of account names` })
    } else {
      entries.push({ subject: normalSlash(subject), accounts, line: index + 1 })
    }
  }
  return { entries, problems }
}

/** An octet that is printable ASCII is that; another one stays `\xHH`, as names of certificates have it here. */
const unescapeName = (text: string): string =>
  text.replace(/\\x([0-9A-Fa-f]{2})|\\(.)/g, (_, hex: string | undefined, plain: string | undefined) => {
    if (hex === undefined) return plain ?? ''
    const octet = Number.parseInt(hex, 16)
    return octet >= 0x20 && octet <= 0x7e ? String.fromCharCode(octet) : `\\x${hex.toUpperCase()}`
  })

/** A name as it stands in a grid-mapfile, quoted. */
export const quoteName = (subject: string): string => `"${subject.replace(/[\\"]/g, '\\$&')}"`
