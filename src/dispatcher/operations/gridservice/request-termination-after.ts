import { notBefore } from '../../../ogsi/termination-time.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { changeLifetime, type LifetimeTerms, lifetimeOf } from '../../lifetime.ts'
import { type ExtendedDateTime, terminationTime, timeOf } from './request-termination.ts'

/** requestTerminationAfter (OGSI 1.0 section 9.2.3): do not end before this time. */
export const requestTerminationAfter = (
  terms: LifetimeTerms,
): Operation<InstanceTarget, { readonly terminationTime: ExtendedDateTime }> => ({
  name: ogsiOperations.requestTerminationAfter,
  action: 'instance.lifetime',
  handle: async ({ target: { row }, parameters }) => ({
    currentTerminationTime: terminationTime(
      await changeLifetime(row, notBefore(lifetimeOf(row), timeOf(parameters.terminationTime)), terms),
    ),
  }),
})
