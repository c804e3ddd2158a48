import type { CheckpointSignal } from '../application/checkpoint-signals.ts'
import type { Limits } from '../application/model.ts'
import type { ResourceUse } from '../core/resource-use.ts'

/** Everything an adapter needs to run one attempt. Plain data: it survives a restart in the store. */
export interface AttemptSpec {
  /** `INSTANCE.NUMBER`: unique for all time; also the environment cookie by which stray processes are found. */
  readonly attempt: string
  /** argv[0] is looked up in PATH of `environment`; never a shell string. */
  readonly argv: readonly string[]
  /** The program's whole environment. */
  readonly environment: Readonly<Record<string, string>>
  /** The program's working directory, absolute. */
  readonly workDirectory: string
  /**
   * The container's own directory of this attempt and of no other, absolute: claim, status file, `stdout`, `stderr`.
   * The program is never told of it.
   */
  readonly controlDirectory: string
  /** What the program reads on standard input, absolute; undefined is /dev/null. */
  readonly stdin: string | undefined
  readonly limits: Limits
  /** What the program finds around it; undefined: the host as its account sees it. */
  readonly sandbox?: Sandbox | undefined
  /** The account of this host that the program runs as; undefined: the container's own. */
  readonly account?: string | undefined
}

/** What a program finds in its sandbox beside its own directory, and what it may do there. Plain data. */
export interface Sandbox {
  /** Whether it may use the network. */
  readonly network: boolean
  /** Files and folders of the host, absolute, that it may read beside those of the system. */
  readonly reads: readonly string[]
  /** Files and folders, absolute, that are empty to it even where they lie in what it may read. */
  readonly hides: readonly string[]
  /** Whether it finds the attempt's control directory, to read its proxy there. */
  readonly readsControl: boolean
}

/** How an attempt stands. `ended` is said only when its exit is known; a vanished attempt is `lost`, never done by absence. */
export type AttemptStatus =
  | { readonly state: 'unclaimed' }
  | { readonly state: 'pending' }
  | { readonly state: 'active'; readonly started: number; readonly usage: Usage | undefined }
  | { readonly state: 'suspended'; readonly started: number }
  | {
      readonly state: 'ended'
      readonly exit: Exit
      readonly started: number | undefined
      readonly ended: number
      /** As far as it was counted; undefined when nothing was. */
      readonly use?: ResourceUse | undefined
      /** The limit that the kernel ended it for, in a sentence. */
      readonly overrun?: string | undefined
    }
  | {
      readonly state: 'lost'
      readonly reason: 'exit-status-lost' | 'host-rebooted'
      readonly use?: ResourceUse | undefined
    }

/** How a program ended: exactly one of the three. */
export interface Exit {
  readonly exitCode?: number
  /** `SIGKILL`, … */
  readonly signal?: string
  /** The program was never executed; says why, in words for the caller. */
  readonly notStarted?: string
}

/** What a program has used so far, and how that was measured. */
export interface Usage {
  readonly cpuSeconds: number
  readonly memoryBytes: number
  /** The most that is known: of all at this moment, or of one of them at any. */
  readonly peakMemoryBytes: number
  /** Of the working directory; looked at less often than the rest. */
  readonly diskBytes: number
  /** Of the larger of standard output and standard error. */
  readonly outputBytes: number
  readonly processes: number
  /** The kernel bounds its memory. */
  readonly memoryBounded: boolean
  readonly measured: 'sampled'
}

/**
 * How attempts are run. Small on purpose: no state is kept here, everything is read back from the control directory or
 * the batch system, so that a new process can take over at any moment. Every method may be called again.
 */
export interface RunAdapter {
  readonly name: string
  /** Starts the attempt unless it was claimed before. Resolves when the program is started or cannot be. */
  submit(spec: AttemptSpec): Promise<void>
  status(spec: AttemptSpec): Promise<AttemptStatus>
  /** Claims an attempt so that no late launcher starts it; true when it was not claimed before. */
  claim(spec: AttemptSpec): Promise<boolean>
  /**
   * Tells the program to end (`ask`: SIGTERM) or ends it with all that it started (`force`: SIGKILL), and returns when it
   * was told. The grace period between the two is the caller's. Does nothing to an attempt that is not running.
   */
  cancel(spec: AttemptSpec, how: 'ask' | 'force'): Promise<void>
  /** Ends whatever the attempt left running outside its process group. Returns how many processes were ended. */
  sweep(spec: AttemptSpec): Promise<number>
  /**
   * Resolves when the attempt has ended or is lost, however that is learned best; rejects with the signal's reason when
   * it is aborted first. A convenience: `status` decides.
   */
  watchEnd(spec: AttemptSpec, signal?: AbortSignal): Promise<void>
  /** Makes what the attempt's account has in its directories the container's again, once nothing of it runs any more. */
  reclaim?(spec: AttemptSpec): Promise<void>
  /** Sends a signal to the program itself, not to what it started. Does nothing to an attempt that is not running. */
  signal?(spec: AttemptSpec, name: CheckpointSignal): Promise<void>
  suspend?(spec: AttemptSpec): Promise<void>
  resume?(spec: AttemptSpec): Promise<void>
}
