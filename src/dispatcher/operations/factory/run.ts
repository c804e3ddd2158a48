import { monotonic } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import type { InstanceWaits } from '../../../events/instance-waits.ts'
import { applicationOperations } from '../../../wsdl/names.ts'
import type { Operation, ServiceTarget } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { jobFailed } from '../job/job-failed.ts'
import { judgedRun, type RunRequest, type Submitter, submitRun } from './submission.ts'

const defaultWaitSeconds = 50
const mostWaitSeconds = 3600

/** run: create, start, wait, results. Waits at most 50 s by default, because PHP's socket gives up after 60. */
export const run = (
  application: string,
  submitter: Submitter,
  reader: InstanceReader,
  waits: InstanceWaits,
): Operation<ServiceTarget, RunRequest> => ({
  name: applicationOperations(application).run,
  action: 'service.submit',
  judged: judgedRun,
  handle: async call => {
    const id = await submitRun(call, call.parameters, submitter, { start: true })
    const seconds = Math.min(call.parameters.options?.waitSeconds ?? defaultWaitSeconds, mostWaitSeconds)
    const begun = monotonic()
    const ended = await waits.until(id, seconds * 1000, () => reader.terminal(id), call.signal)
    if (ended === undefined) throw await stillRunning(id, (monotonic() - begun) / 1000, reader)
    if (ended.state !== 'Done') throw await jobFailed(ended, reader)
    return { results: await reader.results(ended) }
  },
})

async function stillRunning(id: string, seconds: number, reader: InstanceReader): Promise<GridwrapError> {
  const status = await reader.statusOf(id)
  return new GridwrapError(
    'still-running',
    `The job is ${status.state} after ${Math.round(seconds)} s and goes on; its handle is ${status.job.handle}.`,
    {
      hint: 'Call waitFor and getResults at that address, or use submit, which does not wait.',
      detail: { status },
    },
  )
}
