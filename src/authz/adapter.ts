import type { Identity } from '../core/identity.ts'
import type { Action } from './actions.ts'

/**
 * What a program is to be run with: its inputs, defaults included, and the options of the job. Integers are bigint; of a
 * file there is `{kind, name?, bytes?}`.
 */
export interface JudgedParameters {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

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
  /** What a program is to be run with, for rules that speak of it; undefined when there is nothing, or not yet. */
  readonly parameters: JudgedParameters | undefined
  /** Whether the same will be asked again with (more) parameters: a permit is then only a first one. */
  readonly parametersFollow: boolean
}

/** `abstain` leaves the decision to the next adapter. `rule` says which line decided, for the log. */
export interface Verdict {
  readonly effect: 'permit' | 'deny' | 'abstain'
  readonly rule: string
}

/** Names of which rules speak: one that is misspelt would silently mean nothing. */
export interface Mentions {
  readonly services: readonly string[]
  readonly inputs: readonly string[]
}

/**
 * A way of deciding. Small on purpose: a site can write its own (docs/authorization.md). Asked on every request, on the
 * thread that serves them all: it answers from what it has in memory, and whatever it throws is a denial.
 */
export interface AuthorizationAdapter {
  readonly name: string
  /** Whether it looks at parameters; they are not put together for those that do not. Default true. */
  readonly judgesParameters?: boolean
  /** Whether this adapter knows the caller at all; asked before a byte of the body is read. */
  knows?(identity: Identity): boolean
  /** Why the caller is not let in at all, whoever else knows them; undefined when they may. */
  refuses?(identity: Identity): string | undefined
  /** The applications and inputs of which its rules speak, for whoever checks a site. */
  mentions?(): Mentions
  decide(request: AuthorizationRequest): Verdict
}
