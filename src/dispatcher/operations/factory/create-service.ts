import { GridwrapError } from '../../../core/errors.ts'
import { clark, qname, sameName } from '../../../core/qname.ts'
import { applicationContract } from '../../../wsdl/contract.ts'
import { decodeElement } from '../../../wsdl/decoder.ts'
import { applicationOperations, ogsiOperations } from '../../../wsdl/names.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import type { Call, Operation, ServiceTarget } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { judgedInputs } from '../../judged-inputs.ts'
import { lifetimeOf } from '../../lifetime.ts'
import { type AskedWindow, terminationTime, windowOf } from '../../termination-time.ts'
import { invalidInput, type RunRequest, type Submitter, submitRun } from './submission.ts'

interface CreateRequest {
  readonly terminationTime?: AskedWindow
  readonly creationParameters?: { readonly any?: readonly XmlElement[] }
}

/**
 * createService (OGSI 1.0 section 12.2.1): an instance that waits for `start`. The creation parameters are the element of
 * run's request; what is missing in it may come with `start`, where the inputs are checked as a whole.
 */
export const createService = (
  application: string,
  submitter: Submitter,
  reader: InstanceReader,
): Operation<ServiceTarget, CreateRequest> => ({
  name: ogsiOperations.createService,
  action: 'service.submit',
  judged: async call => {
    const { options = {}, ...inputs } = requestOf(application, call)
    const judged = judgedInputs(call.target.service.application, inputs, { partial: true })
    // The rest comes with start, which is judged as a whole.
    return { inputs: judged, options: { ...options }, more: true }
  },
  handle: async call => {
    const contract = applicationContract(call.target.service.application)
    const request = requestOf(application, call)
    const id = await submitRun(call, request, submitter, {
      start: false,
      lifetime: windowOf(call.parameters.terminationTime),
    })
    const row = await reader.fresh(id)
    return {
      locator: {
        handle: [reader.handles.instance(id)],
        interface: [qname(contract.namespace, contract.portTypes[1]?.name.local ?? '')],
      },
      currentTerminationTime: terminationTime(lifetimeOf(row)),
    }
  },
})

const requestOf = (
  application: string,
  { target, parameters }: Pick<Call<ServiceTarget, CreateRequest>, 'target' | 'parameters'>,
): RunRequest =>
  readParameters(application, applicationContract(target.service.application), parameters.creationParameters?.any?.[0])

function readParameters(
  application: string,
  contract: ReturnType<typeof applicationContract>,
  parameters: XmlElement | undefined,
): RunRequest {
  if (parameters === undefined) return {}
  const expected = applicationOperations(application).run
  if (!sameName(parameters, expected)) {
    throw new GridwrapError(
      'extensibility-not-supported',
      `The creation parameters ${clark(parameters)} are not known here.`,
      { hint: `Send ${clark(expected)}, as in a call of run.` },
    )
  }
  const { value, problems } = decodeElement<RunRequest>(contract, parameters, { partial: true })
  if (problems.length > 0) throw invalidInput(application, problems)
  return value
}
