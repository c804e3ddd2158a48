import { checkGivenInputs, checkInputs } from '../../../application/input-check.ts'
import type { Application } from '../../../application/model.ts'
import { shortened } from '../../../application/names.ts'
import type { AccountMap } from '../../../authz/account-map.ts'
import { GridwrapError, type InputProblem } from '../../../core/errors.ts'
import { describeIdentity, fqansOf, type Identity } from '../../../core/identity.ts'
import type { StoredDelivery } from '../../../core/stored-delivery.ts'
import { transferUrlProblem } from '../../../core/transfer-url.ts'
import type { InstanceFactory } from '../../../factory/instance-factory.ts'
import type { JobOptions } from '../../../factory/job-options.ts'
import type { TerminationTime } from '../../../ogsi/termination-time.ts'
import type { Call, Judged, ServiceTarget } from '../../call.ts'
import { withCallerFiles } from '../../caller-files.ts'
import { judgedInputs } from '../../judged-inputs.ts'

/** A run request, decoded: the program's inputs by name, and the control fields apart. */
export interface RunRequest {
  readonly options?: JobOptions
  readonly [input: string]: unknown
}

/** Makes instances, and knows as which account of the host the programs of whom run; undefined: as the container's. */
export interface Submitter {
  readonly factory: InstanceFactory
  readonly accounts: AccountMap | undefined
}

/**
 * What run, submit and createService share: checks the inputs, all problems at once, and makes the instance. One that
 * waits for `start` may lack inputs.
 */
export async function submitRun(
  call: Call<ServiceTarget>,
  { options = {}, ...inputs }: RunRequest,
  { factory, accounts }: Submitter,
  how: { start: boolean; lifetime?: TerminationTime | undefined },
): Promise<string> {
  const { application, digest } = call.target.service
  const check = how.start ? checkInputs : checkGivenInputs
  const { values, problems } = check(application, withCallerFiles(application, inputs))
  problems.push(...deliveryProblems(application, options.deliver ?? []))
  if (problems.length > 0) throw invalidInput(application.name, problems)
  return factory.create({
    owner: call.owner,
    account: accounts === undefined ? undefined : accountFor(call.identity, accounts),
    application,
    digest,
    values,
    options,
    credential: { role: fqansOf(call.identity)[0] ?? '', name: options.delegation },
    start: how.start,
    lifetime: how.lifetime,
  })
}

/** What is wrong with where outputs are to go. */
function deliveryProblems(application: Application, deliver: readonly StoredDelivery[]): InputProblem[] {
  const outputs = application.outputs.flatMap(({ name, source }) => (source.kind === 'value' ? [] : [name]))
  return deliver.flatMap(({ output, url }, index) => {
    const twice = !url.endsWith('/') && deliver.slice(0, index).some(one => one.url === url)
    const problem = twice ? 'is where another output goes' : transferUrlProblem(url)
    return [
      ...(outputs.includes(output)
        ? []
        : [
            {
              input: 'options.deliver.output',
              value: shortened(output),
              rule: 'names no file that the program writes',
              accepted: outputs,
            },
          ]),
      ...(problem === undefined ? [] : [{ input: 'options.deliver.url', value: shortened(url), rule: problem }]),
    ]
  })
}

/** Nobody's program runs as somebody else: who has no account here runs nothing. */
function accountFor(identity: Identity, accounts: AccountMap): string {
  const account = accounts.account(identity)
  if (account !== undefined) return account
  const name = describeIdentity(identity)
  throw new GridwrapError(
    'denied',
    `${name} has no account on this host, and programs run as their owners' accounts.`,
    {
      hint: 'Ask the administrator of the container for an account; if a virtual organization gives you one, make a proxy with its role (voms-proxy-init).',
      detail: { identity: name },
    },
  )
}

/** What rules see of a run request. */
export async function judgedRun({
  target,
  parameters: { options = {}, ...inputs },
}: Pick<Call<ServiceTarget, RunRequest>, 'target' | 'parameters'>): Promise<Judged> {
  const { application } = target.service
  return { inputs: judgedInputs(application, inputs, { partial: false }), options: { ...options }, more: false }
}

/** The fault for problems with inputs, in the words of the first. */
export function invalidInput(
  application: string,
  problems: readonly { input: string; value?: string; rule: string; accepted?: readonly string[] }[],
): GridwrapError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const value = first?.value === undefined ? '' : ` = ${JSON.stringify(first.value)}`
  const accepted = first?.accepted === undefined ? '' : `; accepted: ${first.accepted.join(', ')}`
  return new GridwrapError(
    'invalid-input',
    `${application}: ${first?.input ?? ''}${value}: ${first?.rule ?? ''}${accepted}${more}.`,
    { detail: { problem: problems } },
  )
}
