import { GridwrapError } from '../../../core/errors.ts'
import type { Handles } from '../../../ogsi/handle.ts'
import { resolverOf } from '../../../ogsi/handle.ts'
import { type Locator, locatorOf } from '../../../ogsi/locator.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { Call, Caller, GridServiceTarget, Operation, ResolverTarget, Target } from '../../call.ts'
import { referenceAddresses } from '../../notification/sink-address.ts'
import { describeService, type ServiceDataParts } from '../../service-data/describe.ts'
import { locatorFor } from '../../service-data/elements.ts'

interface Request {
  readonly handleSet: Locator
  readonly gsrExclusionSet?: Locator
}

/** No service has more names than its container has aliases. */
const mostHandles = 16

/** Finds what is at a path of this container, as a caller may see it. Throws GridwrapError (`not-found`). */
export type FindTarget = (path: readonly string[], identity: Caller['identity']) => Promise<Target>

/**
 * findByHandle (OGSI 1.0 section 10.2.1): a locator with a reference for a handle of this container. For a handle of
 * another container it names that one's resolver.
 */
export const findByHandle = (
  handles: Handles,
  find: FindTarget,
  parts: ServiceDataParts,
): Operation<ResolverTarget, Request> => ({
  name: ogsiOperations.findByHandle,
  action: 'registry.read',
  handle: async call => {
    const { handleSet, gsrExclusionSet } = call.parameters
    const asked = [...new Set(handleSet.handle)]
    if (asked.length > mostHandles)
      throw new GridwrapError(
        'invalid-handle',
        `handleSet: it has ${asked.length} handles, and at most ${mostHandles} are taken.`,
        {
          hint: 'Ask for one service at a time.',
        },
      )
    const services = await Promise.all(asked.map(handle => resolve(handle, call, handles, find)))
    const [found] = services
    if (found === undefined)
      throw new GridwrapError('invalid-handle', 'handleSet: there is no handle in it.', {
        hint: 'Ask with a locator that has at least one handle.',
      })
    const described = services.map(target => describeService({ ...call, target }, parts))
    const [service] = described
    if (service === undefined || described.some(one => one.handle !== service.handle))
      throw new GridwrapError('invalid-handle', 'handleSet: its handles name more than one service.', {
        hint: 'Ask for one service at a time.',
      })
    // Handles beside the references are not looked at.
    if (referenceAddresses(gsrExclusionSet).includes(service.handle))
      throw new GridwrapError('no-more-references', `There is no other reference to ${service.handle}.`)
    const { handle = [], ...locator } = locatorFor(service)
    return { locator: { ...locator, handle: [...new Set([...asked, ...handle])] } }
  },
})

async function resolve(
  handle: string,
  { identity }: Call,
  handles: Handles,
  find: FindTarget,
): Promise<GridServiceTarget> {
  const path = handles.pathOf(handle)
  if (path === undefined) {
    const resolver = resolverOf(handle)
    if (resolver === undefined)
      throw new GridwrapError(
        'invalid-handle',
        `${handle.slice(0, 200)} is not the handle of a Grid service that is known here.`,
        {
          hint: 'Handles are the https addresses that a container gives: https://HOST/instances/ID, https://HOST/services/NAME.',
        },
      )
    throw new GridwrapError('redirection', `${handle} is a handle of another container.`, {
      hint: `Ask ${resolver}.`,
      detail: { ogsi: { locator: locatorOf(resolver) } },
    })
  }
  const target = await find(path, identity).catch((error: unknown) => {
    throw unresolved(handle, error)
  })
  if (target.kind !== 'delegation') return target
  throw unresolved(handle, new GridwrapError('not-found', 'This is no Grid service.'))
}

/** Section 10.2.1 tells what has ended from what never was; what the caller may not see never was. */
function unresolved(handle: string, error: unknown): unknown {
  if (!(error instanceof GridwrapError) || error.code !== 'not-found') return error
  return error.detail.why === 'ended'
    ? error
    : new GridwrapError('no-such-service', `There never was a service ${handle}, or none that you may see.`, {
        hint: 'Check the handle, and whether you use the credential with which it was created.',
        cause: error,
      })
}
