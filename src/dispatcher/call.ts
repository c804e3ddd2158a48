import type { Application } from '../application/model.ts'
import type { Action } from '../authz/actions.ts'
import type { JudgedParameters } from '../authz/adapter.ts'
import type { GsiIdentity, LocalIdentity } from '../core/identity.ts'
import type { QName } from '../core/qname.ts'
import type { OfferedService } from '../factory/offered-services.ts'
import type { Viewer } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'

/** What a request is addressed to. An instance brings the application it was made from, not the one offered now. */
export type Target =
  | { readonly kind: 'service'; readonly service: OfferedService }
  | { readonly kind: 'delegation' }
  | { readonly kind: 'instance'; readonly row: InstanceRow; readonly application: Application; readonly digest: string }

export type ServiceTarget = Extract<Target, { kind: 'service' }>
export type DelegationTarget = Extract<Target, { kind: 'delegation' }>
/** What has service data. */
export type GridServiceTarget = ServiceTarget | InstanceTarget
export type InstanceTarget = Extract<Target, { kind: 'instance' }>

/** One authorized call: built once, immutable. Parameters were checked against the contract. */
export interface Call<T extends Target = Target, P = unknown> {
  readonly identity: GsiIdentity | LocalIdentity
  /** The owner key of the caller. */
  readonly owner: string
  readonly viewer: Viewer
  readonly target: T
  readonly parameters: P
  /** Aborted when the caller hangs up or the container stops. */
  readonly signal: AbortSignal
}

/** What a call asks for, in the shape in which it is judged, whichever operation asks. */
export interface Judged extends JudgedParameters {
  /** More may come later: only what is there is judged. */
  readonly more: boolean
}

/** An operation: its request element, the action that must be permitted, and what it does. The result is the response element's value. */
export interface Operation<T extends Target = Target, P = unknown> {
  readonly name: QName
  readonly action: Action
  /** What rules that speak of parameters see of a call. Operations without it have none. */
  readonly judged?: (call: Pick<Call<T, P>, 'target' | 'parameters'>) => Promise<Judged>
  /** The action as which the parameters are judged, beside the operation's own. */
  readonly judgedAs?: Action
  readonly handle: (call: Call<T, P>) => Promise<Readonly<Record<string, unknown>>>
}
