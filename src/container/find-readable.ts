import { GridwrapError } from '../core/errors.ts'
import type { Target } from '../dispatcher/call.ts'
import type { FindTarget } from '../dispatcher/operations/resolver/find-by-handle.ts'
import type { Permits } from '../dispatcher/registry/registry.ts'
import type { TargetFinder } from './target-finder.ts'

/** Finds what a handle names for whoever may read it: what they may not read does not exist for them. */
export const findReadable =
  (targets: TargetFinder, permits: Permits): FindTarget =>
  async (path, identity) => {
    const { target, service, instance } = await targets.find(path, identity)
    const action = readingOf(target)
    if (action !== undefined && !permits(identity, action, { service, instance }))
      throw new GridwrapError('not-found', 'There is no such service.', { detail: { why: 'never' } })
    return target
  }

/** What is asked of who reads it; undefined: whoever may ask at all may. */
function readingOf({ kind }: Target): 'instance.read' | 'service.read' | undefined {
  switch (kind) {
    case 'instance':
    case 'object':
    case 'subscription':
      return 'instance.read'
    case 'service':
    case 'hosted':
      return 'service.read'
    default:
      return undefined
  }
}
