import { wallClock } from '../../core/clock.ts'
import type { Hosting } from '../../hosting/hosting.ts'
import type { GridServiceStore } from '../../store/grid-service-store.ts'
import type { GridServiceRow } from '../../store/rows.ts'
import type { SubscriptionStore } from '../../store/subscription-store.ts'
import type { XPathEvaluator } from '../../xml/xpath.ts'
import type { Caller, GridServiceTarget } from '../call.ts'
import { type LifetimeTerms, lifetimeRace, seenLifetime, within } from '../lifetime.ts'
import type { Registry } from '../registry/registry.ts'
import type { GridService } from './grid-service.ts'
import { ofEntry, ofRegistry, ofResolver } from './of-grid.ts'
import { ofHosted } from './of-hosted.ts'
import { type InstanceDataParts, ofInstance } from './of-instance.ts'
import { ofService } from './of-service.ts'
import { ofSubscription } from './of-subscription.ts'

export interface ServiceDataParts extends InstanceDataParts {
  readonly registry: Registry
  readonly gridServices: GridServiceStore
  readonly subscriptions: SubscriptionStore
  readonly xpath: XPathEvaluator
  readonly hosting: Hosting
}

/** The Grid service that a call is addressed to, as its caller may see it. */
export function describeService(
  { target, ...caller }: Caller & { readonly target: GridServiceTarget },
  parts: ServiceDataParts,
): GridService {
  const { handles } = parts.reader
  switch (target.kind) {
    case 'service':
      return ofService(target, handles)
    case 'instance':
      return ofInstance(target, parts, caller.viewer)
    case 'resolver':
      return ofResolver(handles)
    case 'registry':
      return ofRegistry(handles, parts.registry, caller)
    case 'subscription':
      return { ...ofSubscription(target.row, handles, parts.subscriptions), ...softState(target.row, parts) }
    case 'hosted':
      return ofHosted(target, handles, parts.hosting)
    case 'object': {
      const { live, end } = softState(target.row, parts)
      return {
        ...ofHosted(target, handles, parts.hosting),
        live,
        end: async by => {
          await end(by)
          parts.hosting.ended()
        },
      }
    }
    case 'entry':
      return {
        ...ofEntry(target, handles),
        ...(target.entry.row === undefined ? {} : softState(target.entry.row, parts)),
      }
  }
}

/** How long a Grid service of the container lasts is its owner's to say (OGSI 1.0 section 7.6). */
function softState(
  row: GridServiceRow,
  { gridServices, keepSecondsAtMost }: LifetimeTerms & Pick<ServiceDataParts, 'gridServices'>,
): Required<Pick<GridService, 'live' | 'end'>> {
  return {
    live: async wanted => {
      const now = wallClock()
      const window = within(wanted, now + keepSecondsAtMost * 1000)
      const { done } = await gridServices.write('setGridServiceLifetime', {
        ...{ id: row.id, after: window.after, before: window.before },
        seen: seenLifetime(row),
      })
      if (!done) throw lifetimeRace(row.id)
      if (window.before <= now) await gridServices.write('endGridService', { id: row.id, now, why: 'expired' })
      return window
    },
    end: async by => {
      await gridServices.write('endGridService', { id: row.id, now: wallClock(), why: 'asked', by })
    },
  }
}
