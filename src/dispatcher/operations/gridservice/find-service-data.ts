import { didYouMean } from '../../../core/did-you-mean.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { clark, type QName, sameName } from '../../../core/qname.ts'
import { element, type ServiceDataElement } from '../../../ogsi/service-data.ts'
import { baseContract } from '../../../wsdl/base-contract.ts'
import { decodeElement } from '../../../wsdl/decoder.ts'
import { ogsiExpressions, ogsiOperations, serviceDataValues } from '../../../wsdl/names.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { findElement, type ReadAction, type ServiceDataParts, serviceDataOf } from '../../service-data.ts'

interface Query {
  readonly queryExpression: { readonly any?: readonly XmlElement[] }
}

/** findServiceData (OGSI 1.0 section 9.2.1), by service data names: all values of each element that was asked for. */
export const findServiceData = (action: ReadAction, parts: ServiceDataParts): Operation<GridServiceTarget, Query> => ({
  name: ogsiOperations.findServiceData,
  action,
  handle: async ({ target, viewer, parameters }) => {
    const names = namesAsked(parameters.queryExpression.any?.[0])
    const elements = serviceDataOf(target, parts, viewer)
    // Each once, however often it is asked for: some are large.
    const found = new Set<ServiceDataElement>()
    for (const name of names) {
      const one = findElement(elements, name)
      if (one !== undefined) {
        found.add(one)
        continue
      }
      const known = elements.map(({ name: { local } }) => local)
      const meant = didYouMean(name.local, known)
      throw new GridwrapError('target-invalid', `There is no service data element ${clark(name)} here.`, {
        hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${known.join(', ')}.`,
      })
    }
    const values = await Promise.all([...found].map(async one => one.values()))
    return { result: { any: [element(serviceDataValues, values.flat())] } }
  },
})

function namesAsked(query: XmlElement | undefined): readonly QName[] {
  const expected = ogsiExpressions.queryByServiceDataNames
  if (query === undefined || !sameName(query, expected)) {
    throw new GridwrapError(
      'extensibility-not-supported',
      `The query expression ${query === undefined ? '(none)' : clark(query)} is not known here.`,
      {
        hint: `Ask with ${clark(expected)}.`,
      },
    )
  }
  const { value, problems } = decodeElement<{ readonly name?: readonly QName[] }>(baseContract, query)
  const [problem] = problems
  if (problem !== undefined)
    throw new GridwrapError('extensibility-type', `queryByServiceDataNames: ${problem.input}: ${problem.rule}.`)
  return value.name ?? []
}
