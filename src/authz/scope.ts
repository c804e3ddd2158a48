import type { Action } from './actions.ts'
import type { AuthorizationRequest } from './adapter.ts'

/** What an adapter's permit is narrowed to: certain services, certain actions. Nothing said: all of them. */
export interface Scope {
  readonly services?: readonly string[] | undefined
  readonly actions?: readonly Action[] | undefined
}

/** Part of every scope: who is let in may see what there is, and delegate what their jobs are to use. */
const general: ReadonlySet<Action> = new Set(['container.read', 'credential.delegate'])

/**
 * Whether a request is within a scope, as far as services go: of instances, which are their owners', nothing is said.
 */
export function inScope({ services, actions }: Scope, { action, service, instance }: AuthorizationRequest): boolean {
  if (instance !== undefined || action.startsWith('instance.')) return false
  if (general.has(action)) return true
  if (services !== undefined && (service === undefined || !services.includes(service))) return false
  return actions === undefined || action === 'service.read' || actions.includes(action)
}
