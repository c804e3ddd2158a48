import { fqansOf, type Identity } from '../core/identity.ts'
import type { ProblemLog } from '../core/log.ts'
import { Gridmap } from './gridmap.ts'
import { meant, type NamePattern, parseNamePattern } from './name-patterns.ts'

/** One entry of `run: accounts`, as configured. */
export type AccountRule =
  | { readonly gridmap: string }
  | { readonly voms: Readonly<Record<string, string>> }
  | { readonly everybody: string }

interface Source {
  /** Who is mapped here: to which account. */
  readonly account: (identity: Identity) => string | undefined
  readonly names: () => Iterable<string>
}

/**
 * Whose programs run as which account of this host. Asked in order: the first that has an account for the caller decides.
 * Grid-mapfiles are followed, so that a new line counts from the next job on.
 */
export class AccountMap {
  readonly #sources: readonly Source[]

  constructor(rules: readonly AccountRule[], log: ProblemLog) {
    this.#sources = rules.map(rule =>
      'gridmap' in rule ? ofGridmap(rule.gridmap, log) : 'voms' in rule ? ofVoms(rule.voms) : ofAll(rule.everybody),
    )
  }

  /** The account in which a caller's programs run; undefined: they have none here. */
  account(identity: Identity): string | undefined {
    for (const source of this.#sources) {
      const account = source.account(identity)
      if (account !== undefined) return account
    }
    return undefined
  }

  /** Whether somebody may be mapped to this account, as far as is known now. */
  has(account: string): boolean {
    return this.#sources.some(source => [...source.names()].includes(account))
  }

  /** All accounts to which somebody may be mapped, each once. */
  all(): readonly string[] {
    return [...new Set(this.#sources.flatMap(source => [...source.names()]))]
  }
}

function ofGridmap(file: string, log: ProblemLog): Source {
  const gridmap = new Gridmap(file, log)
  return { account: identity => gridmap.accounts(identity)[0], names: () => gridmap.allAccounts() }
}

function ofVoms(rules: Readonly<Record<string, string>>): Source {
  const patterns = Object.entries(rules).flatMap(([text, account]): [NamePattern, string][] => {
    const pattern = parseNamePattern(text)
    return pattern === undefined ? [] : [[pattern, account]]
  })
  return {
    account: identity => patterns.find(([pattern]) => meant(pattern, '', fqansOf(identity)) !== undefined)?.[1],
    names: () => patterns.map(([, account]) => account),
  }
}

const ofAll = (account: string): Source => ({
  account: identity => (identity.scheme === 'gsi' ? account : undefined),
  names: () => [account],
})
