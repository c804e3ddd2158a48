import { notAfter } from '../../../ogsi/termination-time.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { changeLifetime, type LifetimeTerms, lifetimeOf } from '../../lifetime.ts'
import { type ExtendedDateTime, terminationTime, timeOf } from './request-termination.ts'

/** requestTerminationBefore (OGSI 1.0 section 9.2.4): end at this time at the latest; one in the past means now. */
export const requestTerminationBefore = (
  terms: LifetimeTerms,
): Operation<InstanceTarget, { readonly terminationTime: ExtendedDateTime }> => ({
  name: ogsiOperations.requestTerminationBefore,
  action: 'instance.lifetime',
  handle: async ({ target: { row }, parameters }) => ({
    currentTerminationTime: terminationTime(
      await changeLifetime(row, notAfter(lifetimeOf(row), timeOf(parameters.terminationTime)), terms),
    ),
  }),
})
