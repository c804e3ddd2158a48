import type { Action } from '../../../authz/actions.ts'
import { describeIdentity } from '../../../core/identity.ts'
import { type QName, sameName } from '../../../core/qname.ts'
import { baseContract } from '../../../wsdl/base-contract.ts'
import { ogsiExpressions, ogsiOperations, serviceDataValues } from '../../../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../../../wsdl/serializer.ts'
import { childElements, type XmlElement } from '../../../xml/tree.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { decodeExpression, knownExpression } from '../../expression.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'
import { elementsOf, type ServiceDataElement } from '../../service-data/elements.ts'
import { carryOut, deletionsOf, type Update, updatesIn } from '../../service-data/update.ts'

interface Request {
  readonly updateExpression: { readonly any?: readonly XmlElement[] }
}

/** setServiceData (OGSI 1.0 section 9.2.2), by names: sets or deletes the values of elements that are modifiable. */
export const setServiceData = (action: Action, parts: ServiceDataParts): Operation<GridServiceTarget, Request> => ({
  name: ogsiOperations.setServiceData,
  action,
  handle: async call => {
    const service = describeService(call, parts)
    const updates = readUpdates(call.parameters.updateExpression.any?.[0], elementsOf(service))
    await carryOut(updates, service.contract, describeIdentity(call.identity))
    // What failed would stand here; it is told as a fault.
    return { result: { any: new EncodedContent(encodeElement(baseContract, serviceDataValues, {})) } }
  },
})

function readUpdates(given: XmlElement | undefined, elements: readonly ServiceDataElement[]): readonly Update[] {
  const { setByServiceDataNames, deleteByServiceDataNames } = ogsiExpressions
  const expression = knownExpression(given, 'update', [setByServiceDataNames, deleteByServiceDataNames])
  if (sameName(expression, setByServiceDataNames)) return updatesIn(childElements(expression), elements)
  const { name = [] } = decodeExpression<{ readonly name?: readonly QName[] }>(expression)
  return deletionsOf(name, elements)
}
