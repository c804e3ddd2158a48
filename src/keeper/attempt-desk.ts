import type { AttemptSpec, RunAdapter } from '../adapters/adapter.ts'
import type { InstalledApplications } from '../application/installed-applications.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { delay } from '../core/deadline.ts'
import type { Log } from '../core/log.ts'
import { bootId, hostName } from '../core/this-host.ts'
import type { AttemptRow, InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { EndAttempt } from '../store/writes/attempts.ts'
import { whyNotLaunched } from './attempt-end.ts'
import type { SiteTerms } from './attempt-plan.ts'
import { AttemptPlanner } from './attempt-planner.ts'
import { type AttemptEnd, type Held, LiveAttempt } from './live-attempt.ts'
import { prepareWork } from './prepare-work.ts'
import { type ProgramProxies, proxyHolder } from './program-proxies.ts'
import type { ProgramVersions } from './program-version.ts'
import { ProgramWatch } from './program-watch.ts'
import { RestartPlanner } from './restart-planner.ts'
import { ResultCollector } from './result-collector.ts'

const retryMs = 1000

export interface DeskTerms {
  readonly instancesRoot: string
  readonly site: SiteTerms
  /** Between asking a program to end and forcing it. */
  readonly graceMs: number
}

/**
 * The attempts of this keeper: launched or adopted, followed to their one end, collected. One file, though a long one: the
 * steps of an attempt's life share what is known of it, and their order is what crash safety rests on.
 */
export class AttemptDesk {
  readonly #store: Store
  readonly #planner: AttemptPlanner
  readonly #collector: ResultCollector
  readonly #adapter: RunAdapter
  readonly #proxies: ProgramProxies
  readonly #restarts: RestartPlanner
  readonly #terms: DeskTerms
  readonly #log: Log
  readonly #live = new Map<string, LiveAttempt>()
  readonly #launching = new Set<string>()
  /** Sessions and libraries among them. */
  readonly #staying = new Set<string>()
  readonly #stop = new AbortController()

  constructor(
    store: Store,
    applications: InstalledApplications,
    versions: ProgramVersions,
    adapter: RunAdapter,
    proxies: ProgramProxies,
    terms: DeskTerms,
    log: Log,
  ) {
    this.#store = store
    this.#planner = new AttemptPlanner(store.instances, applications, terms.instancesRoot, terms.site)
    this.#restarts = new RestartPlanner(store, this.#planner, applications, terms.instancesRoot)
    this.#collector = new ResultCollector(store, applications, versions, this.#planner, terms.instancesRoot)
    this.#adapter = adapter
    this.#proxies = proxies
    this.#terms = terms
    this.#log = log
  }

  /**
   * How many attempts run or are being launched: of sessions and libraries, or of all else. Who is suspended leaves the
   * processor, and their place, to others.
   */
  count({ stays }: { readonly stays: boolean }): number {
    let running = 0
    for (const id of this.#launching) if (this.#staying.has(id) === stays) running++
    for (const [id, attempt] of this.#live)
      if (!attempt.suspended && !this.#launching.has(id) && this.#staying.has(id) === stays) running++
    return running
  }

  live(id: string): LiveAttempt | undefined {
    return this.#live.get(id)
  }

  /** Whether an attempt of this instance is being launched, followed or collected here. */
  has(id: string): boolean {
    return this.#launching.has(id) || this.#live.has(id)
  }

  /** Instances that take a place and are not Active in the store yet. */
  launching(): readonly string[] {
    return [...this.#launching, ...this.#live.keys()]
  }

  /** Persists an attempt, then starts it. Resolves when it is started; `ended` resolves at its end. Undefined when the instance changed first. */
  async launch(row: InstanceRow): Promise<{ readonly ended: Promise<void> } | undefined> {
    this.#launching.add(row.id)
    if (row.stays === 1) this.#staying.add(row.id)
    try {
      const number = row.attempts + 1
      const planned = await this.#restarts.plan(row, number)
      if (planned === undefined) return undefined
      const { application, plan, places, values, restart } = planned
      const begun = await this.#store.writer.run('beginAttempt', {
        id: row.id,
        version: row.version,
        adapter: this.#adapter.name,
        host: hostName,
        bootId,
        spec: JSON.stringify(plan.spec),
        now: wallClock(),
      })
      if (begun === undefined) return undefined
      crashPoint('keeper.launch.after-commit')
      let submitted = false
      try {
        // What could not be taken back from an earlier attempt's account.
        if (number > 1) await this.#adapter.reclaim?.(plan.spec)
        await prepareWork(application, plan, places, restart)
        const holder = proxyHolder(row, application, places.control)
        if (holder !== undefined) await this.#proxies.give(holder)
        crashPoint('keeper.launch.after-prepare')
        submitted = true
        await this.#adapter.submit(plan.spec)
        crashPoint('keeper.launch.after-spawn')
      } catch (error) {
        if (await this.#failedToLaunch(row.id, number, submitted ? plan.spec : undefined, error)) return undefined
      }
      return { ended: this.follow(row.id, number, plan.spec, new ProgramWatch(application, places, values)) }
    } finally {
      this.#launching.delete(row.id)
      if (!this.#live.has(row.id)) this.#staying.delete(row.id)
    }
  }

  /** Gives an instance in StageOut its final state. */
  collect(row: InstanceRow): Promise<void> {
    return this.#collector.collect(row)
  }

  get instancesRoot(): string {
    return this.#terms.instancesRoot
  }

  /**
   * Follows an attempt that an earlier keeper launched. Nobody knows which signals that one sent: a program that is to
   * run is told to go on, and one that was being ended for a broken limit is asked again.
   */
  async adopt(row: InstanceRow, attempt: AttemptRow, spec: AttemptSpec): Promise<void> {
    const { application, places, values } = await this.#planner.plan(row, attempt.number)
    if (row.stays === 1) this.#staying.add(row.id)
    const holder = proxyHolder(row, application, places.control)
    if (holder !== undefined) this.#proxies.adopt(holder)
    void this.follow(row.id, attempt.number, spec, new ProgramWatch(application, places, values), {
      suspended: row.state === 'Suspended',
      held: { ms: attempt.held_ms, since: attempt.held_since ?? undefined },
    })
    const live = this.#live.get(row.id)
    const told = row.reason !== null ? live?.cancel() : row.want === 'run' ? live?.resume() : undefined
    told?.catch((error: unknown) => this.#log.error({ instance: row.id, err: error }, 'a signal could not be sent'))
  }

  /** Follows an attempt that runs; resolves after its end was recorded and its outputs collected. */
  follow(
    id: string,
    number: number,
    spec: AttemptSpec,
    watch: ProgramWatch,
    found: { readonly suspended: boolean; readonly held?: Held } = { suspended: false },
  ): Promise<void> {
    const write = this.#store.writer
    const attempt = new LiveAttempt(
      spec,
      watch,
      this.#adapter,
      {
        active: async started => {
          await write.run('markActive', { id, number, started, now: wallClock() })
          crashPoint('keeper.active.after-commit')
        },
        suspension: async (suspended, at) =>
          write.run('markSuspension', { id, number, suspended, at, now: wallClock() }),
        progress: async seen =>
          write.run('recordProgress', {
            id,
            percent: seen.percent ?? null,
            message: seen.message ?? null,
            warnings: JSON.stringify(seen.warnings),
            now: wallClock(),
          }),
        used: async used => write.run('recordUse', { id, number, used }),
        doomed: async reason => write.run('recordDoom', { id, reason }),
      },
      { graceMs: this.#terms.graceMs, ...found, log: this.#log },
    )
    this.#live.set(id, attempt)
    return this.#toTheEnd(id, number, attempt)
  }

  /** Ends a destroyed instance's program, if it still has one. True when nothing is left of it. */
  async quiet(row: InstanceRow): Promise<boolean> {
    if (this.#launching.has(row.id)) return false
    const live = this.#live.get(row.id)
    // An attempt without an end that nobody follows is not forgotten: it is taken over first.
    if (live === undefined) return (await this.#store.instances.attempts(row.id)).every(one => one.state === 'ended')
    await live.cancel()
    return false
  }

  /** Takes back what an attempt had that nobody follows any more: its files, and its proxy. */
  async takeBack(spec: AttemptSpec): Promise<void> {
    await this.#reclaim(spec)
    await this.#proxies.take(spec.controlDirectory)
  }

  /** Whether an attempt that was lost is taken up again by its description. */
  after(id: string, number: number, end: AttemptEnd): Promise<EndAttempt['again']> {
    return this.#restarts.after(id, number, end)
  }

  /** Takes back what accounts still have of an instance's files, after all of its attempts. */
  async reclaimAll(id: string): Promise<void> {
    for (const { spec } of await this.#store.instances.attempts(id))
      if (spec !== null) await this.#reclaim(JSON.parse(spec) as AttemptSpec)
  }

  async release(): Promise<void> {
    this.#stop.abort(new Error('The keeper is stopping.'))
    for (const attempt of this.#live.values()) attempt.release()
    await this.#collector.settled()
  }

  async #toTheEnd(id: string, number: number, attempt: LiveAttempt): Promise<void> {
    try {
      const end = await attempt.ended
      await this.#persistently(id, async () => {
        if (end.state === 'ended' && end.overrun !== undefined)
          await this.#store.writer.run('recordDoom', { id, reason: end.overrun })
        await this.#adapter.sweep(attempt.spec)
        await this.#proxies.take(attempt.spec.controlDirectory)
        await this.#recordEnd(id, number, end)
      })
      await this.#persistently(id, async () => {
        const row = await this.#store.instances.get(id)
        if (row?.state === 'StageOut' && row.results === null && row.destroyed === null)
          await this.#collector.collect(row, attempt.watch)
      })
    } catch (error) {
      if (!this.#stop.signal.aborted)
        this.#log.error({ instance: id, err: error }, 'an attempt could not be followed to its end')
    } finally {
      this.#live.delete(id)
      this.#staying.delete(id)
    }
  }

  /** A full disk or a locked store passes: what must be written is tried until it is, or until this keeper stops. */
  async #persistently(id: string, work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        this.#log.error({ instance: id, err: error }, 'the end of an attempt could not be recorded; it is tried again')
        await delay(retryMs, this.#stop.signal)
      }
    }
  }

  /** The attempt's one terminal state. */
  async #recordEnd(id: string, number: number, end: AttemptEnd): Promise<void> {
    const exit = end.state === 'ended' ? end.exit : undefined
    const again = await this.#restarts.after(id, number, end)
    await this.#store.writer.run('endAttempt', {
      id,
      number,
      started: end.state === 'ended' ? (end.started ?? null) : null,
      ended: end.state === 'ended' ? end.ended : wallClock(),
      exitCode: exit?.exitCode ?? null,
      signal: exit?.signal ?? null,
      reason: end.state === 'lost' ? end.reason : (exit?.notStarted ?? null),
      used: end.use,
      again,
      now: wallClock(),
    })
  }

  /**
   * `submitted`: what a wrapper may have been started for. False when the program runs all the same, or nobody can say
   * by now: then it is followed like any other.
   */
  async #failedToLaunch(
    id: string,
    number: number,
    submitted: AttemptSpec | undefined,
    error: unknown,
  ): Promise<boolean> {
    this.#log.error({ instance: id, err: error }, 'an attempt could not be launched')
    // Nobody may start it any more: a wrapper that was spawned and is late finds the claim taken.
    if (submitted !== undefined && !(await this.#adapter.claim(submitted).catch(() => false))) return false
    await this.#reclaim(submitted)
    const reason = `The program could not be started on ${hostName}: ${whyNotLaunched(error)}`
    await this.#store.writer.run('endAttempt', {
      id,
      number,
      started: null,
      ended: wallClock(),
      exitCode: null,
      signal: null,
      reason,
      now: wallClock(),
    })
    return true
  }

  /** What cannot be taken back now is so before the next attempt, or when the instance is taken away. */
  async #reclaim(spec: AttemptSpec | undefined): Promise<void> {
    if (spec === undefined) return
    await this.#adapter.reclaim?.(spec).catch((error: unknown) => {
      this.#log.warn({ attempt: spec.attempt, err: error }, 'files of an attempt could not be taken back yet')
    })
  }
}
