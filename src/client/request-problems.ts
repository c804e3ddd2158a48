import type { InputProblem } from '../core/errors.ts'
import type { QName } from '../core/qname.ts'
import type { Contract } from '../wsdl/contract-model.ts'
import type { DecodedObject } from '../wsdl/decoded-value.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import type { XmlElement } from '../xml/tree.ts'

/** Everything that a service would find wrong with the parameters of a request by its contract, in its own words. */
export const requestProblems = (
  contract: Contract,
  request: QName,
  parameters: Readonly<Record<string, unknown>>,
): readonly InputProblem[] => decodeRequest(contract, request, parameters).problems

/** The parameters of a request, values or their text, as the service would decode them, and what it would find wrong. */
export const decodeRequest = (
  contract: Contract,
  request: QName,
  parameters: Readonly<Record<string, unknown>>,
): { readonly value: DecodedObject; readonly problems: readonly InputProblem[] } =>
  decodeElement(contract, element(request.namespace, request.local, members(parameters)))

/** The decoder takes members without a namespace, so those of the contract need not be looked up. */
function element(namespace: string, local: string, children: XmlElement['children']): XmlElement {
  return { namespace, local, attributes: [], children, prefixes: new Map(), streamed: undefined }
}

const members = (value: object): XmlElement[] =>
  Object.entries(value).flatMap(([name, one]) =>
    (Array.isArray(one) ? (one as readonly unknown[]) : [one])
      .filter(item => item !== undefined && item !== null)
      .map(item => element('', name, content(item))),
  )

function content(value: unknown): XmlElement['children'] {
  if (value instanceof Date) return [value.toISOString()]
  // Bytes are right whatever they are; their text would only be long.
  if (value instanceof Uint8Array) return []
  return typeof value === 'object' && value !== null ? members(value) : [String(value)]
}
