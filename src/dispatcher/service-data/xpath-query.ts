import { GridwrapError } from '../../core/errors.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { gridExpressions } from '../../wsdl/names.ts'
import { encodeElement } from '../../wsdl/serializer.ts'
import type { XmlElement } from '../../xml/tree.ts'
import { type XPathEvaluator, XPathProblem } from '../../xml/xpath.ts'
import { decodeExpression } from '../expression.ts'
import { type ServiceDataElement, serviceDataMarkup } from './elements.ts'

/** g:queryByXPath, decoded. */
interface Query {
  readonly expression: string
  readonly namespace?: readonly { readonly prefix: string; readonly uri: string }[]
}

const mostExpressionCharacters = 4096
const mostDocumentCharacters = 16 * 1024 * 1024

/**
 * What an XPath 1.0 expression selects of all service data that the caller may see: elements as they are, and texts,
 * attributes, numbers and truth values as g:value.
 */
export async function queryByXPath(
  query: XmlElement,
  elements: readonly ServiceDataElement[],
  evaluator: XPathEvaluator,
): Promise<readonly string[]> {
  const value = decodeExpression<Query>(query)
  if (value.expression.length > mostExpressionCharacters)
    throw illFormed(`expression: it has more than ${mostExpressionCharacters} characters`)
  const inScope = [...query.prefixes].filter(([prefix]) => /^[A-Za-z_]/.test(prefix))
  const given = (value.namespace ?? []).map(({ prefix, uri }) => [prefix, uri] as const)
  const values = await Promise.all(elements.map(one => one.values()))
  const document = serviceDataMarkup(values.flat())
  if (document.length > mostDocumentCharacters)
    throw new GridwrapError('too-large', 'There is too much service data here for XPath.', {
      hint: 'Ask by service data names.',
    })
  const items = await evaluator
    .evaluate(document, value.expression, Object.fromEntries([...inScope, ...given]))
    .catch((error: unknown) => {
      throw error instanceof XPathProblem ? faultOf(error) : error
    })
  return items.map(item =>
    'element' in item ? item.element : encodeElement(gridContract, gridExpressions.value, item.value),
  )
}

function faultOf({ kind, message }: XPathProblem): GridwrapError {
  switch (kind) {
    case 'ill-formed':
      return illFormed(`expression: ${message.slice(0, 300)}`)
    case 'too-long':
      return illFormed(`expression: ${message}`)
    case 'too-much':
      return new GridwrapError('too-large', `queryByXPath: ${message}.`, { hint: 'Select less.' })
    case 'busy':
      return new GridwrapError('busy', `queryByXPath: ${message}.`, { detail: { retryAfterSeconds: 5 } })
  }
}

const illFormed = (why: string): GridwrapError => new GridwrapError('extensibility-type', `queryByXPath: ${why}.`)
