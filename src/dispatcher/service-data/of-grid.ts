import { clark, qname } from '../../core/qname.ts'
import type { Handles } from '../../ogsi/handle.ts'
import { locatorOf } from '../../ogsi/locator.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { GRID, OGSI } from '../../wsdl/names.ts'
import { EncodedContent } from '../../wsdl/serializer.ts'
import type { Caller, EntryTarget } from '../call.ts'
import { membershipRule } from '../registry/member-rule.ts'
import type { Registry } from '../registry/registry.ts'
import type { GridService, Values } from './grid-service.ts'
import { forGood } from './of-service.ts'

const ogsi = (local: string): string => clark(qname(OGSI, local))

const ofContainer = (
  portType: string,
  handle: string,
  values: readonly (readonly [string, Values])[],
): GridService => ({
  contract: gridContract,
  portType: qname(GRID, portType),
  handle,
  factory: undefined,
  lifetime: forGood,
  values: new Map(values),
  changes: new Map(),
})

/** The handle resolver (OGSI 1.0 section 10.1). */
export const ofResolver = (handles: Handles): GridService =>
  ofContainer('Resolver', handles.resolver(), [[ogsi('handleResolverScheme'), () => ['https']]])

/** The registry (OGSI 1.0 section 13.1.1): of its entries, those that the caller may see. */
export const ofRegistry = (handles: Handles, registry: Registry, caller: Caller): GridService =>
  ofContainer('Registry', handles.registry(), [
    [ogsi('membershipContentRule'), () => [membershipRule]],
    [ogsi('notifiableServiceDataName'), () => [qname(OGSI, 'entry')]],
    [
      ogsi('entry'),
      async () =>
        (await registry.entries(caller)).map(({ handle, member, content }) => ({
          serviceGroupEntryLocator: locatorOf(handle),
          memberServiceLocator: member,
          content: { any: new EncodedContent(content) },
        })),
    ],
  ])

/** One entry of the registry (OGSI 1.0 section 13.2.1), without what changes it. */
export const ofEntry = (
  { entry: { handle, member, content, lifetime } }: EntryTarget,
  handles: Handles,
): GridService => ({
  ...ofContainer('RegistryEntry', handle, [
    [ogsi('memberServiceLocator'), () => [member]],
    [ogsi('content'), () => [{ any: new EncodedContent(content) }]],
  ]),
  factory: handles.registry(),
  lifetime,
})
