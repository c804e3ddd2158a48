import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { readHttpAddress } from '../core/http-address.ts'
import type { Log } from '../core/log.ts'
import type { EventStore } from '../store/event-store.ts'
import type { EventRow, SubscriptionRow } from '../store/rows.ts'
import type { SubscriptionStore, SubscriptionTask } from '../store/subscription-store.ts'
import { DeliveryTurns } from './delivery-turns.ts'
import { EventCursor } from './event-cursor.ts'

/** What a subscription's sink is to be told; undefined: its source is gone, or its owner may not see it any more. */
export type Render = (row: SubscriptionTask, events: readonly EventRow[]) => Promise<string | undefined>

/** Sends a message to a sink; resolves when it has taken it. Rejects with an Error that may be told to the subscriber. */
export type Post = (row: SubscriptionTask, message: string, signal: AbortSignal) => Promise<void>

export interface NotifierTerms {
  /** Messages at once, and of these to one address, or of one owner. */
  readonly atOnce: number
  readonly atOnceOfOne: number
}

/** Events that one message tells of. */
const mostEvents = 100
/** Events that may wait; of more only the newest are kept. */
const mostWaiting = 100_000
const firstPauseMs = 1000
const longestPauseMs = 5 * 60_000
const longestTimerMs = 2 ** 31 - 1

/** A larger message is not sent. */
const mostCharacters = 8 * 1024 * 1024

/** A subscription while its messages are made. */
interface Live {
  readonly id: string
  readonly source: string
  /** The kinds of events that it tells of; undefined: all. */
  readonly kinds: ReadonlySet<string> | undefined
  /** Up to here the event log has nothing that it is still to tell of. */
  scanned: number
  /** How often in a row its message could not be made. */
  failures: number
  running: boolean
  /** Something happened while it ran. */
  again: boolean
  timer: NodeJS.Timeout | undefined
}

/**
 * Tells sinks what changes (OGSI 1.0 section 11): in the order of the event log, at least once, each subscription by
 * itself. What it has told is in the store; when it is killed, its successor goes on from there. One for each store: it
 * lives in the keeper.
 */
export class Notifier implements AsyncDisposable {
  readonly #subscriptions: SubscriptionStore
  readonly #events: EventStore
  readonly #render: Render
  readonly #post: Post
  readonly #turns: DeliveryTurns
  readonly #log: Log
  readonly #live = new Map<string, Live>()
  readonly #bySource = new Map<string, Set<Live>>()
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #cursor: EventCursor | undefined

  constructor(
    subscriptions: SubscriptionStore,
    events: EventStore,
    render: Render,
    post: Post,
    { atOnce, atOnceOfOne }: NotifierTerms,
    log: Log,
  ) {
    this.#subscriptions = subscriptions
    this.#events = events
    this.#render = render
    this.#post = post
    this.#turns = new DeliveryTurns(atOnce, atOnceOfOne)
    this.#log = log
  }

  /** Takes up what is subscribed, and follows the event log. */
  async start(): Promise<void> {
    this.#cursor = new EventCursor(this.#events, events => this.#notice(events))
    for (const row of await this.#subscriptions.all()) this.#wake(this.#add(row))
  }

  /** A hint from another process that something changed. */
  hint(): void {
    this.#cursor?.look()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The container is stopping.'))
    this.#cursor?.[Symbol.dispose]()
    for (const live of this.#live.values()) clearTimeout(live.timer)
    await Promise.allSettled(this.#running)
  }

  #notice(events: readonly EventRow[]): void {
    for (const { instance, kind } of events) {
      if (kind === 'subscribed') this.#takeUp(instance)
      else if (kind === 'unsubscribed') this.#drop(instance)
      for (const live of this.#bySource.get(instance) ?? []) if (live.kinds?.has(kind) !== false) this.#wake(live)
    }
  }

  /** Never fails: a subscription that cannot be read now is read again. */
  #takeUp(id: string): void {
    this.#subscribed(id).catch((error: unknown) => {
      this.#log.error({ subscription: id, err: error }, 'a subscription could not be read; it is tried again')
      setTimeout(() => !this.#stop.signal.aborted && this.#takeUp(id), firstPauseMs).unref()
    })
  }

  async #subscribed(id: string): Promise<void> {
    const row = await this.#subscriptions.task(id)
    if (row !== undefined && !this.#stop.signal.aborted) this.#wake(this.#add(row))
  }

  #add({ id, source, kinds }: Pick<SubscriptionRow, 'id' | 'source' | 'kinds'>): Live {
    const known = this.#live.get(id)
    if (known !== undefined) return known
    const live: Live = {
      ...{ id, source, kinds: kinds === null ? undefined : new Set(JSON.parse(kinds) as readonly string[]) },
      ...{ scanned: 0, failures: 0, running: false, again: false, timer: undefined },
    }
    this.#live.set(id, live)
    const others = this.#bySource.get(source) ?? new Set()
    this.#bySource.set(source, others.add(live))
    return live
  }

  #drop(id: string): void {
    const live = this.#live.get(id)
    if (live === undefined) return
    clearTimeout(live.timer)
    this.#live.delete(id)
    const others = this.#bySource.get(live.source)
    others?.delete(live)
    if (others?.size === 0) this.#bySource.delete(live.source)
  }

  /** Looks what there is to tell, one look at a time. */
  #wake(live: Live): void {
    if (live.running) {
      live.again = true
      return
    }
    live.running = true
    const run = this.#run(live).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  async #run(live: Live): Promise<void> {
    try {
      for (;;) {
        live.again = false
        const pause = await this.#step(live)
        live.failures = 0
        if (pause === 0 || (pause === undefined && happened(live))) continue
        this.#lookAgainAfter(live, pause)
        return
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (live.failures === 0)
        this.#log.error({ subscription: live.id, err: error }, 'a notification could not be made; it is tried again')
      this.#lookAgainAfter(live, pauseAfter(live.failures++))
    } finally {
      live.running = false
    }
  }

  #lookAgainAfter(live: Live, pause: number | undefined): void {
    clearTimeout(live.timer)
    live.timer = undefined
    if (pause === undefined || this.#stop.signal.aborted || !this.#live.has(live.id)) return
    live.timer = setTimeout(() => this.#wake(live), Math.min(pause, longestTimerMs))
  }

  /** One message, if one is due. How long to wait for the next look; undefined: until something happens. */
  async #step(live: Live): Promise<number | undefined> {
    const { id } = live
    const row = await this.#subscriptions.task(id)
    const now = wallClock()
    if (row === undefined || (row.terminate_before ?? Number.POSITIVE_INFINITY) <= now) {
      this.#drop(id)
      return undefined
    }
    const newest = this.#events.newest()
    const events = await this.#subscriptions.pending(row, Math.max(row.seen, live.scanned), mostEvents)
    if (events.length === 0) {
      live.scanned = newest
      const repeat = repeatAfter(row, now)
      if (repeat === undefined || repeat > 0) {
        if (!(await this.#subscriptions.isOver(row))) return repeat
        // It may have ended since its events were read: then its sink is told so first.
        const last = await this.#subscriptions.pending(row, Math.max(row.seen, live.scanned), 1)
        if (last.length > 0) return 0
        await this.#end(id)
        return undefined
      }
    }
    const wait = pauseOf(row, now)
    if (wait > 0) return wait
    return this.#turns.take([destinationOf(row.url), row.owner], () => this.#tell(row, events))
  }

  /** Makes the message when it is its turn, so that not all of them lie in memory at once. */
  async #tell(row: SubscriptionTask, events: readonly EventRow[]): Promise<number | undefined> {
    const { id } = row
    // Many may have waited for their turn when the container stops; none is begun any more.
    this.#stop.signal.throwIfAborted()
    const message = await this.#render(row, events)
    if (message === undefined) {
      await this.#end(id)
      return undefined
    }
    try {
      if (message.length > mostCharacters) throw new Error('The message is too large; subscribe to less.')
      await this.#post(row, message, this.#stop.signal)
    } catch (error) {
      if (this.#stop.signal.aborted) throw error
      const problem = error instanceof Error ? error.message : String(error)
      const pause = pauseAfter(row.failures)
      if (row.failures === 0) this.#log.warn({ subscription: id, problem }, 'a sink did not take a notification')
      await this.#subscriptions.write('recordRefusal', { id, problem, next: wallClock() + pause, most: mostWaiting })
      return pause
    }
    crashPoint('keeper.notify.after-post')
    const over = events.some(({ kind }) => kind === 'destroyed')
    const seen = events.at(-1)?.seq ?? row.seen
    // With what it watches a subscription ends, now that its sink was told so.
    await this.#subscriptions.write('recordDelivery', { id, seen, now: wallClock(), over })
    if (over) this.#drop(id)
    return 0
  }

  async #end(id: string): Promise<void> {
    await this.#subscriptions.write('endGridService', { id, now: wallClock(), why: 'expired' })
    this.#drop(id)
  }
}

const pauseAfter = (failures: number): number => Math.min(firstPauseMs * 2 ** Math.min(failures, 20), longestPauseMs)

/** How long until the same is told again; undefined: never. When the clock was set back: now. */
const repeatAfter = ({ max_ms, last, created }: SubscriptionTask, now: number): number | undefined =>
  max_ms === null ? undefined : until((last ?? created) + max_ms, now, max_ms)

/** How long until a message may be sent: after the one before, and after a refusal. When the clock was set back: now. */
const pauseOf = ({ last, min_ms, next }: SubscriptionTask, now: number): number =>
  Math.max(last === null ? 0 : until(last + min_ms, now, min_ms), next === null ? 0 : until(next, now, longestPauseMs))

/** The time until then; none for a time that lies further off than it can. */
const until = (time: number, now: number, most: number): number => (time - now > most ? 0 : Math.max(0, time - now))

/** Whether something happened since its last look began. */
const happened = (live: Live): boolean => live.again

const destinationOf = (url: string): string => readHttpAddress(url)?.host ?? url
