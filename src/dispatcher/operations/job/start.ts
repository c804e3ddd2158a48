import { checkInputs } from '../../../application/input-check.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { InstanceStarter } from '../../../factory/instance-starter.ts'
import type { InstanceState } from '../../../store/rows.ts'
import { applicationOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { withCallerFiles } from '../../caller-files.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { ruleValues } from '../../judged-inputs.ts'
import { invalidInput } from '../factory/submission.ts'

/** In these states what is asked for is so already, unless it came with inputs. */
const started: readonly InstanceState[] = ['StageIn', 'Pending', 'Active']

/**
 * start: lets an instance that createService made into the queue, or lets it wait for the files it was promised. What
 * createService was not given may come with it.
 */
export const start = (
  application: string,
  starter: InstanceStarter,
  reader: InstanceReader,
): Operation<InstanceTarget, Readonly<Record<string, unknown>>> => ({
  name: applicationOperations(application).start,
  action: 'instance.control',
  // To start is to submit, with what createService was given and what comes now.
  judged: async ({ target: { row, application: described }, parameters }) => {
    const stored = await starter.stored(row)
    const given = withCallerFiles(described, parameters)
    const { values, problems } = checkInputs(described, { ...stored, ...given })
    const inputs = ruleValues(problems.length > 0 ? { ...stored, ...given } : values)
    return { inputs, options: {}, more: false }
  },
  judgedAs: 'service.submit',
  handle: async ({ target, identity, parameters }) => {
    const { row } = target
    const outcome =
      row.state === 'Unsubmitted'
        ? await starter.start(
            row,
            target.application,
            withCallerFiles(target.application, parameters),
            describeIdentity(identity),
          )
        : ({ outcome: 'not-unsubmitted', state: row.state } as const)
    if (outcome.outcome === 'refused') throw invalidInput(application, outcome.problems)
    const status = await reader.statusOf(row.id)
    const repeated = Object.keys(parameters).length === 0 && started.includes(status.state)
    if (outcome.outcome === 'not-unsubmitted' && !repeated) {
      throw new GridwrapError('not-ready', `The job is ${status.state}; start is for jobs that are Unsubmitted.`, {
        hint: 'A job runs once. Create another instance to run the program again.',
        detail: { status },
      })
    }
    return { status }
  },
})
