import { GridwrapError } from '../../../core/errors.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { Operation } from '../../call.ts'
import type { ReadAction } from '../../service-data.ts'

/** setServiceData (OGSI 1.0 section 9.2.2): every service data element here is declared with modifiable="false". */
export const setServiceData = (action: ReadAction): Operation => ({
  name: ogsiOperations.setServiceData,
  action,
  handle: async () => {
    throw new GridwrapError('extensibility-type', 'No service data element of this service can be set by a client.', {
      hint: 'Change what an instance does with its operations, and its lifetime with requestTerminationAfter, requestTerminationBefore or extend.',
    })
  },
})
