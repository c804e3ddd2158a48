import type { Application } from '../application/model.ts'
import type { Action } from '../authz/actions.ts'
import type { JudgedParameters } from '../authz/adapter.ts'
import type { GsiIdentity, LocalIdentity } from '../core/identity.ts'
import type { QName } from '../core/qname.ts'
import type { OfferedService } from '../factory/offered-services.ts'
import type { HostedService } from '../hosting/register-service.ts'
import type { Viewer } from '../store/instance-store.ts'
import type { GridServiceRow, InstanceRow, SubscriptionRow } from '../store/rows.ts'
import type { RegistryEntry } from './registry/registry-entry.ts'

/** What a request is addressed to. An instance brings the application it was made from, not the one offered now. */
export type Target =
  | { readonly kind: 'service'; readonly service: OfferedService }
  | { readonly kind: 'delegation' }
  | { readonly kind: 'resolver' }
  | { readonly kind: 'registry' }
  | { readonly kind: 'entry'; readonly entry: RegistryEntry }
  | { readonly kind: 'subscription'; readonly row: SubscriptionRow }
  /** A hosted class: an object that is there for all, or the factory of those that are not. */
  | { readonly kind: 'hosted'; readonly service: HostedService }
  /** One object of a hosted class. */
  | { readonly kind: 'object'; readonly service: HostedService; readonly row: GridServiceRow }
  | { readonly kind: 'instance'; readonly row: InstanceRow; readonly application: Application; readonly digest: string }

type TargetOf<Kind extends Target['kind']> = Extract<Target, { kind: Kind }>
export type ServiceTarget = TargetOf<'service'>
export type DelegationTarget = TargetOf<'delegation'>
export type InstanceTarget = TargetOf<'instance'>
export type ResolverTarget = TargetOf<'resolver'>
export type RegistryTarget = TargetOf<'registry'>
export type EntryTarget = TargetOf<'entry'>
export type SubscriptionTarget = TargetOf<'subscription'>
export type HostedTarget = TargetOf<'hosted'>
export type ObjectTarget = TargetOf<'object'>
/** What is a Grid service: it has service data and a lifetime. */
export type GridServiceTarget = Exclude<Target, DelegationTarget>

/** Who asks: a caller that was let in. */
export interface Caller {
  readonly identity: GsiIdentity | LocalIdentity
  readonly viewer: Viewer
}

/** One authorized call: built once, immutable. Parameters were checked against the contract. */
export interface Call<T extends Target = Target, P = unknown> extends Caller {
  /** The owner key of the caller. */
  readonly owner: string
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
