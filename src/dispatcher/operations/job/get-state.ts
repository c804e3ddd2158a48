import { GridwrapError } from '../../../core/errors.ts'
import { checkpointFile } from '../../../factory/checkpoint-files.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

/** getState: the newest checkpoint that was made. */
export const getState = (instances: InstanceStore, reader: InstanceReader): Operation<InstanceTarget> => ({
  name: jobOperations.getState,
  action: 'instance.read',
  handle: async ({ target: { row } }) => {
    const newest = (await instances.checkpoints(row.id)).findLast(one => one.state === 'done')
    if (newest !== undefined) return { checkpoint: checkpointFile(row, newest, reader.handles) }
    throw new GridwrapError('not-ready', 'No checkpoint of this job has been made.', {
      hint: 'Call checkpoint: it makes one, of a job that has ended too.',
      detail: { status: await reader.status(row) },
    })
  },
})
