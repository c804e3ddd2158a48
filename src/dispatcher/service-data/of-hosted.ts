import { clark, sameName } from '../../core/qname.ts'
import { hostedNames } from '../../hosting/hosted-contract.ts'
import type { ObjectOf } from '../../hosting/hosted-objects.ts'
import type { Hosting } from '../../hosting/hosting.ts'
import type { Handles } from '../../ogsi/handle.ts'
import type { HostedTarget, ObjectTarget } from '../call.ts'
import { lifetimeOf } from '../lifetime.ts'
import type { Change, GridService, Values } from './grid-service.ts'
import { forGood } from './of-service.ts'

/** Which object is meant; of a factory it is none. */
export const objectOf = (target: HostedTarget | ObjectTarget, handles: Handles): ObjectOf =>
  target.kind === 'object'
    ? {
        ...{ service: target.service, id: target.row.id, owner: target.row.owner.replace(/^gsi:/, '') },
        handle: handles.hosted(target.service.name, target.row.id),
      }
    : {
        ...{ service: target.service, id: target.service.name, owner: undefined },
        handle: handles.hosted(target.service.name),
      }

/** A hosted class, or one of its objects, without what changes its lifetime. */
export function ofHosted(target: HostedTarget | ObjectTarget, handles: Handles, hosting: Hosting): GridService {
  const { service } = target
  const names = hostedNames(service.name)
  const object = objectOf(target, handles)
  const isFactory = target.kind === 'hosted' && service.instances === 'many'
  const data = isFactory ? [] : service.portTypes.flatMap(one => Object.keys(one.serviceData ?? {}))
  const declared = data.map(name => ({ name, key: clark(names.own(name)) }))
  return {
    contract: service.contract,
    portType: isFactory ? names.factory : names.portType,
    handle: object.handle,
    factory: target.kind === 'object' ? handles.hosted(service.name) : undefined,
    lifetime: target.kind === 'object' ? lifetimeOf(target.row) : forGood,
    values: new Map(
      declared.map(({ name, key }): [string, Values] => [key, () => hosting.objects.value(object, name)]),
    ),
    changes: new Map(declared.map(({ name, key }): [string, Change] => [key, setting(name)])),
  }

  /** The property gets the value, or all of a list. */
  function setting(name: string): Change {
    const isList = service.contract.portTypes.some(one =>
      one.serviceData.some(declared => sameName(declared.name, names.own(name)) && declared.max > 1),
    )
    return values => hosting.objects.setValue(object, name, isList ? values : values[0])
  }
}
