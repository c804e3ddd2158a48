import { wallClock } from '../../../core/clock.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { principalKey } from '../../principal.ts'
import { sharingOf } from '../../sharing.ts'

/** unshare: takes back what was shared with somebody; from the next request on they see nothing. */
export const unshare = (instances: InstanceStore): Operation<InstanceTarget, { readonly with: string }> => ({
  name: jobOperations.unshare,
  action: 'instance.share',
  handle: async ({ target: { row }, parameters }) => {
    const principal = principalKey(parameters.with)
    await instances.write('unshareInstance', { id: row.id, principal, now: wallClock() })
    return { sharing: await sharingOf(row.id, instances) }
  },
})
