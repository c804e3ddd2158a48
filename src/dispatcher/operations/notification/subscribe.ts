import type { Action } from '../../../authz/actions.ts'
import type { AddressPolicy } from '../../../core/address-policy.ts'
import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import { newId } from '../../../core/ids.ts'
import { clark, fromClark, type QName, qname } from '../../../core/qname.ts'
import { durationMs } from '../../../ogsi/duration.ts'
import type { Locator } from '../../../ogsi/locator.ts'
import type { SubscriptionStore } from '../../../store/subscription-store.ts'
import { gridContract } from '../../../wsdl/base-contract.ts'
import { GRID, OGSI, ogsiExpressions, ogsiOperations } from '../../../wsdl/names.ts'
import { encodeElement } from '../../../wsdl/serializer.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import { writeElement } from '../../../xml/write-element.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { decodeExpression, knownExpression } from '../../expression.ts'
import { within } from '../../lifetime.ts'
import { changingEvents } from '../../notification/changing-events.ts'
import { sinkAddress } from '../../notification/sink-address.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'
import { elementsOf } from '../../service-data/elements.ts'
import type { GridService } from '../../service-data/grid-service.ts'
import { owns } from '../../sharing.ts'
import { storable } from '../../stored-markup.ts'
import { type ExtendedDateTime, terminationTime, timeOf } from '../../termination-time.ts'
import { requireElement } from '../gridservice/find-service-data.ts'

interface Request {
  readonly subscriptionExpression: { readonly any?: readonly XmlElement[] }
  readonly sink: Locator
  readonly expirationTime: ExtendedDateTime
}

/** ogsi:SubscribeByNameType, decoded. */
interface ByNames {
  readonly name?: readonly QName[]
  readonly minInterval?: string
  readonly maxInterval?: string
}

const mostSubscriptionsOfOne = 1000
/** More often nobody is told the same again. */
const leastRepeatMs = 10_000
const leastForRegistryMs = 1000

/**
 * subscribe (OGSI 1.0 section 11.1.2.1): from now on the sink is told of changes, until the subscription ends. Anybody's
 * sink may be named; what it is told is what the subscriber may see.
 */
export const subscribe = (
  action: Action,
  store: SubscriptionStore,
  sinks: AddressPolicy,
  parts: ServiceDataParts,
): Operation<GridServiceTarget, Request> => ({
  name: ogsiOperations.subscribe,
  action,
  handle: async call => {
    const { owner, identity, target, parameters } = call
    const given = parameters.subscriptionExpression.any?.[0]
    const expression = knownExpression(given, 'subscription', [ogsiExpressions.subscribeByServiceDataNames])
    const { names, minMs, maxMs } = readExpression(expression)
    const service = describeService(call, parts)
    const asked = await notifiable(names, service)
    const url = sinkAddress(parameters.sink, sinks)
    const now = wallClock()
    const end = timeOf(parameters.expirationTime)
    const window = within({ after: now, before: end }, now + parts.keepSecondsAtMost * 1000)
    const kinds = target.kind === 'instance' ? changingEvents(asked, owns(call.viewer, target.row)) : undefined
    const id = newId()
    const { done } = await store.write('addSubscription', {
      ...{ id, owner, now, identity: JSON.stringify(identity), by: describeIdentity(identity) },
      ...{ terminateAfter: window.after, terminateBefore: window.before, most: mostSubscriptionsOfOne },
      source: target.kind === 'instance' ? target.row.id : '',
      expression: storable(writeElement(expression), 'subscriptionExpression', 'extensibility-type'),
      names: JSON.stringify(asked),
      kinds: kinds === undefined ? null : JSON.stringify(kinds),
      // The registry is large, and its readers can wait a moment.
      min_ms: target.kind === 'instance' ? minMs : Math.max(minMs, leastForRegistryMs),
      ...{ max_ms: maxMs ?? null, url },
      sink: storable(
        encodeElement(gridContract, qname(OGSI, 'locator'), parameters.sink),
        'sink',
        'extensibility-type',
      ),
    })
    if (done === 'gone') throw new GridwrapError('not-found', 'The instance has ended.', { detail: { why: 'ended' } })
    if (done === 'too-many')
      throw new GridwrapError(
        'busy',
        `You have ${mostSubscriptionsOfOne} subscriptions here, which is the most that one may have.`,
        {
          hint: 'Destroy some, or let them end.',
          detail: { retryAfterSeconds: 60 },
        },
      )
    parts.changed()
    return {
      subscriptionInstanceLocator: {
        handle: [parts.reader.handles.subscription(id)],
        interface: [qname(GRID, 'Subscription'), qname(OGSI, 'NotificationSubscription')],
      },
      currentTerminationTime: terminationTime(window),
    }
  },
})

/** The names of elements to which one can subscribe, each once. Throws GridwrapError (`target-invalid`). */
async function notifiable(names: readonly QName[], service: GridService): Promise<readonly string[]> {
  const elements = elementsOf(service)
  const offered = new Set((await service.values.get(notifiableNames)?.())?.map(name => clark(name as QName)))
  const asked = new Set(names.map(name => clark(requireElement(elements, name).declaration.name)))
  for (const name of asked)
    if (!offered.has(name))
      throw new GridwrapError('target-invalid', `Nobody is told of changes of ${name}.`, {
        hint: `One can subscribe to ${[...offered].map(one => fromClark(one).local).join(', ')}.`,
      })
  return [...asked]
}

const notifiableNames = clark(qname(OGSI, 'notifiableServiceDataName'))

function readExpression(expression: XmlElement): {
  readonly names: readonly QName[]
  readonly minMs: number
  readonly maxMs: number | undefined
} {
  const value = decodeExpression<ByNames>(expression)
  const { name: names = [], minInterval, maxInterval } = value
  if (names.length === 0) throw illFormed('it names no service data element')
  const minMs = minInterval === undefined ? 0 : interval('minInterval', minInterval)
  const maxMs =
    maxInterval === undefined || maxInterval === 'infinity' ? undefined : interval('maxInterval', maxInterval)
  if (maxMs !== undefined && maxMs < Math.max(minMs, leastRepeatMs))
    throw illFormed(`maxInterval is shorter than ${minMs > leastRepeatMs ? 'minInterval' : 'ten seconds'}`)
  return { names, minMs, maxMs }
}

function interval(which: string, text: string): number {
  const time = durationMs(text)
  if (time === undefined) throw illFormed(`${which} = ${JSON.stringify(text)} is not a duration such as PT10S`)
  return time
}

const illFormed = (why: string): GridwrapError =>
  new GridwrapError('extensibility-type', `subscribeByServiceDataNames: ${why}.`)
