import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { invalidParameter } from '../../invalid-parameter.ts'
import { principalKey } from '../../principal.ts'
import { sharingOf } from '../../sharing.ts'

/** share: lets a person, a group or a role see (read) or also control an instance. Said again, it sets the right anew. */
export const share = (
  instances: InstanceStore,
): Operation<InstanceTarget, { readonly with: string; readonly right: 'read' | 'control' }> => ({
  name: jobOperations.share,
  action: 'instance.share',
  handle: async ({ target: { row }, identity, parameters: { with: text, right } }) => {
    const principal = principalKey(text)
    if (principal === row.owner) throw invalidParameter('with', text, 'owns the job already')
    const { done } = await instances.write('shareInstance', {
      ...{ id: row.id, principal, permits: right },
      ...{ now: wallClock(), by: describeIdentity(identity) },
    })
    if (done === 'too-many')
      throw invalidParameter('with', text, 'would be one more than the 100 with whom a job can be shared')
    if (done === 'gone')
      throw new GridwrapError('not-found', `The instance ${row.id} has ended.`, { detail: { why: 'ended' } })
    return { sharing: await sharingOf(row.id, instances) }
  },
})
