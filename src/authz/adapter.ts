import type { Identity } from '../core/identity.ts'
import type { Action } from './actions.ts'

/** What a call is about, built once and not changed: what is decided on is what is run. */
export interface AuthorizationRequest {
  readonly identity: Identity
  readonly action: Action
  /** The application's name, when one is meant. */
  readonly service: string | undefined
  /** The instance, when one is meant; its owner as an owner key (core/identity.ts). */
  readonly instance:
    | { readonly id: string; readonly owner: string; readonly shared: 'read' | 'control' | undefined }
    | undefined
  /** The decoded parameters, for rules that speak of them; undefined before they are decoded. */
  readonly parameters: unknown
}

/** `abstain` leaves the decision to the next adapter. `rule` says which line decided, for the log. */
export interface Verdict {
  readonly effect: 'permit' | 'deny' | 'abstain'
  readonly rule: string
}

/** A way of deciding. Small on purpose: a site can write its own. */
export interface AuthorizationAdapter {
  readonly name: string
  /** Whether this adapter knows the caller at all; asked before a byte of the body is read. */
  knows?(identity: Identity): boolean
  decide(request: AuthorizationRequest): Verdict
}
