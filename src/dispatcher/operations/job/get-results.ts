import { GridwrapError } from '../../../core/errors.ts'
import { isTerminal } from '../../../store/rows.ts'
import { applicationOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

/** getResults: what the job made. Of a failed one too: its status says how it failed. */
export const getResults = (application: string, reader: InstanceReader): Operation<InstanceTarget> => ({
  name: applicationOperations(application).getResults,
  action: 'instance.read',
  handle: async ({ target: { row } }) => {
    // While outputs are delivered, and when that fails, they are here.
    if (isTerminal(row.state) || row.verdict !== null) return { results: await reader.results(row) }
    throw new GridwrapError('not-ready', `The job is ${row.state}; there are no results yet.`, {
      hint: 'Call waitFor first; getOutput shows what a running program has written.',
      detail: { status: await reader.status(row) },
    })
  },
})
