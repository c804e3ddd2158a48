import { delegationOperations } from '../../../wsdl/names.ts'
import type { DelegationTarget, Operation } from '../../call.ts'

/** What the service says of itself; nothing of it is secret, but anonymous callers need not know it. */
export const describeDelegation = (version: string): readonly Operation<DelegationTarget, never>[] => [
  {
    name: delegationOperations.getVersion,
    action: 'credential.delegate',
    handle: async () => ({ getVersionReturn: `gridwrap ${version}` }),
  },
  {
    name: delegationOperations.getInterfaceVersion,
    action: 'credential.delegate',
    handle: async () => ({ getInterfaceVersionReturn: '2.0.0' }),
  },
  {
    name: delegationOperations.getServiceMetadata,
    action: 'credential.delegate',
    // No key means anything here; the interface answers nil then.
    handle: async () => ({ getServiceMetadataReturn: null }),
  },
]
