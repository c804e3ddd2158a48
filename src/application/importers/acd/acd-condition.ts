import { type AcdExpression, parseAcdExpression } from './acd-expression.ts'
import type { AcdDefinition } from './acd-reader.ts'

/** On which parameter something depends, in the words of a description: `x`, `!x`, `mode=fast`, `!mode=fast`. */
export interface AcdCondition {
  readonly on: string
  readonly negated: boolean
  readonly equals: string | undefined
  /** Whether it says all: else it must hold, and there is more that is not said. */
  readonly exact: boolean
}

const mostSteps = 50

/** Finds conditions in expressions over the parameters of one program, through its variables. */
export class AcdConditions {
  readonly #definitions: ReadonlyMap<string, AcdDefinition>
  #steps = 0

  constructor(definitions: readonly AcdDefinition[]) {
    this.#definitions = new Map(definitions.map(one => [one.name, one]))
  }

  /** The condition on which the value is true; undefined when none can be said that must hold. */
  of(text: string): AcdCondition | undefined {
    this.#steps = 0
    const expression = parseAcdExpression(text)
    return expression && this.#in(expression)
  }

  #in(expression: AcdExpression): AcdCondition | undefined {
    // Variables may name each other in a circle.
    if (++this.#steps > mostSteps) return undefined
    switch (expression.kind) {
      case 'reference':
        return this.#reference(expression)
      case 'not': {
        const of = this.#in(expression.of)
        return of?.exact === true ? { ...of, negated: !of.negated } : undefined
      }
      case 'binary':
        return this.#binary(expression)
      default:
        return undefined
    }
  }

  #reference({ name, attribute }: { name: string; attribute: string | undefined }): AcdCondition | undefined {
    if (attribute !== undefined) return undefined
    const definition = this.#definitions.get(name)
    if (definition?.type === 'variable' && definition.text !== undefined) {
      const expression = parseAcdExpression(definition.text)
      return expression && this.#in(expression)
    }
    return definition?.type === 'boolean' || definition?.type === 'toggle'
      ? { on: name, negated: false, equals: undefined, exact: true }
      : undefined
  }

  #binary(expression: Extract<AcdExpression, { kind: 'binary' }>): AcdCondition | undefined {
    const { operator, left, right } = expression
    if (operator === '&') {
      const found = this.#in(left) ?? this.#in(right)
      return found && { ...found, exact: false }
    }
    if ((operator !== '==' && operator !== '!=') || left.kind !== 'reference' || left.attribute !== undefined)
      return undefined
    const isNamed = ['list', 'selection', 'integer'].includes(this.#definitions.get(left.name)?.type ?? '')
    return isNamed && right.kind === 'literal'
      ? { on: left.name, negated: operator === '!=', equals: right.text, exact: true }
      : undefined
  }
}
