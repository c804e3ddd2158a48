import type { InstalledApplications } from '../../application/installed-applications.ts'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { wallClock } from '../../core/clock.ts'
import { type GsiIdentity, type LocalIdentity, noAttributes } from '../../core/identity.ts'
import { clark, fromClark, qname } from '../../core/qname.ts'
import type { Render } from '../../events/notifier.ts'
import { writeEnvelope } from '../../soap/envelope-writer.ts'
import type { Viewer } from '../../store/instance-store.ts'
import type { EventRow } from '../../store/rows.ts'
import type { SubscriptionTask } from '../../store/subscription-store.ts'
import { baseContract } from '../../wsdl/base-contract.ts'
import { JOB, ogsiOperations } from '../../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../../wsdl/serializer.ts'
import type { Caller } from '../call.ts'
import { jobEvents } from '../job-event.ts'
import type { Permits } from '../registry/registry.ts'
import { describeService, type ServiceDataParts } from '../service-data/describe.ts'
import { elementsOf, findElement, serviceDataMarkup } from '../service-data/elements.ts'
import type { GridService } from '../service-data/grid-service.ts'

export interface NotificationParts extends ServiceDataParts {
  readonly applications: InstalledApplications
  readonly authorization: AuthorizationChain
  readonly permits: Permits
  readonly viewer: (identity: GsiIdentity | LocalIdentity) => Viewer
}

const eventElement = clark(qname(JOB, 'event'))

/**
 * The message of a subscription: all values of every element that it names (OGSI 1.0 section 11.1.2.1.1), as its owner may
 * see them now; of `event`, what happened since the message before. Nothing when the source is gone, or not theirs to see.
 */
export const notificationRenderer =
  (parts: NotificationParts): Render =>
  async (row, events) => {
    const identity = withoutExpired(JSON.parse(row.identity) as GsiIdentity | LocalIdentity)
    if (parts.authorization.refuses(identity) !== undefined || !parts.authorization.knows(identity)) return undefined
    const caller = { identity, viewer: parts.viewer(identity) }
    const service = row.source === '' ? registryAs(caller, parts) : await instanceAs(row, events, caller, parts)
    if (service === undefined) return undefined
    const elements = elementsOf(service)
    const asked = (JSON.parse(row.names) as readonly string[]).map(name => findElement(elements, fromClark(name)))
    const values = await Promise.all(asked.map(async element => (element === undefined ? [] : element.values())))
    const message = new EncodedContent(serviceDataMarkup(values.flat()))
    return writeEnvelope(
      encodeElement(baseContract, ogsiOperations.deliverNotification, { message: { any: message } }),
      '1.1',
    )
  }

/** What a virtual organization said of somebody holds as long as it said, also after they subscribed. */
const withoutExpired = (identity: GsiIdentity | LocalIdentity): GsiIdentity | LocalIdentity =>
  identity.scheme === 'gsi' && (identity.attributes.expires ?? Number.POSITIVE_INFINITY) <= wallClock()
    ? { ...identity, attributes: noAttributes }
    : identity

const registryAs = (caller: Caller, parts: NotificationParts): GridService | undefined =>
  parts.permits(caller.identity, 'registry.read', { service: undefined, instance: undefined })
    ? describeService({ ...caller, target: { kind: 'registry' } }, parts)
    : undefined

/** An instance that has ended is told of once more, as long as something of it is there. */
async function instanceAs(
  { source }: SubscriptionTask,
  events: readonly EventRow[],
  caller: Caller,
  parts: NotificationParts,
): Promise<GridService | undefined> {
  const { instances, applications, permits } = parts
  const row = await instances.see(source, caller.viewer)
  if (row === undefined || (row.destroyed !== null && events.length === 0)) return undefined
  const shared = caller.viewer.principals.includes(row.owner)
    ? undefined
    : await instances.permits(source, caller.viewer)
  const instance = { id: source, owner: row.owner, shared }
  if (!permits(caller.identity, 'instance.read', { service: row.application, instance })) return undefined
  const { application } = await applications.byDigest(row.digest)
  const target = { kind: 'instance', row, application, digest: row.digest } as const
  const service = describeService({ ...caller, target }, parts)
  return {
    ...service,
    values: new Map([...service.values, [eventElement, () => jobEvents(events, row, caller.viewer)]]),
  }
}
