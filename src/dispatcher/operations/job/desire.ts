import { wallClock } from '../../../core/clock.ts'
import { crashPoint } from '../../../core/crash-point.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { QName } from '../../../core/qname.ts'
import type { InstanceStore } from '../../../store/instance-store.ts'
import type { InstanceState, Want } from '../../../store/rows.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

interface Wish {
  readonly name: QName
  readonly want: Want
  readonly from: readonly InstanceState[]
  /** In these states what is asked for is so already. */
  readonly already: readonly InstanceState[]
  readonly hint: string
}

/** What suspend, resume and cancel share: they write desired state, and the keeper brings it about. */
export const desireOperation = (
  wish: Wish,
  instances: InstanceStore,
  reader: InstanceReader,
  changed: () => void,
): Operation<InstanceTarget> => ({
  name: wish.name,
  action: 'instance.control',
  handle: async ({ target: { row }, identity }) => {
    const outcome = await instances.write('desire', {
      ...{ id: row.id, want: wish.want, from: wish.from },
      ...{ now: wallClock(), by: describeIdentity(identity) },
    })
    crashPoint('front.desire.after-commit')
    if (outcome.done) changed()
    else if (outcome.ending === true)
      throw new GridwrapError('not-ready', tooLate(wish.name.local, outcome.state), {
        hint: 'waitFor tells when it is over.',
        detail: { status: await reader.statusOf(row.id) },
      })
    else if (outcome.state !== undefined && !wish.already.includes(outcome.state)) {
      throw new GridwrapError(
        'not-ready',
        `The job is ${outcome.state}; ${wish.name.local} is for jobs that are ${wish.from.join(', ')}.`,
        {
          hint: wish.hint,
          detail: { status: await reader.statusOf(row.id) },
        },
      )
    }
    return { status: await reader.statusOf(row.id) }
  },
})

/** Nothing can be wanted of a program that is being ended, or that has ended. */
const tooLate = (operation: string, state: InstanceState | undefined): string =>
  state === 'StageOut'
    ? `The job has ended, and its results are being collected; ${operation} comes too late.`
    : `The job is being ended; ${operation} comes too late.`
