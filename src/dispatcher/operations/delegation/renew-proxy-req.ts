import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** renewProxyReq: a certification request that renews a delegation which is there; jobs that use it go on with the new one. */
export const renewProxyReq = (
  service: DelegationService,
): Operation<DelegationTarget, { readonly delegationID: string }> => ({
  name: delegationOperations.renewProxyReq,
  action: 'credential.delegate',
  handle: async ({ identity, parameters: { delegationID } }) => ({
    renewProxyReqReturn: await service.renew(identity, delegationID),
  }),
})
