import type { DelegationService } from '../../../delegation/delegation-service.ts'
import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** getNewProxyReq: a certification request for a delegation whose name is made up here. */
export const getNewProxyReq = (service: DelegationService): Operation<DelegationTarget> => ({
  name: delegationOperations.getNewProxyReq,
  action: 'credential.delegate',
  handle: async ({ identity }) => {
    const { name, request } = await service.requestNew(identity)
    return { proxyRequest: request, delegationID: name }
  },
})
