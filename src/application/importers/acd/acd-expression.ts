/**
 * ACD expressions: `$(name)`, `$(name.attribute)` and `@(…)` with arithmetic, comparisons, `!`, `&`, `|` and `a ? b : c`
 * (EMBOSS Developers' Guide, "ACD Syntax", operations). They are not computed here: what they come to depends on sequences
 * that only the program reads. What is constant in them is found, and on which other parameter they depend.
 */
export type AcdExpression =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'reference'; readonly name: string; readonly attribute: string | undefined }
  | { readonly kind: 'not'; readonly of: AcdExpression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: AcdExpression; readonly right: AcdExpression }
  | {
      readonly kind: 'conditional'
      readonly when: AcdExpression
      readonly then: AcdExpression
      readonly otherwise: AcdExpression
    }

const deepest = 20
/** From the loosest to the tightest. */
const levels = [['|'], ['&'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/']]

/** Reads a value of an attribute; undefined when it is an expression of a form that is not known here. Pure. */
export function parseAcdExpression(text: string): AcdExpression | undefined {
  if (!/[$@]\(/.test(text)) return { kind: 'literal', text: text.trim() }
  const tokens = text.match(/\$\([^()]*\)|@\(|[=!<>]=|[()?:!&|*/+<>]|-?[^\s()?:!&|*/+=<>$@-]+|\S/g) ?? []
  const reader = new ExpressionReader(tokens)
  const found = reader.whole()
  return reader.atEnd ? found : undefined
}

/** What it comes to, when that is the same whatever the sequences are. */
export function constantOf(expression: AcdExpression | undefined): string | undefined {
  switch (expression?.kind) {
    case 'literal':
      return expression.text
    case 'conditional': {
      const then = constantOf(expression.then)
      return then !== undefined && then === constantOf(expression.otherwise) ? then : undefined
    }
    default:
      return undefined
  }
}

class ExpressionReader {
  readonly #tokens: readonly string[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#next === this.#tokens.length
  }

  whole(): AcdExpression | undefined {
    if (++this.#depth > deepest) return undefined
    const found = this.#conditional()
    this.#depth--
    return found
  }

  #conditional(): AcdExpression | undefined {
    const when = this.#level(0)
    if (when === undefined || !this.#takes('?')) return when
    const then = this.whole()
    if (then === undefined || !this.#takes(':')) return undefined
    const otherwise = this.whole()
    return otherwise && { kind: 'conditional', when, then, otherwise }
  }

  #level(at: number): AcdExpression | undefined {
    const operators = levels[at]
    if (operators === undefined) return this.#unary()
    let left = this.#level(at + 1)
    for (;;) {
      const operator = operators.find(one => this.#tokens[this.#next] === one)
      if (left === undefined || operator === undefined) return left
      this.#next++
      const right = this.#level(at + 1)
      if (right === undefined) return undefined
      left = { kind: 'binary', operator, left, right }
    }
  }

  #unary(): AcdExpression | undefined {
    if (this.#takes('!')) {
      if (++this.#depth > deepest) return undefined
      const of = this.#unary()
      this.#depth--
      return of && { kind: 'not', of }
    }
    const token = this.#tokens[this.#next++]
    if (token === undefined) return undefined
    const [, name, attribute] = /^\$\(\s*(\w+)(?:\.(\w+))?\s*\)$/.exec(token) ?? []
    if (name !== undefined) return { kind: 'reference', name: name.toLowerCase(), attribute }
    if (token === '@(' || token === '(') {
      const inside = this.whole()
      return this.#takes(')') ? inside : undefined
    }
    return /^-?[\w.,"']/.test(token) ? { kind: 'literal', text: token } : undefined
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false
    this.#next++
    return true
  }
}
