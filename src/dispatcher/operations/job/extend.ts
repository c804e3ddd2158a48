import { wallClock } from '../../../core/clock.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { changeLifetime, type LifetimeTerms } from '../../lifetime.ts'

/** extend: keep the job and its files for so many seconds from now, within what the site allows. */
export const extend = (
  terms: LifetimeTerms,
  reader: InstanceReader,
): Operation<InstanceTarget, { readonly keepSeconds: number }> => ({
  name: jobOperations.extend,
  action: 'instance.lifetime',
  handle: async ({ target: { row }, parameters: { keepSeconds } }) => {
    const before = wallClock() + Math.min(keepSeconds, terms.keepSecondsAtMost) * 1000
    await changeLifetime(row, { after: Math.min(row.terminate_after, before), before }, terms)
    return { status: await reader.statusOf(row.id) }
  },
})
