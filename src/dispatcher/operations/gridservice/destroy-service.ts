import { GridwrapError } from '../../../core/errors.ts'
import type { QName } from '../../../core/qname.ts'
import { sameName } from '../../../core/qname.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { Operation, ServiceTarget } from '../../call.ts'

/** A factory lives as long as it is registered: its end is the administrator's, not a call's. */
export const destroyService = (name: QName): Operation<ServiceTarget> => ({
  name,
  action: 'service.read',
  handle: async ({ target }) => {
    const code = sameName(name, ogsiOperations.destroy) ? 'not-destroyed' : 'termination-time-unchanged'
    throw new GridwrapError(
      code,
      `The service ${target.service.name} has no termination time: it lasts until its administrator unregisters it.`,
      {
        hint: 'Send this to an instance instead.',
      },
    )
  },
})
