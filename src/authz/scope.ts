import type { Action } from './actions.ts'
import type { AuthorizationRequest, Verdict } from './adapter.ts'

/** What an adapter's permit is narrowed to: certain services, certain actions. Nothing said: all of them. */
export interface Scope {
  readonly services?: readonly string[] | undefined
  readonly actions?: readonly Action[] | undefined
}

/** Part of every scope: who is let in may see what there is, find it, and delegate what their jobs are to use. */
const general: ReadonlySet<Action> = new Set(['container.read', 'registry.read', 'credential.delegate'])

/** What adapters answer that let people in: `because` is why the caller is one of them, undefined when they are not. */
export function permitInScope(
  scope: Scope,
  request: AuthorizationRequest,
  because: string | undefined,
  otherwise: string,
): Verdict {
  if (because === undefined) return { effect: 'abstain', rule: otherwise }
  if (request.instance !== undefined || request.action.startsWith('instance.'))
    return { effect: 'abstain', rule: 'instances are their owners’' }
  return inScope(scope, request)
    ? { effect: 'permit', rule: because }
    : { effect: 'abstain', rule: 'it speaks of other services or actions' }
}

function inScope({ services, actions }: Scope, { action, service }: AuthorizationRequest): boolean {
  if (general.has(action)) return true
  if (services !== undefined && (service === undefined || !services.includes(service))) return false
  return actions === undefined || action === 'service.read' || actions.includes(action)
}
