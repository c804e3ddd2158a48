import type { Action } from '../../../authz/actions.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { clark, type QName, resolveQName, sameName } from '../../../core/qname.ts'
import { gridExpressions, OGSI, ogsiExpressions, ogsiOperations } from '../../../wsdl/names.ts'
import { EncodedContent } from '../../../wsdl/serializer.ts'
import { attributeOf, type XmlElement } from '../../../xml/tree.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { decodeExpression, knownExpression } from '../../expression.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'
import { elementsOf, findElement, type ServiceDataElement, serviceDataMarkup } from '../../service-data/elements.ts'
import { queryByXPath } from '../../service-data/xpath-query.ts'

interface Query {
  readonly queryExpression: { readonly any?: readonly XmlElement[] }
}

/** findServiceData (OGSI 1.0 section 9.2.1), by service data names or by XPath. */
export const findServiceData = (action: Action, parts: ServiceDataParts): Operation<GridServiceTarget, Query> => ({
  name: ogsiOperations.findServiceData,
  action,
  handle: async call => {
    const query = call.parameters.queryExpression.any?.[0]
    const elements = elementsOf(describeService(call, parts))
    const found =
      query !== undefined && sameName(query, gridExpressions.queryByXPath)
        ? await queryByXPath(query, elements, parts.xpath)
        : await queryByNames(query, elements)
    return { result: { any: new EncodedContent(serviceDataMarkup(found)) } }
  },
})

async function queryByNames(
  query: XmlElement | undefined,
  elements: readonly ServiceDataElement[],
): Promise<readonly string[]> {
  // Each once, however often it is asked for: some are large.
  const found = new Set(namesAsked(query).map(name => requireElement(elements, name)))
  return (await Promise.all([...found].map(one => one.values()))).flat()
}

/** The element of this name. Throws GridwrapError (`target-invalid`). */
export function requireElement(elements: readonly ServiceDataElement[], name: QName): ServiceDataElement {
  const one = findElement(elements, name)
  if (one !== undefined) return one
  const known = elements.map(({ declaration }) => declaration.name.local)
  const meant = didYouMean(name.local, known)
  throw new GridwrapError('target-invalid', `There is no service data element ${clark(name)} here.`, {
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${known.join(', ')}.`,
  })
}

const mostNames = 1000

function namesAsked(given: XmlElement | undefined): readonly QName[] {
  const query = knownExpression(given, 'query', [ogsiExpressions.queryByServiceDataNames, gridExpressions.queryByXPath])
  // As the first OGSI clients (RealityGrid's) sent names: in one attribute.
  const listed = attributeOf(query, '', 'names') ?? attributeOf(query, OGSI, 'names')
  if (listed === undefined) return decodeExpression<{ readonly name?: readonly QName[] }>(query).name ?? []
  const words = listed.trim().split(/\s+/).slice(0, mostNames)
  return words.map(word => resolveQName(word, query.prefixes) ?? undeclared(word))
}

function undeclared(name: string): never {
  throw new GridwrapError(
    'extensibility-type',
    `queryByServiceDataNames: the prefix of ${name.slice(0, 80)} is not declared.`,
  )
}
