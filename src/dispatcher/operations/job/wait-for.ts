import type { InstanceWaits } from '../../../events/instance-waits.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

const defaultSeconds = 50
const mostSeconds = 3600

/** waitFor: answers at the end of the job, or after so many seconds how it stands. Never called `wait`: Java has one. */
export const waitFor = (
  reader: InstanceReader,
  waits: InstanceWaits,
): Operation<InstanceTarget, { readonly seconds?: number }> => ({
  name: jobOperations.waitFor,
  action: 'instance.read',
  handle: async ({ target, parameters, signal }) => {
    const { id } = target.row
    const seconds = Math.min(parameters.seconds ?? defaultSeconds, mostSeconds)
    await waits.until(id, seconds * 1000, () => reader.terminal(id), signal)
    return { status: await reader.statusOf(id) }
  },
})
