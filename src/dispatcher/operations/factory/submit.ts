import { applicationOperations } from '../../../wsdl/names.ts'
import type { Operation, ServiceTarget } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { judgedRun, type RunRequest, type Submitter, submitRun } from './submission.ts'

/** submit: the same as run without the waiting; answers how to reach the job and where to PUT what was promised. */
export const submit = (
  application: string,
  submitter: Submitter,
  reader: InstanceReader,
): Operation<ServiceTarget, RunRequest> => ({
  name: applicationOperations(application).submit,
  action: 'service.submit',
  judged: judgedRun,
  handle: async call => {
    const id = await submitRun(call, call.parameters, submitter, { start: true })
    return { job: (await reader.statusOf(id)).job }
  },
})
