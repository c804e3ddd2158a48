import { fqansOf } from '../../../core/identity.ts'
import type { CredentialSupply } from '../../../delegation/credential-supply.ts'
import { hostedNames } from '../../../hosting/hosted-contract.ts'
import type { Hosting } from '../../../hosting/hosting.ts'
import type { HostedService } from '../../../hosting/register-service.ts'
import type { Handles } from '../../../ogsi/handle.ts'
import type { HostedTarget, ObjectTarget, Operation } from '../../call.ts'
import { objectOf } from '../../service-data/of-hosted.ts'

export interface CallObjectParts {
  readonly hosting: Hosting
  readonly supply: CredentialSupply
  readonly handles: Handles
}

/** One operation of a hosted class: a method of its object. What it gives is the one member of the answer. */
export const callObject = (
  service: HostedService,
  operation: string,
  { hosting, supply, handles }: CallObjectParts,
): Operation<HostedTarget | ObjectTarget, object> => {
  const { reads = false, gives } =
    service.portTypes.map(one => one.operations[operation]).find(one => one !== undefined) ?? {}
  const [read, change] =
    service.instances === 'many'
      ? (['instance.read', 'instance.control'] as const)
      : (['service.read', 'service.call'] as const)
  return {
    name: hostedNames(service.name).own(operation),
    action: reads ? read : change,
    handle: async ({ identity, owner, target, parameters, signal }) => {
      const choice = { role: fqansOf(identity)[0] ?? '', name: undefined }
      const result = await hosting.objects.call(objectOf(target, handles), operation, parameters, {
        ...{ identity, signal },
        credential: (kind = 'full') => supply.get(owner, choice, kind),
      })
      return gives === undefined ? {} : { result }
    },
  }
}
