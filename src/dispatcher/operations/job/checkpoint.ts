import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { InstanceWaits } from '../../../events/instance-waits.ts'
import { checkpointFile } from '../../../factory/checkpoint-files.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import type { CheckpointRow } from '../../../store/rows.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

const waitSeconds = 50

/** checkpoint: lets the program save its state, and answers the archive of it. */
export const checkpoint = (
  instances: InstanceStore,
  reader: InstanceReader,
  waits: InstanceWaits,
  changed: () => void,
): Operation<InstanceTarget> => ({
  name: jobOperations.checkpoint,
  action: 'instance.control',
  handle: async ({ target: { row }, identity, signal }) => {
    const { id } = row
    if (row.attempts === 0) throw await notReady(`The job is ${row.state}; its program has saved nothing yet.`)
    const by = describeIdentity(identity)
    const wanted = await instances.write('wantCheckpoint', { id, now: wallClock(), by })
    changed()
    const number = wanted?.number ?? 0
    const over = async (): Promise<CheckpointRow | undefined> => {
      await reader.fresh(id)
      return (await instances.checkpoints(id)).find(one => one.number === number && one.state !== 'wanted')
    }
    const made = await waits.until(id, waitSeconds * 1000, over, signal)
    if (made === undefined)
      throw new GridwrapError('still-running', `The program is still saving its state after ${waitSeconds} s.`, {
        hint: 'Ask getState, or call checkpoint again: it waits for the same checkpoint.',
        detail: { status: await reader.statusOf(id) },
      })
    if (made.state === 'failed') throw await notReady(made.problem ?? 'There is no checkpoint.')
    return { checkpoint: checkpointFile(row, made, reader.handles) }

    async function notReady(message: string): Promise<GridwrapError> {
      return new GridwrapError('not-ready', message, {
        hint: 'Ask again when the program has gone on for a while.',
        detail: { status: await reader.statusOf(id) },
      })
    }
  },
})
