import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** getTerminationTime: when a delegated credential expires. */
export const getTerminationTime = (
  service: DelegationService,
): Operation<DelegationTarget, { readonly delegationID: string }> => ({
  name: delegationOperations.getTerminationTime,
  action: 'credential.delegate',
  handle: async ({ identity, parameters: { delegationID } }) => ({
    getTerminationTimeReturn: await service.expires(identity, delegationID),
  }),
})
