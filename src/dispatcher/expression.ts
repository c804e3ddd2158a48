import { GridwrapError } from '../core/errors.ts'
import { clark, type QName, sameName } from '../core/qname.ts'
import { baseContract } from '../wsdl/base-contract.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import type { XmlElement } from '../xml/tree.ts'

/**
 * An expression of one of OGSI's extensible operations (OGSI 1.0 section 7.8), decoded; `T` is what its element holds.
 * Throws GridwrapError (`extensibility-type`).
 */
export function decodeExpression<T>(expression: XmlElement): T {
  const { value, problems } = decodeElement<T>(baseContract, expression)
  const [problem] = problems
  if (problem === undefined) return value
  throw new GridwrapError('extensibility-type', `${expression.local}: ${problem.input}: ${problem.rule}.`)
}

/** The expression, when it is one of those that are known. Throws GridwrapError (`extensibility-not-supported`); `what` is for its words. */
export function knownExpression(expression: XmlElement | undefined, what: string, known: readonly QName[]): XmlElement {
  if (expression !== undefined && known.some(name => sameName(name, expression))) return expression
  throw new GridwrapError(
    'extensibility-not-supported',
    `The ${what} expression ${expression === undefined ? '(none)' : clark(expression)} is not known here.`,
    { hint: `Send ${known.map(clark).join(' or ')}.` },
  )
}
