import type { QName } from '../../core/qname.ts'
import type { Locator } from '../../ogsi/locator.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { OGSI, ogsiExpressions, ogsiOperations } from '../../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../../wsdl/serializer.ts'
import { decodeAnswer } from '../decode-answer.ts'
import { RemoteFault } from '../remote-fault.ts'
import { callSoap, type SoapConnection } from '../soap-call.ts'

export interface SubscribeOptions {
  /** When the subscription is to end. Default: when the service says. */
  readonly until?: Date
  /** At most one message in so many seconds. */
  readonly minSeconds?: number
  /** At least one message in so many seconds, also when nothing changes. */
  readonly maxSeconds?: number
}

/** A subscription is a Grid service of its own. */
export interface Subscription {
  readonly handle: string
  /** When it ends; undefined: not by itself. */
  readonly until: Date | undefined
}

interface Window {
  readonly before?: Date | 'infinity'
}

interface Answered {
  readonly currentTerminationTime: Window
}

interface Subscribed extends Answered {
  readonly subscriptionInstanceLocator: Locator
}

/**
 * subscribe (OGSI 1.0 section 11.1.2.1): from now on the sink at an address is told when one of these service data elements
 * changes. Throws GridwrapError, RemoteFault or Unreachable.
 */
export async function subscribe(
  source: string,
  names: readonly QName[],
  sink: string,
  connection: SoapConnection,
  { until, minSeconds, maxSeconds }: SubscribeOptions = {},
): Promise<Subscription> {
  const expression = encodeElement(gridContract, ogsiExpressions.subscribeByServiceDataNames, {
    ...(minSeconds === undefined ? {} : { minInterval: `PT${minSeconds}S` }),
    ...(maxSeconds === undefined ? {} : { maxInterval: `PT${maxSeconds}S` }),
    name: names,
  })
  const request = {
    subscriptionExpression: { any: [new EncodedContent(expression)] },
    sink: { handle: [sink] },
    expirationTime: until ?? 'infinity',
  }
  const answer = await call<Subscribed>(source, ogsiOperations.subscribe, request, connection)
  const [handle] = answer.subscriptionInstanceLocator.handle ?? []
  if (handle === undefined) throw new RemoteFault(`${source} does not say which subscription it made.`)
  // It is prolonged and ended with the caller's credential: a source may have that done to what is its own only.
  if (URL.parse(handle)?.origin !== URL.parse(source)?.origin)
    throw new RemoteFault(
      `${source} names ${handle.slice(0, 200)} as the subscription it made, which is not at the same address: call the service by the address in its handle.`,
    )
  return { handle, until: endOf(answer.currentTerminationTime) }
}

/** Asks that a subscription lasts until then at least; resolves with when it ends now. */
export async function prolong(handle: string, until: Date, connection: SoapConnection): Promise<Date | undefined> {
  const request = { terminationTime: until }
  const answer = await call<Answered>(handle, ogsiOperations.requestTerminationAfter, request, connection)
  return endOf(answer.currentTerminationTime)
}

/** Ends a subscription. */
export async function unsubscribe(handle: string, connection: SoapConnection): Promise<void> {
  await call(handle, ogsiOperations.destroy, {}, connection)
}

const endOf = ({ before }: Window): Date | undefined => (before instanceof Date ? before : undefined)

async function call<T>(address: string, operation: QName, request: object, connection: SoapConnection): Promise<T> {
  const bodyXml = encodeElement(gridContract, operation, request)
  const answer = await callSoap({ address, action: `${OGSI}#${operation.local}`, bodyXml }, connection)
  return decodeAnswer<T>(gridContract, operation, answer)
}
