import type { Action } from '../../../authz/actions.ts'
import { GridwrapError } from '../../../core/errors.ts'
import type { QName } from '../../../core/qname.ts'
import { notAfter, notBefore, type TerminationTime } from '../../../ogsi/termination-time.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { GridServiceTarget, Operation } from '../../call.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'
import { type ExtendedDateTime, terminationTime, timeOf } from '../../termination-time.ts'

type RequestTermination = Operation<GridServiceTarget, { readonly terminationTime: ExtendedDateTime }>

/** requestTerminationAfter (OGSI 1.0 section 9.2.3): do not end before this time. */
export const requestTerminationAfter = (action: Action, parts: ServiceDataParts): RequestTermination =>
  requestTermination(ogsiOperations.requestTerminationAfter, action, notBefore, parts)

/** requestTerminationBefore (OGSI 1.0 section 9.2.4): end at this time at the latest; one in the past means now. */
export const requestTerminationBefore = (action: Action, parts: ServiceDataParts): RequestTermination =>
  requestTermination(ogsiOperations.requestTerminationBefore, action, notAfter, parts)

const requestTermination = (
  name: QName,
  action: Action,
  wanted: (current: TerminationTime, time: number) => TerminationTime,
  parts: ServiceDataParts,
): RequestTermination => ({
  name,
  action,
  handle: async call => {
    const { lifetime, live, handle } = describeService(call, parts)
    if (live === undefined)
      throw new GridwrapError(
        'termination-time-unchanged',
        `${handle} has no termination time: it lasts until its administrator takes it away.`,
        { hint: 'Send this to an instance instead.' },
      )
    return {
      currentTerminationTime: terminationTime(await live(wanted(lifetime, timeOf(call.parameters.terminationTime)))),
    }
  },
})
