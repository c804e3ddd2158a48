import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

/** getStatus: how the instance stands now. */
export const getStatus = (reader: InstanceReader): Operation<InstanceTarget> => ({
  name: jobOperations.getStatus,
  action: 'instance.read',
  handle: async ({ target }) => ({ status: await reader.status(target.row) }),
})
