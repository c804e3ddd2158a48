import { clark, qname } from '../../core/qname.ts'
import type { Handles } from '../../ogsi/handle.ts'
import type { SubscriptionRow } from '../../store/rows.ts'
import type { SubscriptionStore } from '../../store/subscription-store.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { decodeElement } from '../../wsdl/decoder.ts'
import { GRID, OGSI } from '../../wsdl/names.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import { lifetimeOf } from '../lifetime.ts'
import type { GridService, Values } from './grid-service.ts'

/** A subscription (OGSI 1.0 section 11.2.1), without what changes it. Whoever made its source made it. */
export const ofSubscription = (row: SubscriptionRow, handles: Handles, store: SubscriptionStore): GridService => ({
  contract: gridContract,
  portType: qname(GRID, 'Subscription'),
  handle: handles.subscription(row.id),
  factory: row.source === '' ? handles.registry() : handles.instance(row.source),
  lifetime: lifetimeOf(row),
  values: new Map<string, Values>([
    [clark(qname(OGSI, 'subscriptionExpression')), () => [parseXml(row.expression)]],
    [clark(qname(OGSI, 'sinkLocator')), () => [decodeElement(gridContract, parseXml(row.sink)).value]],
    [clark(qname(GRID, 'delivery')), async () => [await deliveryOf(row, store)]],
  ]),
  changes: new Map(),
})

/** More than so many are not counted. */
const mostCounted = 100_000

async function deliveryOf(row: SubscriptionRow, store: SubscriptionStore): Promise<object> {
  const waiting = await store.waiting(row, mostCounted)
  return {
    state: row.failures > 0 ? 'failing' : waiting > 0 ? 'lagging' : 'current',
    delivered: BigInt(row.delivered),
    waiting: BigInt(waiting),
    dropped: BigInt(row.dropped),
    ...(row.last === null ? {} : { last: new Date(row.last) }),
    ...(row.problem === null ? {} : { problem: row.problem }),
    ...(row.next === null ? {} : { next: new Date(row.next) }),
  }
}
