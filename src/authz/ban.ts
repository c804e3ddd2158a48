import { fqansOf, type Identity } from '../core/identity.ts'
import type { ProblemLog } from '../core/log.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'
import { FollowedFile } from './followed-file.ts'
import { meant, type NamePattern, parseNamePattern } from './name-patterns.ts'

/** One line of a ban file. */
interface Banned {
  readonly pattern: NamePattern
  readonly line: number
}

const mostLines = 100_000

/**
 * Reads a ban file: a distinguished name or an FQAN a line, quoted or not, `*` for anything (behind an FQAN: `/*`), `#`
 * for comments. A line that is none of these is an error: whoever wrote it meant to keep somebody out.
 */
export function parseBanFile(text: string): readonly Banned[] {
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.length > mostLines) throw new Error(`It has more than ${mostLines} lines.`)
  return lines.flatMap((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return []
    const text = /^"([^"]*)"\s*(?:#.*)?$/.exec(line)?.[1] ?? line.replace(/\s+#.*$/, '')
    const pattern = parseNamePattern(text)
    if (pattern === undefined)
      throw new Error(`Line ${index + 1}: "${line.slice(0, 80)}" is neither a name nor an FQAN.`)
    return [{ pattern, line: index + 1 }]
  })
}

/**
 * Keeps people out, whoever else lets them in. The file is followed; while it is missing or broken, everybody is kept
 * out, because nobody can say who was meant to be.
 */
export class Ban implements AuthorizationAdapter {
  readonly name = 'ban'
  readonly judgesParameters = false
  readonly #file: FollowedFile<readonly Banned[] | undefined>

  constructor(file: string, log: ProblemLog) {
    this.#file = new FollowedFile<readonly Banned[] | undefined>(file, parseBanFile, undefined, log)
  }

  refuses(identity: Identity): string | undefined {
    const banned = this.#file.current()
    if (banned === undefined) return `${this.#file.path} is missing or broken (the log says why)`
    if (identity.scheme !== 'gsi') return undefined
    const found = banned.find(({ pattern }) => meant(pattern, identity.subject, fqansOf(identity)) !== undefined)
    return found === undefined ? undefined : `line ${found.line} of ${this.#file.path}`
  }

  decide({ identity }: AuthorizationRequest): Verdict {
    const why = this.refuses(identity)
    return why === undefined ? { effect: 'abstain', rule: 'not banned' } : { effect: 'deny', rule: why }
  }
}
