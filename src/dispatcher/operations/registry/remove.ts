import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { Locator } from '../../../ogsi/locator.ts'
import type { GridServiceStore } from '../../../store/grid-service-store.ts'
import { ogsiExpressions, ogsiOperations } from '../../../wsdl/names.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import type { Operation, RegistryTarget } from '../../call.ts'
import { decodeExpression, knownExpression } from '../../expression.ts'
import { canonical, type Permits, type Registry } from '../../registry/registry.ts'

interface Request {
  readonly matchExpression: { readonly any?: readonly XmlElement[] }
}

/**
 * remove (OGSI 1.0 section 13.3.2.2): ends the entries that match. Only those whose entries they are may end them, so
 * that a match with an entry of somebody else, or with a service of this container, removes nothing.
 */
export const removeEntries = (
  registry: Registry,
  store: GridServiceStore,
  permits: Permits,
): Operation<RegistryTarget, Request> => ({
  name: ogsiOperations.remove,
  action: 'registry.read',
  handle: async ({ identity, viewer, parameters }) => {
    const wanted = new Set(locatorsIn(parameters.matchExpression.any?.[0]).map(canonical))
    const matching = (await registry.entries({ identity, viewer })).filter(({ member }) =>
      wanted.has(canonical(member)),
    )
    if (matching.length === 0)
      throw new GridwrapError('match-failed', 'No entry has one of these locators.', {
        hint: 'Send memberServiceLocator as the entry has it: all of its handles, references and portTypes.',
      })
    const mine = matching.flatMap(({ row }) =>
      row !== undefined &&
      permits(identity, 'instance.destroy', {
        service: undefined,
        instance: { id: row.id, owner: row.owner, shared: 'read' },
      })
        ? [row.id]
        : [],
    )
    if (mine.length < matching.length)
      throw new GridwrapError(
        'remove-failed',
        `${matching.length - mine.length} of ${matching.length} entries are not yours to remove; none was removed.`,
        {
          hint: 'Destroy your own entries by their handles.',
        },
      )
    for (const id of mine)
      await store.write('endGridService', { id, now: wallClock(), why: 'asked', by: describeIdentity(identity) })
    return {}
  },
})

const locatorsIn = (expression: XmlElement | undefined): readonly Locator[] =>
  decodeExpression<{ readonly locator?: readonly Locator[] }>(
    knownExpression(expression, 'match', [ogsiExpressions.matchByLocatorEquivalence]),
  ).locator ?? []
