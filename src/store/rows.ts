/** What an instance is doing. OGSI leaves this to the service; the words are WS GRAM's. */
export const instanceStates = [
  'Unsubmitted',
  'StageIn',
  'Pending',
  'Active',
  'Suspended',
  'StageOut',
  'Done',
  'Failed',
  'Canceled',
] as const
export type InstanceState = (typeof instanceStates)[number]

export const isTerminal = (state: InstanceState): boolean =>
  state === 'Done' || state === 'Failed' || state === 'Canceled'

/** What its owner wants of an instance: the desired state that the keeper brings about. */
export type Want = 'hold' | 'run' | 'suspend' | 'cancel'

/** A row of `instance`. Times are milliseconds since the epoch; JSON columns are text. */
export interface InstanceRow {
  readonly id: string
  readonly application: string
  readonly digest: string
  readonly owner: string
  /** Of the host, that its program runs as; null: the container's own. */
  readonly account: string | null
  readonly label: string | null
  readonly request_id: string | null
  readonly request_digest: string | null
  readonly state: InstanceState
  readonly want: Want
  /** The distinguished name of who wanted that; null: nobody has wanted anything since it was made. */
  readonly wanted_by: string | null
  readonly version: number
  readonly inputs: string | null
  readonly options: string
  readonly created: number
  readonly queued: number | null
  readonly started: number | null
  readonly ended: number | null
  readonly terminate_after: number
  readonly terminate_before: number | null
  readonly keep_seconds: number
  readonly lifetime_set: 0 | 1
  readonly percent: number | null
  readonly progress: string | null
  readonly warnings: string
  readonly exit_code: number | null
  readonly signal: string | null
  readonly reason: string | null
  readonly cause: 'input' | 'program' | 'site' | null
  readonly attempts: number
  readonly results: string | null
  /** While outputs are delivered: what the instance will be when they are there (JSON of a Verdict). */
  readonly verdict: string | null
  readonly stored_bytes: number
  readonly destroyed: number | null
  readonly cleaned: 0 | 1
  /** 1: a session or a library, which stays until somebody ends it. */
  readonly stays: 0 | 1
  /** What its program has used, all runs together (JSON of a ResourceUse). */
  readonly used: string | null
}

export type AttemptState = 'launching' | 'active' | 'ended'

export interface AttemptRow {
  readonly instance: string
  readonly number: number
  readonly state: AttemptState
  readonly adapter: string
  readonly host: string
  readonly boot_id: string
  readonly spec: string | null
  readonly created: number
  readonly started: number | null
  readonly ended: number | null
  readonly exit_code: number | null
  readonly signal: string | null
  readonly reason: string | null
  /** Milliseconds for which it was stopped, and since when it is (of the clock that counts from the machine's boot). */
  readonly held_ms: number
  readonly held_since: number | null
  /** JSON of a ResourceUse. */
  readonly used: string | null
}

export interface EventRow {
  readonly seq: number
  readonly instance: string
  readonly at: number
  readonly kind: string
  readonly data: string
}

export interface UploadRow {
  readonly instance: string
  readonly name: string
  readonly input: string
  readonly position: number
  readonly size: number | null
  readonly received: number | null
  /** Its name in the spool, once it is there. */
  readonly spool: string | null
}

/** A file that the container fetches for an instance, or delivers from it. */
export interface TransferRow {
  readonly instance: string
  readonly direction: 'in' | 'out'
  /** Of an input: the name of the upload that it becomes. Of an output: its path in the work directory. */
  readonly name: string
  readonly url: string
  readonly state: 'waiting' | 'moving' | 'done' | 'failed'
  readonly bytes: number
  readonly size: number | null
  readonly sha256: string | null
  readonly problem: string | null
}

/** A checkpoint of an instance that somebody asked for. */
export interface CheckpointRow {
  readonly instance: string
  /** Counted from 1. */
  readonly number: number
  readonly state: 'wanted' | 'done' | 'failed'
  readonly asked: number
  /** Number of the attempt that was, or was about to be, told to save. */
  readonly told: number | null
  readonly made: number | null
  /** Of its archive. */
  readonly size: number | null
  readonly sha256: string | null
  readonly problem: string | null
}

/** Where in the spool what was promised under a name lies, among the uploads of an instance; undefined: nowhere yet. */
export const receivedUpload =
  (uploads: readonly UploadRow[]) =>
  (name: string): { readonly spool: string; readonly size: number } | undefined => {
    const upload = uploads.find(one => one.name === name)
    return upload?.spool == null ? undefined : { spool: upload.spool, size: upload.size ?? 0 }
  }

/** A right that an owner gave to a principal: an owner key, or `fqan:` and a group or role. */
export interface ShareRow {
  readonly principal: string
  readonly permits: 'read' | 'control'
}

/**
 * Which credential: its owner, the group or role of a virtual organization in which they delegated it ('': none), and its
 * name ('': the one that came with a connection).
 */
export interface CredentialKey {
  readonly owner: string
  readonly role: string
  readonly name: string
}

/** A key that waits for a proxy certificate; `file` is its name in the directory of credentials. */
export interface DelegationRow extends CredentialKey {
  readonly file: string
  readonly made: number
}

/** A delegated credential; `file` is its name in the directory of credentials. */
export interface CredentialRow extends CredentialKey {
  readonly file: string
  readonly kind: string
  readonly expires: number
  readonly received: number
}

/** What every Grid service of the container itself has: whose it is, and how long it lasts. */
export interface GridServiceRow {
  readonly id: string
  readonly kind: 'entry' | 'subscription' | 'hosted'
  /** An owner key. */
  readonly owner: string
  readonly created: number
  readonly terminate_after: number
  /** null: never. */
  readonly terminate_before: number | null
  readonly destroyed: number | null
}

/** A service that somebody has registered here: its locator and what is said of it, as XML. */
export interface RegistrationRow extends GridServiceRow {
  readonly member: string
  /** The elements of the entry's content, one behind the other. */
  readonly content: string
}

/** What is kept of an object of a hosted class. */
export interface HostedStateRow {
  readonly id: string
  /** The name of its service. */
  readonly service: string
  /** JSON. */
  readonly properties: string
  readonly version: number
}

/** Somebody who is told of changes (OGSI 1.0 section 11.2). */
export interface SubscriptionRow extends GridServiceRow {
  /** The instance that is watched; '': the registry. */
  readonly source: string
  /** Who subscribed, as JSON: what they may not see any more they are not told. */
  readonly identity: string
  /** The subscription expression, as XML. */
  readonly expression: string
  /** The service data elements, as JSON: names in Clark's notation. */
  readonly names: string
  /** The kinds of events that can change one of them, as JSON; null: all. */
  readonly kinds: string | null
  /** The shortest and the longest time between two messages, milliseconds; null: as long as nothing changes. */
  readonly min_ms: number
  readonly max_ms: number | null
  /** Its locator, as XML, and the address in it. */
  readonly sink: string
  readonly url: string
  /** The last event of which it was told. */
  readonly seen: number
  readonly delivered: number
  readonly dropped: number
  /** When the sink took a message last. */
  readonly last: number | null
  /** How often in a row it did not, why, and when it is tried again. */
  readonly failures: number
  readonly problem: string | null
  readonly next: number | null
}

export interface ServiceRow {
  readonly name: string
  readonly digest: string
  readonly registered_at: number
}

export interface ApplicationRow {
  readonly digest: string
  readonly name: string
  readonly source: string
  readonly origin: string
  readonly registered_at: number
}
