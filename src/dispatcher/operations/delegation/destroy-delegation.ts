import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** destroy: forgets a delegated credential. Programs that have a proxy of it keep that one until it expires. */
export const destroyDelegation = (
  service: DelegationService,
): Operation<DelegationTarget, { readonly delegationID: string }> => ({
  name: delegationOperations.destroy,
  action: 'credential.delegate',
  handle: async ({ identity, parameters: { delegationID } }) => {
    await service.destroy(identity, delegationID)
    return {}
  },
})
