import { wallClock } from '../../../core/clock.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import type { LifetimeTerms } from '../../lifetime.ts'

/**
 * extend: keep the job and its files for at least so many seconds, within what the site allows: from now, or from its end
 * when that is still to come. Never less long than before.
 */
export const extend = (
  terms: LifetimeTerms,
  reader: InstanceReader,
): Operation<InstanceTarget, { readonly keepSeconds: number }> => ({
  name: jobOperations.extend,
  action: 'instance.lifetime',
  handle: async ({ target: { row }, parameters: { keepSeconds } }) => {
    const seconds = Math.min(keepSeconds, terms.keepSecondsAtMost)
    await terms.instances.write('extendLifetime', { id: row.id, seconds, now: wallClock() })
    return { status: await reader.statusOf(row.id) }
  },
})
