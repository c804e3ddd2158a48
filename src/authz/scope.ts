import type { Action } from './actions.ts'
import type { AuthorizationRequest } from './adapter.ts'

/** What an adapter's permit is narrowed to: certain services, certain actions. Nothing said: all of them. */
export interface Scope {
  readonly services?: readonly string[] | undefined
  readonly actions?: readonly Action[] | undefined
}

/**
 * Whether a request is within a scope, as far as services go: of instances, which are their owners', nothing is said.
 * To see what the container offers is part of every scope.
 */
export function inScope({ services, actions }: Scope, { action, service, instance }: AuthorizationRequest): boolean {
  if (instance !== undefined || action.startsWith('instance.')) return false
  if (action === 'container.read') return true
  if (services !== undefined && (service === undefined || !services.includes(service))) return false
  return actions === undefined || action === 'service.read' || actions.includes(action)
}
