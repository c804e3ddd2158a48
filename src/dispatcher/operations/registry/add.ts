import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import { newId } from '../../../core/ids.ts'
import { qname } from '../../../core/qname.ts'
import type { Handles } from '../../../ogsi/handle.ts'
import type { Locator } from '../../../ogsi/locator.ts'
import type { GridServiceStore } from '../../../store/grid-service-store.ts'
import { GRID, ogsiOperations } from '../../../wsdl/names.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import type { Operation, RegistryTarget } from '../../call.ts'
import { within } from '../../lifetime.ts'
import { contentOf, requireMember } from '../../registry/member-rule.ts'
import { canonical } from '../../registry/registry.ts'
import { storable } from '../../stored-markup.ts'
import { type AskedWindow, terminationTime, windowOf } from '../../termination-time.ts'

interface Request {
  readonly serviceLocator: Locator
  readonly content: { readonly any?: readonly XmlElement[] }
  readonly terminationTime?: AskedWindow
}

const mostEntriesOfOne = 500
/** Of all entries: everybody who reads the registry is told them. */
const mostBytesOfAll = 16 * 1024 * 1024
/** How long an entry lasts for which nobody says it: what is registered is to be renewed. */
const usualSeconds = 24 * 3600

/** add (OGSI 1.0 section 13.3.2.1): registers a service, of this or of another container, for as long as is asked. */
export const addEntry = (
  store: GridServiceStore,
  handles: Handles,
  keepSecondsAtMost: number,
): Operation<RegistryTarget, Request> => ({
  name: ogsiOperations.add,
  action: 'registry.add',
  handle: async ({ owner, identity, parameters: { serviceLocator, content, terminationTime: asked } }) => {
    requireMember(serviceLocator)
    const member = storable(canonical(serviceLocator), 'serviceLocator', 'add-refused')
    const kept = storable(contentOf(content.any?.[0], serviceLocator), 'content', 'content-creation-failed')
    const now = wallClock()
    const wanted = windowOf(asked) ?? { after: now, before: now + usualSeconds * 1000 }
    const window = within(wanted, now + keepSecondsAtMost * 1000)
    const id = newId()
    const { done } = await store.write('addRegistration', {
      ...{ id, owner, now, member, content: kept },
      ...{ terminateAfter: window.after, terminateBefore: window.before },
      ...{ most: mostEntriesOfOne, mostBytes: mostBytesOfAll, by: describeIdentity(identity) },
    })
    if (done === 'full')
      throw new GridwrapError('add-refused', 'The registry is full.', {
        hint: 'Tell its administrator; entries end with their time.',
      })
    if (done === 'too-many')
      throw new GridwrapError(
        'add-refused',
        `You have ${mostEntriesOfOne} entries here, which is the most that one may have.`,
        {
          hint: 'Remove some, or let them end.',
        },
      )
    return {
      serviceLocator: { handle: [handles.entry(id)], interface: [qname(GRID, 'RegistryEntry')] },
      currentTerminationTime: terminationTime(window),
    }
  },
})
