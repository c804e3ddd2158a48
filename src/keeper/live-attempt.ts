import type { AttemptSpec, AttemptStatus, RunAdapter, Usage } from '../adapters/adapter.ts'
import { checkLimits } from '../adapters/executable/limits.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import type { Log } from '../core/log.ts'
import { completeUse, type ResourceUse } from '../core/resource-use.ts'
import { sinceBoot } from '../core/this-host.ts'
import { programAge } from './program-age.ts'
import type { ProgramWatch, Seen } from './program-watch.ts'

const lookEveryMs = 1000
/** The first looks come sooner: what is over within a second would never be seen. */
const firstLooksMs: readonly number[] = [50, 200, 500]
/** What it has used is written down so often at most, and at its end. */
const useEveryMs = 10_000

/** What the keeper is told of a running attempt. Each is awaited before the next look. */
export interface AttemptObserver {
  active(started: number): Promise<void>
  /** `at`: milliseconds since the machine was started. */
  suspension(suspended: boolean, at: number): Promise<void>
  progress(seen: Seen): Promise<void>
  /** What it has used by now, as far as looking shows. */
  used(use: ResourceUse): Promise<void>
  /** The attempt broke a limit and is being ended for it; persisted before the first signal. */
  doomed(reason: string): Promise<void>
}

/** For how long (milliseconds) the program was stopped, and since when it is, by the clock that counts from the machine's boot. */
export interface Held {
  readonly ms: number
  readonly since: number | undefined
}

export type AttemptEnd = Extract<AttemptStatus, { state: 'ended' | 'lost' }>

/**
 * One attempt that was launched or found running: waits for its end, samples what it uses, enforces its limits, follows
 * its output, and passes on the owner's wishes. Holds no state that the control directory does not have.
 */
export class LiveAttempt {
  readonly spec: AttemptSpec
  readonly watch: ProgramWatch
  readonly ended: Promise<AttemptEnd>
  readonly #adapter: RunAdapter
  readonly #observer: AttemptObserver
  readonly #graceMs: number
  readonly #log: Log
  readonly #stop = new AbortController()
  #active = false
  #looks = 0
  #use: ResourceUse | undefined
  #useTold = performance.now()
  #suspended: boolean
  #held: Held
  #doom: string | undefined
  #cancelled: number | undefined
  #toBeHeld = false
  #signals: Promise<void> = Promise.resolve()
  #wake: () => void = () => {}

  constructor(
    spec: AttemptSpec,
    watch: ProgramWatch,
    adapter: RunAdapter,
    observer: AttemptObserver,
    terms: { graceMs: number; suspended: boolean; held?: Held; log: Log },
  ) {
    this.spec = spec
    this.#adapter = adapter
    this.#observer = observer
    this.#graceMs = terms.graceMs
    this.#suspended = terms.suspended
    this.#held = terms.held ?? { ms: 0, since: undefined }
    this.#log = terms.log
    this.watch = watch
    this.ended = this.#follow()
  }

  /** Whether the program is to be stopped, as far as this keeper was told. */
  get held(): boolean {
    return this.#toBeHeld
  }

  /** Whether the program was last seen stopped. */
  get suspended(): boolean {
    return this.#suspended
  }

  /** Stops the program. Sent also when it was seen stopped: it may not be so any more. */
  async suspend(): Promise<void> {
    // What is being ended is not stopped in the middle of that.
    if (this.#cancelled !== undefined) return
    this.#toBeHeld = true
    await this.#signal(async () => this.#adapter.suspend?.(this.spec))
  }

  async resume(): Promise<void> {
    this.#toBeHeld = false
    await this.#signal(async () => this.#adapter.resume?.(this.spec))
  }

  /** Asks the program to end; what is still there after the grace period is forced. */
  async cancel(): Promise<void> {
    if (this.#cancelled !== undefined) return
    this.#cancelled = performance.now()
    this.#toBeHeld = false
    await this.#signal(() => this.#adapter.cancel(this.spec, 'ask'))
  }

  /** One after the other: what was wished last is what is done last. */
  async #signal(send: () => Promise<void>): Promise<void> {
    const sent = this.#signals.then(async () => {
      crashPoint('keeper.signal.before')
      await send()
      crashPoint('keeper.signal.after')
      this.#wake()
    })
    this.#signals = sent.catch(() => undefined)
    await sent
  }

  /** Stops following; the program goes on (a keeper that shuts down leaves programs to the next one). */
  release(): void {
    this.#stop.abort(new Error('The keeper is stopping.'))
    this.#wake()
  }

  async #follow(): Promise<AttemptEnd> {
    for (;;) {
      this.#stop.signal.throwIfAborted()
      const changed = this.#somethingHappens()
      try {
        const status = await this.#adapter.status(this.spec)
        if (status.state === 'ended') return { ...status, use: completeUse(this.#use, status.use) }
        if (status.state === 'lost') return { ...status, use: this.#use }
        // Submitted and not claimed: nobody ever shall any more, and the next look says that it was not started.
        if (status.state === 'unclaimed') await this.#adapter.claim(this.spec)
        else await this.#observe(status)
      } catch (error) {
        this.#log.error(
          { attempt: this.spec.attempt, err: error },
          'a look at an attempt failed; it is looked at again',
        )
      }
      await changed
    }
  }

  /** Resolves at the program's end, after a signal was sent, or when it is time to look again. */
  async #somethingHappens(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const pause =
      this.#cancelled === undefined
        ? (firstLooksMs[this.#looks++] ?? lookEveryMs)
        : Math.min(lookEveryMs, Math.max(20, this.#cancelled + this.#graceMs - performance.now()))
    const timer = setTimeout(resolve, pause)
    const over = new AbortController()
    this.#wake = resolve
    void this.#adapter.watchEnd(this.spec, over.signal).then(resolve, () => undefined)
    await promise
    clearTimeout(timer)
    over.abort()
  }

  async #observe(status: AttemptStatus): Promise<void> {
    if (status.state !== 'active' && status.state !== 'suspended') return
    if (!this.#active) await this.#observer.active(status.started)
    this.#active = true
    const suspended = status.state === 'suspended'
    if (suspended !== this.#suspended) await this.#turn(suspended)
    if (!suspended && this.#toBeHeld) await this.#suspendAgain()
    if (await this.watch.look()) await this.#observer.progress(this.watch.seen())
    if (status.state === 'active' && status.usage !== undefined) await this.#note(status.usage)
    await this.#enforce(status)
  }

  /** Figures only grow: who has left its parents, or was not waited for, has used what it has. */
  async #note({ cpuSeconds, peakMemoryBytes, measured }: Usage): Promise<void> {
    const before = this.#use
    this.#use = {
      cpuSeconds: Math.max(before?.cpuSeconds ?? 0, cpuSeconds),
      peakMemoryBytes: Math.max(before?.peakMemoryBytes ?? 0, peakMemoryBytes),
      measured: { cpu: measured, memory: measured },
    }
    if (performance.now() - this.#useTold < useEveryMs) return
    this.#useTold = performance.now()
    await this.#observer.used(this.#use)
  }

  async #turn(suspended: boolean): Promise<void> {
    const at = Math.round(sinceBoot())
    await this.#observer.suspension(suspended, at)
    const { ms, since } = this.#held
    this.#held = suspended ? { ms, since: at } : { ms: ms + (since === undefined ? 0 : at - since), since: undefined }
    this.#suspended = suspended
  }

  /**
   * A program that was told to stop while it started another one may hang between the two: the new process is stopped
   * before it is one of its own, and the old waits for that in the kernel (vfork(2)), where nothing stops. So it is let
   * go on for a moment, and stopped again.
   */
  async #suspendAgain(): Promise<void> {
    await this.#signal(async () => {
      if (!this.#toBeHeld) return
      await this.#adapter.resume?.(this.spec)
      await this.#adapter.suspend?.(this.spec)
    })
  }

  async #enforce(status: Extract<AttemptStatus, { state: 'active' | 'suspended' }>): Promise<void> {
    if (this.#cancelled !== undefined) {
      if (performance.now() - this.#cancelled >= this.#graceMs) await this.#adapter.cancel(this.spec, 'force')
      return
    }
    if (status.state !== 'active') return
    // The time for which it was stopped is not time that it ran.
    const age = (await programAge(this.spec.controlDirectory)) ?? wallClock() - status.started
    const broken = checkLimits(this.spec.limits, status.usage, this.#held.ms, age)
    if (broken === undefined) return
    this.#doom = broken.sentence
    this.#log.info({ attempt: this.spec.attempt, limit: broken.limit }, 'an attempt broke a limit')
    await this.#observer.doomed(this.#doom)
    await this.cancel()
  }
}
