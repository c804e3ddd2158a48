import type { Handles } from '../../ogsi/handle.ts'
import { applicationContract } from '../../wsdl/contract.ts'
import { contractNames } from '../../wsdl/contract-names.ts'
import type { ServiceTarget } from '../call.ts'
import type { GridService } from './grid-service.ts'

/** The factory of an application: it lasts as long as its administrator offers it. */
export const ofService = ({ service }: ServiceTarget, handles: Handles): GridService => ({
  contract: applicationContract(service.application),
  portType: contractNames(service.application.name).factory.portType,
  handle: handles.service(service.name),
  factory: undefined,
  lifetime: forGood,
  values: new Map(),
  changes: new Map(),
})

/** The lifetime of what the configuration says is there. */
export const forGood = { after: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY }
