import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** putProxy: the certificate for the key that waits, with its issuers. */
export const putProxy = (
  service: DelegationService,
): Operation<DelegationTarget, { readonly delegationID: string; readonly proxy: string }> => ({
  name: delegationOperations.putProxy,
  action: 'credential.delegate',
  handle: async ({ identity, parameters: { delegationID, proxy } }) => {
    await service.put(identity, delegationID, proxy)
    return {}
  },
})
