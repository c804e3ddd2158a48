import { wallClock } from '../../../core/clock.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { invalidParameter } from '../../invalid-parameter.ts'
import { principalKey } from '../../principal.ts'
import { sharingOf } from '../../sharing.ts'

/** unshare: takes back what was shared with somebody; from the next request on they see nothing. */
export const unshare = (instances: InstanceStore): Operation<InstanceTarget, { readonly with: string }> => ({
  name: jobOperations.unshare,
  action: 'instance.share',
  handle: async ({ target: { row }, identity, parameters }) => {
    const principal = principalKey(parameters.with)
    const { done } = await instances.write('unshareInstance', {
      ...{ id: row.id, principal },
      ...{ now: wallClock(), by: describeIdentity(identity) },
    })
    const sharing = await sharingOf(row.id, instances)
    if (done) return { sharing }
    const names = sharing.share.map(one => one.with)
    const left = names.length === 0 ? 'it is shared with nobody' : `it is shared with ${names.join(', ')}`
    throw invalidParameter('with', parameters.with, `is nobody with whom the job is shared: ${left}`)
  },
})
