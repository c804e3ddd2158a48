import type { Action } from '../../../authz/actions.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { QName } from '../../../core/qname.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'

/**
 * destroy (OGSI 1.0 section 9.2.5, and the job portType's own, by `name`): after the answer the handle says "ended". What
 * the configuration says is there is its administrator's to end, and not a call's.
 */
export const destroy = (name: QName, action: Action, parts: ServiceDataParts): Operation<GridServiceTarget> => ({
  name,
  action,
  handle: async call => {
    const { end, handle } = describeService(call, parts)
    if (end === undefined)
      throw new GridwrapError(
        'not-destroyed',
        `${handle} cannot be destroyed by a call: it lasts until its administrator takes it away.`,
        { hint: 'Send this to an instance instead.' },
      )
    await end(describeIdentity(call.identity))
    return {}
  },
})
