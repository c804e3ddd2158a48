import { compileExpression, type Expression } from './expression.ts'
import { requiredText } from './required-text.ts'

/**
 * Looks for an expression in many lines, few of which match: a text that every match must hold is looked for first,
 * which is hundreds of times quicker than the expression.
 */
export class LineFinder {
  readonly #expression: Expression
  readonly #required: string
  readonly #matchesNothing: boolean

  constructor(source: string) {
    this.#expression = compileExpression(source)
    this.#required = requiredText(source)
    this.#matchesNothing = this.#expression.matcher('').find()
  }

  /** The match in this line, whose groups can be asked for; undefined when there is none. */
  find(line: string): ReturnType<Expression['matcher']> | undefined {
    if (line === '' && !this.#matchesNothing) return undefined
    if (!line.includes(this.#required)) return undefined
    const matcher = this.#expression.matcher(line)
    return matcher.find() ? matcher : undefined
  }
}
