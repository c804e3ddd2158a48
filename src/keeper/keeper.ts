import type { RunAdapter } from '../adapters/adapter.ts'
import { monotonic, wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import type { Log } from '../core/log.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import { EventCursor } from '../events/event-cursor.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { AttemptDesk } from './attempt-desk.ts'
import type { CheckpointMaker } from './checkpoint-maker.ts'
import type { ProgramProxies } from './program-proxies.ts'
import { recoverAttempts } from './recover.ts'
import type { Stager } from './stager.ts'
import { removeStrays, sweepDestroyed } from './sweep.ts'

export interface KeeperTerms {
  /** Programs at once on this host. */
  readonly atOnce: number
  /** Sessions and libraries that are open at once, and do not sleep. */
  readonly sessionsAtOnce: number
  /** Programs at once of one owner. */
  readonly perOwner: number
}

const sweepEveryMs = 1000
const removeStraysEveryMs = 10 * 60_000
/** What failed is tried again after so long, then after twice as long, up to the longest pause. */
const retryMs = 1000
const longestRetryMs = 60_000

/**
 * Brings about what owners want: reads desired state from the store, launches, signals, collects, and sweeps what is
 * over. Everything it knows it can read again; a new keeper takes over where one was killed.
 */
export class Keeper implements AsyncDisposable {
  readonly #store: Store
  readonly #desk: AttemptDesk
  readonly #adapter: RunAdapter
  readonly #proxies: ProgramProxies
  readonly #credentials: CredentialKeep
  readonly #stager: Stager
  readonly #checkpoints: CheckpointMaker
  readonly #terms: KeeperTerms
  readonly #log: Log
  readonly #instancesRoot: string
  #cursor: EventCursor | undefined
  #sweeper: NodeJS.Timeout | undefined
  #strayRemover: NodeJS.Timeout | undefined
  #recovered = false
  #removing: Promise<void> | undefined
  readonly #stop = new AbortController()
  #filling = false
  #fillAgain = false
  #sweeping = false
  readonly #stepping = new Map<string, 'once' | 'again'>()
  /** How often in a row the steps of an instance have failed. */
  readonly #failures = new Map<string, number>()
  /** Instances that could not be launched, and until when (monotonic) they are passed over. */
  readonly #resting = new Map<string, number>()

  constructor(
    store: Store,
    desk: AttemptDesk,
    terms: KeeperTerms,
    adapter: RunAdapter,
    proxies: ProgramProxies,
    credentials: CredentialKeep,
    stager: Stager,
    checkpoints: CheckpointMaker,
    instancesRoot: string,
    log: Log,
  ) {
    this.#store = store
    this.#desk = desk
    this.#adapter = adapter
    this.#proxies = proxies
    this.#credentials = credentials
    this.#stager = stager
    this.#checkpoints = checkpoints
    this.#terms = terms
    this.#instancesRoot = instancesRoot
    this.#log = log
  }

  /** Takes over what an earlier keeper left, then begins to follow the store. Resolves when it does. */
  async start(): Promise<void> {
    this.#cursor = new EventCursor(this.#store.events, events => {
      for (const id of new Set(events.map(event => event.instance))) if (id !== '') this.#schedule(id)
    })
    await this.#recover()
    this.#recovered = true
    for (const row of await this.#store.instances.live()) this.#schedule(row.id)
    for (const id of await this.#store.instances.wantingCheckpoints()) this.#schedule(id)
    this.#sweeper = setInterval(() => void this.#sweep(), sweepEveryMs)
    await this.#sweep()
    const strays = (): void => {
      void removeStrays(this.#store, this.#instancesRoot, this.#log)
      this.#credentials
        .sweep()
        .catch((error: unknown) => this.#log.error({ err: error }, 'expired credentials could not be removed'))
    }
    this.#strayRemover = setInterval(strays, removeStraysEveryMs)
    strays()
  }

  /** A hint from another process that something changed. */
  hint(): void {
    this.#cursor?.look()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The keeper is stopping.'))
    this.#cursor?.[Symbol.dispose]()
    clearInterval(this.#sweeper)
    clearInterval(this.#strayRemover)
    await this.#stager[Symbol.asyncDispose]()
    await this.#checkpoints.release()
    await this.#desk.release()
    await this.#removing
  }

  /** One step at a time for each instance; a change during a step makes another one. */
  #schedule(id: string): void {
    if (this.#stepping.has(id)) {
      this.#stepping.set(id, 'again')
      return
    }
    this.#stepping.set(id, 'once')
    void this.#stepUntilQuiet(id)
  }

  async #stepUntilQuiet(id: string): Promise<void> {
    try {
      do {
        this.#stepping.set(id, 'once')
        await this.#step(id)
      } while (this.#stepping.get(id) === 'again' && !this.#stop.signal.aborted)
      this.#failures.delete(id)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tryAgainLater(id, error)
    } finally {
      this.#stepping.delete(id)
    }
  }

  #tryAgainLater(id: string, error: unknown): void {
    const failures = this.#failures.get(id) ?? 0
    this.#failures.set(id, failures + 1)
    const pause = Math.min(retryMs * 2 ** failures, longestRetryMs)
    this.#log.error({ instance: id, err: error, pause }, 'a step failed; it is tried again')
    setTimeout(() => this.#schedule(id), pause).unref()
  }

  async #step(id: string): Promise<void> {
    const row = await this.#store.instances.get(id)
    if (row === undefined || this.#stop.signal.aborted) return
    await this.#stager.step(row)
    await this.#checkpoints.step(row)
    const live = this.#desk.live(id)
    if (row.destroyed !== null) {
      await live?.cancel()
      return
    }
    switch (row.state) {
      case 'Pending':
        // A cancelled launch is ended like a running program; an instance that waits is the front end's to cancel.
        if (row.want === 'cancel') await live?.cancel()
        // Not waited for: it goes on as long as others come, and this instance may have other wishes meanwhile.
        else void this.#fill()
        return
      case 'Active':
        if (row.want === 'suspend') await live?.suspend()
        // It was told to stop, and not seen stopped, before its owner changed their mind.
        if (row.want === 'run' && live?.held === true) await live.resume()
        if (row.want === 'cancel') await live?.cancel()
        return
      case 'Suspended':
        if (row.want === 'run') await live?.resume()
        if (row.want === 'cancel') await live?.cancel()
        // It has left its place to others.
        void this.#fill()
        return
      case 'StageOut':
        if (row.results === null) await this.#desk.collect(row)
        return
      default:
        return
    }
  }

  /** Launches as long as there is room and somebody waits. */
  async #fill(): Promise<void> {
    this.#fillAgain = true
    if (this.#filling) return
    this.#filling = true
    try {
      while (this.#fillAgain && !this.#stop.signal.aborted) {
        this.#fillAgain = false
        for (const kind of [{ stays: false }, { stays: true }])
          while (this.#hasRoom(kind)) {
            const passedOver = [...this.#desk.launching(), ...this.#stillResting()]
            const row = await this.#store.instances.nextPending(this.#terms.perOwner, passedOver, kind)
            if (row === undefined) break
            // Not waited for: laying out large inputs takes its time, and others wait behind.
            void this.#launch(row)
          }
      }
    } catch (error) {
      this.#log.error({ err: error }, 'the queue could not be read; it is tried again in a second')
    } finally {
      this.#filling = false
    }
  }

  #hasRoom(kind: { readonly stays: boolean }): boolean {
    const most = kind.stays ? this.#terms.sessionsAtOnce : this.#terms.atOnce
    return this.#recovered && !this.#stop.signal.aborted && this.#desk.count(kind) < most
  }

  /** One that cannot be launched now, for whatever reason, does not keep those behind it. */
  async #launch(row: InstanceRow): Promise<void> {
    try {
      const launched = await this.#desk.launch(row)
      void launched?.ended.then(() => this.#fill())
      if (launched === undefined) this.#resting.set(row.id, monotonic() + retryMs)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#log.error({ instance: row.id, err: error }, 'an instance could not be launched; it is tried again')
      this.#resting.set(row.id, monotonic() + 5 * retryMs)
    }
    // The owner may have changed their mind while it was being launched.
    this.#schedule(row.id)
  }

  #stillResting(): readonly string[] {
    const now = monotonic()
    for (const [id, until] of this.#resting) if (until <= now) this.#resting.delete(id)
    return [...this.#resting.keys()]
  }

  #recover(): Promise<void> {
    return recoverAttempts(this.#store, this.#desk, this.#adapter, this.#log, id => this.#schedule(id))
  }

  /** Takes away what is destroyed. Not waited for by anything but the end of this: it may be much. */
  #remove(): void {
    this.#removing ??= sweepDestroyed(this.#store, this.#desk, this.#log, this.#stop.signal)
      .catch((error: unknown) =>
        this.#log.error({ err: error }, 'what is destroyed could not be read; it is tried again'),
      )
      .finally(() => {
        this.#removing = undefined
      })
  }

  async #sweep(): Promise<void> {
    if (this.#sweeping || this.#stop.signal.aborted) return
    this.#sweeping = true
    try {
      const now = wallClock()
      const due = await this.#store.instances.nextDue()
      if (due !== undefined && due <= now) {
        await this.#store.writer.run('sweepExpired', { now, most: 500 })
        crashPoint('keeper.sweep.after-commit')
      }
      if (await this.#store.gridServices.anyDue(now))
        await this.#store.writer.run('sweepGridServices', { now, most: 500 })
      await this.#recover()
      this.#remove()
      void this.#proxies.renew()
      // Who could not be launched a while ago is tried again; otherwise there is nobody, or no room.
      void this.#fill()
    } catch (error) {
      this.#log.error({ err: error }, 'a sweep failed; it is tried again in a second')
    } finally {
      this.#sweeping = false
    }
  }
}
