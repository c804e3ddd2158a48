import type { Identity } from '../core/identity.ts'
import type { Credential } from '../gsi/credential.ts'

/** What a value is: `text?` may be left out, `text*` is any number of them. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'dateTime' | 'bytes'
export type FieldText = FieldType | `${FieldType}?` | `${FieldType}*`

/** A value with more to be said of it: a choice of texts, or a structure. */
export interface FieldDescription {
  readonly type?: FieldType
  /** Only these texts. */
  readonly values?: readonly string[]
  readonly fields?: Fields
  readonly optional?: boolean
  readonly list?: boolean
  readonly documentation?: string
}

export type Field = FieldText | FieldDescription
export type Fields = Readonly<Record<string, Field>>

export interface HostedOperation {
  readonly documentation?: string
  /** Its parameters. Default: none. */
  readonly takes?: Fields
  /** What the method returns. Default: nothing. */
  readonly gives?: Field
  /** It changes nothing: whoever may see the service may call it, beside others that run. */
  readonly reads?: boolean
  /** Calling it twice does no harm: it is called again when another front end has changed the state meanwhile. */
  readonly repeatable?: boolean
}

/** Service data whose value is the property (or getter) of that name of the object. */
export interface HostedData {
  readonly type: Field
  /** Whether callers may set it with setServiceData; then the object needs a setter. */
  readonly modifiable?: boolean
  readonly documentation?: string
}

export interface HostedPortType {
  /** Begins with a capital letter. */
  readonly name: string
  readonly documentation?: string
  /** Each is a method of the class, of the same name. */
  readonly operations: Readonly<Record<string, HostedOperation>>
  readonly serviceData?: Readonly<Record<string, HostedData | Field>>
}

/** What is kept of an object when it is not in memory. Values are JSON; what was set is kept when the call that set it ends. */
export interface Properties {
  get<T>(name: string): T | undefined
  set(name: string, value: unknown): void
  delete(name: string): void
  /** Keeps everything now. Throws GridwrapError (`busy`) when another front end has changed it meanwhile. */
  flush(): Promise<void>
}

/** What an object knows of itself. */
export interface HostedContext {
  readonly name: string
  readonly handle: string
  /** The distinguished name of whoever created it; undefined for a service that is there for all. */
  readonly owner: string | undefined
  readonly properties: Properties
  readonly log: { readonly info: (about: object, message: string) => void }
}

/** Who calls, given to every method behind its parameters. */
export interface HostedCall {
  readonly identity: Identity
  /** Aborted when the caller hangs up or the container stops. */
  readonly signal: AbortSignal
  /** A credential that the caller delegated, also over httpg with this call. Throws GridwrapError (`credential-problem`). */
  readonly credential: (kind?: 'limited' | 'full') => Promise<Credential>
}

/**
 * What an object may have besides the methods of its portTypes: the callbacks of Globus Toolkit 3's services
 * (GridServiceCallback), each when its time comes.
 */
export interface HostedCallbacks {
  /** It is being created, and has no state yet. */
  preCreate?(): void | Promise<void>
  /** It is created; what the creator said. What it throws refuses the creation. */
  postCreate?(given: Readonly<Record<string, unknown>>): void | Promise<void>
  /** It comes into memory: before its first call here, and when its state was changed elsewhere. */
  activate?(): void | Promise<void>
  /** It leaves memory: it was not called for a while, or the container stops. */
  deactivate?(): void | Promise<void>
  /** It has ended: what it has outside of the container goes. Called again if it fails or the container dies meanwhile. */
  preDestroy?(): void | Promise<void>
}

export type HostedClass = new (context: HostedContext) => object

/** A class, and how it is offered as a Grid service. */
export interface HostedDefinition {
  /** As in its address: small letters, digits and hyphens. */
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly version?: string
  /** `one`: the service is there for all; `many`: a factory, whose instances belong to who creates them. Default one. */
  readonly instances?: 'one' | 'many'
  /** What a factory asks for: given to `postCreate`. */
  readonly creation?: Fields
  readonly portTypes: readonly HostedPortType[]
  readonly service: HostedClass
  /** After so many seconds without a call an object leaves memory. Default 300. */
  readonly idleSeconds?: number
}

/** What a method throws to refuse a call: the caller is told the sentence, and the way out. */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault'
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
