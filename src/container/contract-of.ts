import type { Target } from '../dispatcher/call.ts'
import { delegationContract, gridContract } from '../wsdl/base-contract.ts'
import { applicationContract } from '../wsdl/contract.ts'
import type { Contract } from '../wsdl/contract-model.ts'

/** The contract that a target is called by; an instance keeps that under which it was made. */
export function contractOf(target: Target): Contract {
  switch (target.kind) {
    case 'service':
      return applicationContract(target.service.application)
    case 'instance':
      return applicationContract(target.application)
    case 'hosted':
    case 'object':
      return target.service.contract
    case 'delegation':
      return delegationContract
    default:
      return gridContract
  }
}
