/** One thing that is wrong with a description, at the place where the administrator can mend it. Lines and columns begin at 1. */
export interface DescriptionProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Names the value, the rule and the fix. */
  readonly message: string
  readonly hint?: string
}

/** A description that cannot be taken, with everything that is wrong with it (at most 50 problems). */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError'
  readonly problems: readonly DescriptionProblem[]

  constructor(problems: readonly DescriptionProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** `application.yaml:12:3: message (hint)`, the form that editors jump to. */
export const formatProblem = (problem: DescriptionProblem): string =>
  `${problem.file}:${problem.line}:${problem.column}: ${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`

export interface Place {
  readonly line: number
  readonly column: number
}

const mostProblems = 50

/** A message goes to terminals and pages: of bounded length, without what would disturb them. */
const bounded = (text: string): string => {
  const plain = text.slice(0, 1000).replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd')
  return text.length > 1000 ? `${plain}...` : plain
}

/** Gathers problems in the order of their places, so that one reading names them all. */
export class Problems {
  readonly #file: string
  readonly #found: DescriptionProblem[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Whether anything was found so far. */
  some(): boolean {
    return this.#found.length > 0
  }

  add(place: Place, message: string, hint?: string): void {
    // Deep reading of a hostile file may find thousands; the first fifty by place are told.
    if (this.#found.length >= 10 * mostProblems) return
    if (this.#found.some(p => p.line === place.line && p.column === place.column && p.message === bounded(message)))
      return
    const { line, column } = place
    const said = hint === undefined ? {} : { hint: bounded(hint) }
    this.#found.push({ file: this.#file, line, column, message: bounded(message), ...said })
  }

  /** Throws {@link DescriptionError} when there is any problem. */
  throwIfAny(): void {
    if (!this.some()) return
    const inOrder = this.#found.toSorted((a, b) => a.line - b.line || a.column - b.column)
    throw new DescriptionError(inOrder.slice(0, mostProblems))
  }
}
