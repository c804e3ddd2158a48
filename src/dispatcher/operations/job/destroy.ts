import { wallClock } from '../../../core/clock.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { QName } from '../../../core/qname.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import type { InstanceTarget, Operation } from '../../call.ts'

/** destroy (OGSI 1.0 section 9.2.5, and the job portType's own): after the answer the handle says "ended". */
export const destroy = (name: QName, instances: InstanceStore, changed: () => void): Operation<InstanceTarget> => ({
  name,
  action: 'instance.destroy',
  handle: async ({ target: { row }, identity }) => {
    await instances.write('destroyInstance', {
      id: row.id,
      now: wallClock(),
      why: 'asked',
      by: describeIdentity(identity),
    })
    changed()
    return {}
  },
})
