import type { Application } from '../application/model.ts'
import type { Target } from '../dispatcher/call.ts'
import { delegationContract, gridContract } from '../wsdl/base-contract.ts'
import { applicationContract } from '../wsdl/contract.ts'
import type { Contract } from '../wsdl/contract-model.ts'

const most = 500

/** Contracts by the digest of their description, so an instance keeps the contract it was made under. */
export class ContractCache {
  readonly #contracts = new Map<string, Contract>()

  of(target: Target): Contract {
    switch (target.kind) {
      case 'service':
        return this.byDigest(target.service.digest, target.service.application)
      case 'instance':
        return this.byDigest(target.digest, target.application)
      case 'hosted':
      case 'object':
        return target.service.contract
      case 'delegation':
        return delegationContract
      default:
        return gridContract
    }
  }

  byDigest(digest: string, application: Application): Contract {
    let contract = this.#contracts.get(digest)
    if (contract === undefined) {
      if (this.#contracts.size >= most) this.#contracts.clear()
      contract = applicationContract(application)
      this.#contracts.set(digest, contract)
    }
    return contract
  }
}
