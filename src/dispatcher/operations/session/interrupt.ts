import type { SessionCalls } from '../../../factory/session-calls.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

/** interrupt: breaks off what the session evaluates, as Control-C does. The session goes on. */
export const interrupt = (calls: SessionCalls, reader: InstanceReader): Operation<InstanceTarget> => ({
  name: jobOperations.interrupt,
  action: 'instance.control',
  handle: async ({ target: { row }, signal }) => {
    await calls.interrupt(row.id, signal)
    return { status: await reader.statusOf(row.id) }
  },
})
