import type { Action } from '../../authz/actions.ts'
import type { AuthorizationRequest, JudgedParameters } from '../../authz/adapter.ts'
import type { AuditLog } from '../../authz/audit-log.ts'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { GridwrapError } from '../../core/errors.ts'
import { describeIdentity, fqansOf, type GsiIdentity, type LocalIdentity } from '../../core/identity.ts'
import type { Log } from '../../core/log.ts'

/** Who decides, and where it is written down. */
export interface PermitParts {
  readonly authorization: AuthorizationChain
  readonly audit: AuditLog
  readonly log: Log
}

/** What is asked for, of which service or instance. */
export interface PermitQuestion {
  readonly identity: GsiIdentity | LocalIdentity
  readonly action: Action
  readonly service: string | undefined
  readonly instance: AuthorizationRequest['instance']
  /** The operation of a SOAP call; of other requests the action says all. */
  readonly operation?: string
  /** The digest of the call, where it was signed. */
  readonly signed?: string | undefined
}

/** What is known of the parameters of a call: what there is of them, and whether (more) will be asked about. */
export interface KnownParameters {
  readonly are?: JudgedParameters
  readonly follow?: boolean
}

/**
 * Stage 6: (identity, action, target) → permit or deny, and stage 8: the same with the parameters. The rule that denied
 * goes to the logs, not to the caller; what a caller may not even read is answered like what does not exist. The audit
 * log gets one line a call: the denial, or the permit that let it run.
 */
export function permit(
  question: PermitQuestion,
  parts: PermitParts,
  { are, follow = false }: KnownParameters = {},
): void {
  const { authorization, audit, log } = parts
  const { identity, action, service, instance, operation, signed } = question
  const asked = { identity, action, service, instance }
  const { effect, rule } = authorization.decide({
    ...asked,
    parameters: are,
    parametersFollow: follow,
  })
  const about = { identity: describeIdentity(identity), action, operation, service, instance: instance?.id, rule }
  // Of a call that will be asked about again, what lets it go on is no decision yet.
  if (effect !== 'permit' || !follow || are !== undefined)
    audit.append({ what: 'decision', outcome: effect, fqans: fqansOf(identity), ...about, signed })
  if (effect === 'permit') {
    log.debug(about, 'permitted')
    return
  }
  log.warn(about, 'denied')
  const readable =
    instance === undefined ||
    authorization.decide({ ...asked, action: 'instance.read', parameters: undefined, parametersFollow: false })
      .effect === 'permit'
  if (!readable || action === 'instance.read') throw unknownInstance(instance?.id ?? '')
  throw new GridwrapError(
    'denied',
    `${describeIdentity(identity)} may not do this (${action}${instance === undefined && service !== undefined ? ` of ${service}` : ''}).`,
    {
      hint:
        instance === undefined
          ? 'Ask the administrator; the reason is in the log of the container.'
          : 'Ask the owner or the administrator; the reason is in the log of the container.',
      detail: { action, identity: describeIdentity(identity) },
    },
  )
}

/** Stands for the id in the contract of a service, where no instance is meant. */
export const unnamedInstance = '-'

/** Said of instances that never were, and of those that the caller may not see. */
export const unknownInstance = (id: string): GridwrapError =>
  new GridwrapError('not-found', `There is no instance ${id.slice(0, 64)}.`, {
    hint:
      id === unnamedInstance
        ? 'Each job has an address of its own: call the one that submit answered (job.address).'
        : 'Check the handle, and whether you use the credential with which it was created.',
    detail: { why: 'never' },
  })
