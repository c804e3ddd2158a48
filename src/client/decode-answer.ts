import { clark, type QName, sameName } from '../core/qname.ts'
import type { Contract } from '../wsdl/contract-model.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { responseOf } from '../wsdl/names.ts'
import type { XmlElement } from '../xml/tree.ts'
import { RemoteFault } from './remote-fault.ts'

/** The answer to a request, by its contract; it may say more than that. Throws RemoteFault for any other. */
export function decodeAnswer<T>(contract: Contract, request: QName, answer: XmlElement): T {
  const expected = responseOf(request)
  if (!sameName(answer, expected))
    throw new RemoteFault(`The answer to ${request.local} is ${clark(answer)}, and not ${clark(expected)}.`)
  const { value, problems } = decodeElement<T>(contract, answer)
  const [problem] = problems
  if (problem === undefined) return value
  throw new RemoteFault(
    `The answer to ${request.local} does not follow the contract: ${problem.input}: ${problem.rule}`,
  )
}
