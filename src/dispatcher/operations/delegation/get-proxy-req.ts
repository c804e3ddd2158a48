import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** getProxyReq: a certification request for a delegation of this name. */
export const getProxyReq = (
  service: DelegationService,
): Operation<DelegationTarget, { readonly delegationID: string | null }> => ({
  name: delegationOperations.getProxyReq,
  action: 'credential.delegate',
  handle: async ({ identity, parameters: { delegationID } }) => ({
    getProxyReqReturn: (await service.request(identity, delegationID ?? '')).request,
  }),
})
