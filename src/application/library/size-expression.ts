/** How large an array is, or a count that a routine wants: integers, arguments, their sizes, and + - * of these. */
export type SizeExpression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'argument'; readonly name: string }
  /** How many elements an array has. */
  | { readonly kind: 'size'; readonly of: string }
  | { readonly kind: 'sum' | 'difference' | 'product'; readonly left: SizeExpression; readonly right: SizeExpression }

const deepest = 20

/** Reads `n`, `size(x)`, `2 * n + 1`; undefined when it is none of these. Pure. */
export function parseSize(text: string): SizeExpression | undefined {
  const tokens = text.match(/size|[A-Za-z]\w*|\d{1,12}|[()+*-]|\S/g) ?? []
  let at = 0
  const take = (token: string): boolean => tokens[at] === token && ++at > 0
  const factor = (depth: number): SizeExpression | undefined => {
    const token = tokens[at++]
    if (token === undefined || depth > deepest) return undefined
    if (/^\d+$/.test(token)) return { kind: 'number', value: Number(token) }
    if (token === '(') {
      const inner = sum(depth + 1)
      return inner !== undefined && take(')') ? inner : undefined
    }
    if (!/^[A-Za-z]\w*$/.test(token)) return undefined
    if (token !== 'size' || tokens[at] !== '(') return { kind: 'argument', name: token }
    at++
    const of = tokens[at++]
    return of !== undefined && /^[A-Za-z]\w*$/.test(of) && take(')') ? { kind: 'size', of } : undefined
  }
  const product = (depth: number): SizeExpression | undefined => {
    let left = factor(depth)
    while (left !== undefined && take('*')) left = joined('product', left, factor(depth))
    return left
  }
  const sum = (depth: number): SizeExpression | undefined => {
    let left = product(depth)
    while (left !== undefined) {
      if (take('+')) left = joined('sum', left, product(depth))
      else if (take('-')) left = joined('difference', left, product(depth))
      else break
    }
    return left
  }
  const whole = tokens.length > 100 ? undefined : sum(0)
  return at === tokens.length ? whole : undefined
}

const joined = (
  kind: 'sum' | 'difference' | 'product',
  left: SizeExpression,
  right: SizeExpression | undefined,
): SizeExpression | undefined => (right === undefined ? undefined : { kind, left, right })

/** The arguments that an expression speaks of. */
export function argumentsIn(expression: SizeExpression): readonly string[] {
  switch (expression.kind) {
    case 'number':
      return []
    case 'argument':
      return [expression.name]
    case 'size':
      return [expression.of]
    default:
      return [...argumentsIn(expression.left), ...argumentsIn(expression.right)]
  }
}

/** What it comes to; undefined when something in it is not known. */
export function evaluateSize(
  expression: SizeExpression,
  numberFor: (name: string) => number | undefined,
  sizeOf: (name: string) => number | undefined,
): number | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value
    case 'argument':
      return numberFor(expression.name)
    case 'size':
      return sizeOf(expression.of)
    default: {
      const left = evaluateSize(expression.left, numberFor, sizeOf)
      const right = evaluateSize(expression.right, numberFor, sizeOf)
      if (left === undefined || right === undefined) return undefined
      return expression.kind === 'sum' ? left + right : expression.kind === 'difference' ? left - right : left * right
    }
  }
}
