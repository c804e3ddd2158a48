import type { Action } from '../../authz/actions.ts'
import type { AuthorizationRequest } from '../../authz/adapter.ts'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { GridwrapError } from '../../core/errors.ts'
import { describeIdentity, type GsiIdentity, type LocalIdentity } from '../../core/identity.ts'
import type { Log } from '../../core/log.ts'

/** What is asked for, of which service or instance. */
export interface PermitQuestion {
  readonly identity: GsiIdentity | LocalIdentity
  readonly action: Action
  readonly service: string | undefined
  readonly instance: AuthorizationRequest['instance']
}

/**
 * Stage 5: (identity, action, target) → permit or deny. The rule that denied goes to the log, not to the caller; what a
 * caller may not even read is answered like what does not exist.
 */
export function permit(
  question: PermitQuestion,
  authorization: AuthorizationChain,
  log: Log,
  parameters?: unknown,
): void {
  const verdict = authorization.decide({ ...question, parameters })
  const { identity, action, service, instance } = question
  const about = { identity: describeIdentity(identity), action, service, instance: instance?.id, rule: verdict.rule }
  if (verdict.effect === 'permit') {
    log.debug(about, 'permitted')
    return
  }
  log.warn(about, 'denied')
  const readable =
    instance === undefined ||
    authorization.decide({ ...question, action: 'instance.read', parameters: undefined }).effect === 'permit'
  if (!readable || action === 'instance.read') throw unknownInstance(instance?.id ?? '')
  throw new GridwrapError('denied', `${describeIdentity(identity)} may not do this (${action}).`, {
    hint: 'Ask the owner or the administrator; the reason is in the log of the container.',
    detail: { action, identity: describeIdentity(identity) },
  })
}

/** Said of instances that never were, and of those that the caller may not see. */
export const unknownInstance = (id: string): GridwrapError =>
  new GridwrapError('not-found', `There is no instance ${id.slice(0, 64)}.`, {
    hint: 'Check the handle, and whether you use the credential with which it was created.',
    detail: { why: 'never' },
  })
